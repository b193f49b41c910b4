package convert_test

import (
	"path/filepath"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/budget"
)

// halved writes a trained fixture with halves of type d for all its float32, and returns where.
func halved(t *testing.T, path string, d graph.DType) string {
	t.Helper()
	f, err := onnx.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range f.Model.Graph.Values() {
		if v.Type.DType == graph.Float32 {
			v.Type.DType = d
		}
		v.Const = graph.Narrowed(v.Const, d)
	}
	for _, n := range f.Model.Graph.Nodes {
		if a := n.Attr("value"); a != nil && a.Kind == graph.AttrTensor {
			a.Tensor = graph.Narrowed(a.Tensor, d)
		}
	}
	to := filepath.Join(t.TempDir(), "half.onnx")
	if err := onnx.Write(t.Context(), to, f.Model, onnx.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return to
}

// A model of half precision is rotated, cut, proven and repaired about as well as its float32 original,
// and stays one of half precision.
func TestHalfPrecisionIsRepairedAndStays(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes where there are no fast kernels")
	}
	for _, c := range []struct {
		name  string
		d     graph.DType
		agree float64
	}{
		{"vit", graph.Float16, 0.85}, {"resnet20_bn", graph.Float16, 0.85}, {"vit", graph.BFloat16, 0.8},
	} {
		t.Run(c.name+" "+c.d.String(), func(t *testing.T) {
			j := job(t, halved(t, models+c.name+".onnx", c.d), budget.MACs, 0.7)
			j.Config.Recovery = "leastsquares"
			j.Calibration, j.Eval = images(t, "calib-images-idx3-ubyte.gz", 128), images(t, "t2k-images-idx3-ubyte.gz", 200)
			r, err := convert.Prune(t.Context(), j)
			if err != nil {
				t.Fatal(err)
			}
			taken := 0
			for _, n := range r.Recovery {
				if n.Taken {
					taken++
				}
			}
			if taken < 15 || !r.Proof.Passed || !r.Proof.Written {
				t.Errorf("%d nodes repaired, proof %+v", taken, r.Proof)
			}
			if *r.Agreement.Top1 < c.agree {
				t.Errorf("agreement with the original is %g", *r.Agreement.Top1)
			}
			f, err := onnx.Read(j.Out)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			halves := 0
			for _, v := range f.Model.Graph.Initializers {
				switch v.Const.DType() {
				case c.d:
					halves++
				case graph.Float32:
					t.Errorf("initializer %q is float32", v.Name)
				}
			}
			if halves < 15 || f.Model.Graph.Inputs[0].Type.DType != c.d {
				t.Errorf("%d initializers of type %v, inputs %v", halves, c.d, f.Model.Graph.Inputs[0].Type)
			}
		})
	}
}
