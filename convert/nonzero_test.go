package convert_test

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/budget"
)

// thinned is a network of whose weights only every tenth is left, written densely.
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

// Sparse initializers make the file smaller and nothing else different; the report says how many weights are not zero.
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

// Zero is zero with either sign, whatever the type; another bit makes a number.
func TestNonZeroWeights(t *testing.T) {
	minus := float32(math.Copysign(0, -1))
	for want, w := range map[int64]*graph.Tensor{
		2: graph.TensorOf([]float32{0, minus, 1, float32(math.NaN()), 0, 0}, 2, 3),
		1: graph.TensorOf([]float64{0, math.Copysign(0, -1), math.SmallestNonzeroFloat64}, 1, 3),
		3: graph.TensorOf([]graph.Float16Bits{0, 0x8000, 1, 0x8001, 0x3c00, 0}, 2, 3),
		0: graph.TensorOf([]graph.BFloat16Bits{0, 0x8000, 0}, 1, 3),
	} {
		m := graph.NewModel(17)
		x, err := m.Graph.NewValue("x")
		if err != nil {
			t.Fatal(err)
		}
		x.Type = graph.TensorType(w.DType(), graph.Shape{graph.Size(3)})
		m.Graph.AddInput(x)
		y := m.Graph.Fresh("y")
		if _, err := m.Graph.NewNode("Mul", "", 1, []*graph.Value{x, m.Graph.AddConst("w", w)}, []*graph.Value{y}); err != nil {
			t.Fatal(err)
		}
		m.Graph.Outputs = []*graph.Value{y}
		path := filepath.Join(t.TempDir(), "m.onnx")
		if err := onnx.Write(t.Context(), path, m, onnx.WriteOptions{}); err != nil {
			t.Fatal(err)
		}
		r, err := convert.Inspect(t.Context(), path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if f := r.Original; f.NonZero != want || f.Params != int64(w.Len()) {
			t.Errorf("%v: want %d of %d, have %d of %d", w.DType(), want, w.Len(), f.NonZero, f.Params)
		}
	}
}
