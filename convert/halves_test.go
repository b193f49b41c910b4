package convert_test

import (
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/budget"
)

// Weights written as halves take half of the bytes, are read back through a Cast, and are what is measured.
func TestPruneWritesHalves(t *testing.T) {
	in := models + "resnet20.onnx"
	prune := func(weights string) (*convert.Report, *onnx.File) {
		j := job(t, in, budget.MACs, 0.6)
		j.Config.Weights = weights
		r, err := convert.Prune(t.Context(), j)
		if err != nil {
			t.Fatal(err)
		}
		f, err := onnx.Read(j.Out)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return r, f
	}
	kept, _ := prune(convert.WeightsKept)
	half, f := prune(convert.WeightsFloat16)
	if half.Halves == nil || half.Halves.Tensors < 20 || kept.Halves != nil || !half.Proof.Passed || !half.Proof.Written {
		t.Errorf("halves %+v, proof %+v", half.Halves, half.Proof)
	}
	if b := float64(half.Pruned.Bytes) / float64(kept.Pruned.Bytes); b > 0.55 || half.Pruned.Params != kept.Pruned.Params || half.Pruned.MACs != kept.Pruned.MACs {
		t.Errorf("%v of the bytes; %+v, kept %+v", b, half.Pruned, kept.Pruned)
	}
	for _, v := range f.Model.Graph.Initializers {
		if v.Const.DType() == graph.Float32 && v.Const.Len() > 1 {
			t.Errorf("%s is float32%v", v.Name, v.Const.Shape())
		}
	}
}

// There are no other types.
func TestPruneKnowsTypesOfWeights(t *testing.T) {
	j := job(t, models+"resnet20.onnx", budget.MACs, 0.6)
	j.Config.Weights = "float8"
	if _, err := convert.Prune(t.Context(), j); err == nil || !strings.Contains(err.Error(), `weights: want kept or float16, have "float8"`) {
		t.Errorf("have %v", err)
	}
}
