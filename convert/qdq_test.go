package convert_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/budget"
)

// A QDQ model has the groups of its float original, is cut like it with the proof passed, and stays
// quantized.
func TestQuantizedModelsArePrunedLikeTheirOriginals(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes where there are no fast kernels")
	}
	for name, configs := range map[string][]convert.Config{
		"resnet20.onnx": {
			{Budget: budget.Budget{Metric: budget.MACs, Keep: 0.5, Floor: 0.1}, Recovery: convert.DefaultRecovery},
			{Budget: budget.Budget{Metric: budget.Units, Keep: 0.5, Floor: 0.1}, Criterion: "l2", Recovery: convert.NoRecovery},
		},
		"vit.onnx": {
			{Budget: budget.Budget{Metric: budget.MACs, Keep: 0.5, Floor: 0.1}},
			{Budget: budget.Budget{Metric: budget.Units, Keep: 0.5, Floor: 0.1}, Criterion: "fpgm", Recovery: convert.NoRecovery},
		},
	} {
		t.Run(name, func(t *testing.T) {
			original, err := onnx.Read(models + name)
			if err != nil {
				t.Fatal(err)
			}
			defer original.Close()
			data, err := images(t, "calib-images-idx3-ubyte.gz", 32)(original.Model)
			if err != nil {
				t.Fatal(err)
			}
			feeds, err := dataset.ReadRange(data.Samples, 0, data.Samples.Count())
			if err != nil {
				t.Fatal(err)
			}
			m := quantized(t, models+name, feeds)
			sameGroups(t, original.Model, m)
			dir := t.TempDir()
			path := filepath.Join(dir, name)
			raw, err := onnx.Encode(m)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, raw, 0o666); err != nil {
				t.Fatal(err)
			}
			for _, c := range configs {
				b := c.Budget
				j := convert.Job{In: path, Out: filepath.Join(dir, fmt.Sprintf("%v.onnx", b.Metric)), Config: c}
				j.Calibration, j.Eval = images(t, "calib-images-idx3-ubyte.gz", 64), images(t, "t2k-images-idx3-ubyte.gz", 200)
				r, err := convert.Prune(t.Context(), j)
				if err != nil {
					t.Fatalf("%v: %v", b.Metric, err)
				}
				if !r.Proof.Passed || !r.Proof.Written || !r.Proof.Predicted {
					t.Errorf("%v: proof %+v", b.Metric, r.Proof)
				}
				t.Logf("%v: %.1f times smaller, %.1f times fewer MACs, agreement %+v", b.Metric, r.Ratio.Bytes, r.Ratio.MACs, r.Agreement)
				if c.Recovery != convert.NoRecovery && r.Agreement.Value() < 0.95 { // the repair works in 8 bits as well as in 32
					t.Errorf("%v: agreement %+v", b.Metric, r.Agreement)
				}
				staysQuantized(t, m, j.Out)
			}
		})
	}
}

// sameGroups compares the kinds and units of the groups of two models, in order.
func sameGroups(t *testing.T, a, b *graph.Model) {
	t.Helper()
	var lists [2][]string
	for i, m := range []*graph.Model{a, b} {
		_, found, err := convert.Simplify(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range found.Groups {
			lists[i] = append(lists[i], fmt.Sprintf("%s %s %d", g.Name, g.Kind, g.Units))
		}
	}
	if !slices.Equal(lists[0], lists[1]) {
		t.Errorf("groups:\nof the original  %q\nof the quantized %q", lists[0], lists[1])
	}
}

// staysQuantized checks that each DequantizeLinear of constants still reads integers.
func staysQuantized(t *testing.T, m *graph.Model, path string) {
	t.Helper()
	written, err := onnx.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	defer written.Close()
	count := func(g *graph.Graph) (n int) {
		for _, v := range g.Initializers {
			if v.Type.DType == graph.Int8 && v.Const.Rank() > 1 {
				n++
			}
		}
		return n
	}
	if want, have := count(m.Graph), count(written.Model.Graph); want != have {
		t.Errorf("want %d weights in 8 bits, have %d", want, have)
	}
}
