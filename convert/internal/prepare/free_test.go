package prepare_test

import (
	"testing"

	"github.com/pollard-dev/pollard/convert/internal/canonical"
	"github.com/pollard-dev/pollard/convert/internal/prepare"
	"github.com/pollard-dev/pollard/convert/internal/proof"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/fixtures"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

// relativeDifference returns the largest difference between the outputs of two models on the same
// made-up inputs, as a fraction of the largest output.
func relativeDifference(t *testing.T, a, b *graph.Model) float64 {
	t.Helper()
	feeds := fixtures.Feeds(a, 2)
	e := runtime.Evaluator{Reference: true}
	want, err := e.Evaluate(t.Context(), a, feeds)
	if err != nil {
		t.Fatal(err)
	}
	have, err := e.Evaluate(t.Context(), b, feeds)
	if err != nil {
		t.Fatal(err)
	}
	_, rel, err := proof.Difference(want, have)
	if err != nil {
		t.Fatal(err)
	}
	return rel
}

// Removing the free units of the trained networks changes nothing.
func TestFreeUnitsOfTheFixturesChangeNothing(t *testing.T) {
	for _, name := range fixtures.Names() {
		t.Run(name, func(t *testing.T) {
			original, err := onnx.Decode(name, fixtures.Model(name))
			if err != nil {
				t.Fatal(err)
			}
			m, _, free, err := prepare.Model(t.Context(), original)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("free: %v", free)
			if len(free) == 0 {
				return
			}
			if rel := relativeDifference(t, original, m); rel > 1e-5 {
				t.Errorf("outputs moved by %g", rel)
			}
		})
	}
}

// A dead unit, a constant one and two copies go, under their original numbers, and the unit that
// the output depends on stays.
func TestFreeRemovesUnitsOfEveryKind(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 17]>
g (float[N,2] x) => (float[N,2] y)
<float[2,5] w = {1, 0, 0, 1, 2, 2, 0, 0, 2, 4}, float[5] b = {1, -1, 3, 1, 2}, float[5,2] v = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}>
{ h = Gemm(x, w, b)  r = Relu(h)  y = Gemm(r, v) }`)
	if err != nil {
		t.Fatal(err)
	}
	s, a, err := canonical.Simplify(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	less, _, free, kept, err := prepare.Free(t.Context(), s, a, nil, true, stage.Settings{})
	if err != nil || kept != "" {
		t.Fatal(kept, err)
	}
	units := map[string][]int{}
	for _, f := range free {
		units[f.Kind] = append(units[f.Kind], f.Units...)
	}
	if len(units["dead"]) != 1 || units["dead"][0] != 1 || len(units["constant"]) != 1 || units["constant"][0] != 2 || len(units["duplicate"]) != 2 {
		t.Errorf("have %v, want 1 dead, 2 constant and two duplicates", units)
	}
	if rel := relativeDifference(t, m, less); rel > 1e-5 {
		t.Errorf("outputs moved by %g", rel)
	}
}
