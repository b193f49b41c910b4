package latency

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert/internal/canonical"
	"github.com/pollard-dev/pollard/convert/internal/cut"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/fixtures"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/runtime"
)

// The work that the cost model predicts for a plan is the work of the steps of the model cut by it:
// the predicted extents are those that the runtime computes. The times themselves do not matter.
func TestPredictedWorkIsThatOfTheCutModel(t *testing.T) {
	for _, name := range []string{"resnet20", "mobilenetv2", "densenet", "vit"} {
		m, err := onnx.Decode(name, fixtures.Model(name))
		if err != nil {
			t.Fatal(err)
		}
		s, a, err := canonical.Simplify(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		c := stage.Settings{Threads: 1, Dims: samples.Extents(m, nil)}
		tm, err := Predict(t.Context(), m, s, a, none, c)
		if err != nil {
			t.Fatal(err)
		}
		cost, err := budget.NewCostModel(s, a, c.Dims)
		if err != nil {
			t.Fatal(err)
		}
		cost.Time(tm.Works(s))
		r := rand.New(rand.NewPCG(7, 8))
		for range 3 {
			p, units := &group.Plan{Kept: map[*group.Group][]int{}}, map[*group.Group]int{}
			for _, g := range a.Groups {
				units[g] = 1 + r.IntN(g.Units)
				for u := range units[g] {
					p.Kept[g] = append(p.Kept[g], u)
				}
			}
			cut, err := cut.Apply(t.Context(), s, a, p)
			if err != nil {
				t.Fatal(err)
			}
			session, err := runtime.Compile(cut, runtime.Options{Threads: 1})
			if err != nil {
				t.Fatal(err)
			}
			seen, err := session.Profile(t.Context(), tm.feeds, 1, profileLimit)
			if err != nil {
				t.Fatal(err)
			}
			want := tm.rest
			for _, st := range seen.Steps {
				w := st.Work
				family, amount := w.Amount(w.Extents())
				want += tm.fit.Time(w.Step, family, amount)
			}
			// Every step is rounded to nanoseconds.
			if have := float64(cost.Measure(units).Latency); math.Abs(have-want) > float64(len(seen.Steps)+1)+1e-3*want {
				t.Errorf("%s: want %g ns, have %g", name, want, have)
			}
		}
	}
}

// Latency is predicted only if extents are known before a run and the model runs.
func TestPredictNeedsKnownExtents(t *testing.T) {
	for body, want := range map[string]string{
		"i = NonZero(x)  c = Cast<to = 1>(i)  y = Relu(c)": "the extents of the model's values are not known until it runs",
		"y = Conjure(x)": "Conjure",
	} {
		m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 17]> g (float[4] x) => (float[M, N] y) { ` + body + " }")
		if err != nil {
			t.Fatal(err)
		}
		s, a, err := canonical.Simplify(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Predict(t.Context(), m, s, a, none, stage.Settings{Threads: 1}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: want %q, have %v", body, want, err)
		}
	}
}

// none excludes no group.
func none(*group.Group) bool { return false }
