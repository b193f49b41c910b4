package convert_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/fixtures"
	"github.com/pollard-dev/pollard/passes/budget"
)

// fused returns files with operators that stand for several: networks of fixtures/op, and networks
// of fixtures/families that ONNX Runtime's optimizer fused.
func fused(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	optimised, err := filepath.Glob("../fixtures/families/*-ort.onnx")
	if err != nil || len(optimised) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, path := range optimised {
		files[filepath.Base(path)] = path
	}
	all, err := fixtures.Operators()
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range all {
		if !strings.HasSuffix(o.Model.Graph.Name, "coder") { // the encoder and the decoders
			continue
		}
		raw, err := onnx.Encode(o.Model)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), o.Model.Graph.Name+".onnx")
		if err := os.WriteFile(path, raw, 0o644); err != nil {
			t.Fatal(err)
		}
		files[o.Model.Graph.Name] = path
	}
	return files
}

// sequenceOf returns the extent of the symbolic dimension S, if the model at path has one.
func sequenceOf(t *testing.T, path string, n int) map[string]int {
	t.Helper()
	f, err := onnx.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, v := range f.Model.Graph.Inputs {
		for _, d := range v.Type.Shape {
			if d.String() == "S" {
				return map[string]int{"S": n}
			}
		}
	}
	return nil
}

// A fused file loses half of every free axis, as its original does: one of the factors of an axis
// shrinks, and the cut is proven.
func TestFusedNetworksLoseHalfOfEveryAxis(t *testing.T) {
	for name, path := range fused(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := job(t, path, budget.Units, 0.5)
			j.Config.Dims = sequenceOf(t, path, 5)
			j.Config.Budget.RoundTo = 1
			r, err := convert.Prune(t.Context(), j)
			if err != nil {
				t.Fatal(err)
			}
			if !r.Proof.Passed || !r.Proof.Written || !r.Proof.Predicted {
				t.Errorf("proof %+v", r.Proof)
			}
			if len(r.Groups) == 0 {
				t.Error("nothing could go")
			}
			file, err := onnx.Read(path)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			_, a, err := convert.Simplify(t.Context(), file.Model)
			if err != nil {
				t.Fatal(err)
			}
			gives := map[string]bool{}
			for _, g := range a.Widths() {
				gives[g.Name] = true
			}
			for _, g := range r.Groups {
				if g.Kept == g.Units && gives[g.Name] {
					t.Errorf("%s %s: all %d units kept", g.Kind, g.Name, g.Units)
				}
			}
		})
	}
}
