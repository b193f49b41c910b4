package convert_test

import (
	"path/filepath"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/budget"
)

// thinned writes a network in which only every tenth weight is left, as dense initializers.
func thinned(t *testing.T, path string) (out string, left int64) {
	t.Helper()
	f, err := onnx.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, v := range f.Model.Graph.Initializers {
		if !op.IsWeight(v) || v.Const.DType() != graph.Float32 || v.Const.Rank() == 0 {
			continue
		}
		w := make([]float32, v.Const.Len())
		for i, x := range graph.Data[float32](v.Const) {
			if i%10 == 3 && x != 0 {
				w[i] = x
				left++
			}
		}
		f.Model.Graph.SetConst(v, graph.TensorOf(w, v.Const.Shape()...))
	}
	out = filepath.Join(t.TempDir(), filepath.Base(path))
	if err := onnx.Write(t.Context(), out, f.Model, onnx.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	return out, left
}

// Sparse initializers make the file smaller and change nothing else. The report counts the weights
// that are not zero.
func TestPruneWritesSparseInitializers(t *testing.T) {
	in, left := thinned(t, models+"resnet20.onnx")
	prune := func(sparse bool) (*convert.Report, *onnx.File) {
		j := job(t, in, budget.MACs, 0.8)
		j.Config.SparseInitializers, j.Config.NoLossless = sparse, true
		r, err := convert.Prune(t.Context(), j)
		if err != nil {
			t.Fatal(err)
		}
		if r.Original.NonZero != left || r.Original.NonZero >= r.Original.Params || !r.Proof.Written {
			t.Errorf("want %d of %d weights that are not zero, have %d, proof %+v", left, r.Original.Params, r.Original.NonZero, r.Proof)
		}
		f, err := onnx.Read(j.Out)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return r, f
	}
	dense, a := prune(false)
	sparse, b := prune(true)
	if dense.Pruned.NonZero != sparse.Pruned.NonZero || dense.Pruned.Params != sparse.Pruned.Params || 2*sparse.Pruned.Bytes > dense.Pruned.Bytes {
		t.Errorf("dense: %+v\nsparse: %+v", dense.Pruned, sparse.Pruned)
	}
	if err := graph.Diff(a.Model, b.Model); err != nil {
		t.Errorf("the sparse file holds another model: %v", err)
	}
}
