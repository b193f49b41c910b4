package budget_test

import (
	"math/rand/v2"
	"testing"

	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/group"
)

// What is measured after many other questions is what a fresh model answers.
func TestTheCostDoesNotDependOnWhatWasAskedBefore(t *testing.T) {
	for _, name := range []string{"vit", "densenet"} {
		m, a, c, _ := prepared(t, name)
		r := rand.New(rand.NewPCG(3, 4))
		for try := range 20 {
			units := map[*group.Group]int{}
			for _, g := range a.Groups {
				if r.IntN(3) > 0 {
					units[g] = 1 + r.IntN(g.Units)
				}
			}
			fresh, err := budget.NewCostModel(m, a, nil)
			if err != nil {
				t.Fatal(err)
			}
			if have, want := c.Measure(units), fresh.Measure(units); have != want {
				t.Fatalf("%s, question %d: have %+v, want %+v", name, try, have, want)
			}
		}
		if have := c.Measure(nil); have != c.Base() {
			t.Errorf("%s: without a cut: have %+v, want %+v", name, have, c.Base())
		}
	}
}
