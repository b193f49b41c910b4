package budget_test

import (
	"math/rand/v2"
	"testing"

	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/group"
)

// An extent as a sum of products, which the cost model follows, is the extent.
func TestProductsAddUpToTheExtent(t *testing.T) {
	for _, name := range []string{"vit", "densenet", "resnet20"} {
		m, a, _, _ := prepared(t, name)
		r := rand.New(rand.NewPCG(5, 6))
		units := map[*group.Group]int{}
		for _, g := range a.Groups {
			units[g] = 1 + r.IntN(g.Units)
		}
		for _, v := range m.Graph.Values() {
			for axis, d := range v.Type.Shape {
				if !d.Known() {
					continue
				}
				sum := 0
				for _, p := range a.Products(v, axis) {
					n := p.Size
					for _, g := range p.Groups {
						n *= units[g]
					}
					sum += n
				}
				if want := a.Extent(units, v, axis); sum != want {
					t.Errorf("%s: axis %d of %s: products add up to %d, the extent is %d", name, axis, v.Name, sum, want)
				}
			}
		}
	}
}

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
