package budget

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// everyChoice calls visit with the error and the size of every number of units of every group.
func (a *allocation) everyChoice(visit func(p point)) {
	var choose func(i int)
	choose = func(i int) {
		if i == len(a.groups) {
			a.measure()
			visit(a.point())
			return
		}
		for n := 1; n <= a.groups[i].Units; n++ {
			a.kept[a.groups[i]] = n
			choose(i + 1)
		}
	}
	choose(0)
}

// Where what lambda would leave does not fit, the ceiling decides and what is left under it is filled up: no removal is for
// nothing, and the error is the least there is nearly always, whatever lambda is.
func TestLambdaUnderACeilingIsFilledUp(t *testing.T) {
	missed := 0
	for seed := range uint64(120) {
		r := rand.New(rand.NewPCG(seed, 1))
		n := rowOf(t, r, 2+r.IntN(6), 2+r.IntN(6), 2+r.IntN(6))
		b := Budget{Metric: MACs, Keep: 0.3 + 0.5*r.Float64()}
		least := math.Inf(1)
		a := n.allocation(t, b)
		a.everyChoice(func(p point) {
			if p.size*a.base <= a.limit {
				least = min(least, p.error)
			}
		})
		sizes := map[string]bool{}
		for _, lambda := range []float64{1e-9, 1e-4, 1e-3} {
			b.Lambda = lambda
			plan, o, err := solvers["lambda"].Solve(n.groups, n.scores, b, n.cost)
			if err != nil {
				t.Fatal(err)
			}
			if !o.Met {
				if !math.IsInf(least, 1) {
					t.Errorf("seed %d: %+v", seed, o)
				}
				continue
			}
			a.follow(plan)
			sizes[fmt.Sprint(a.units())] = true
			for i, g := range a.groups {
				if k := a.kept[g]; k < g.Units && a.takes(i, k+1) <= a.limit {
					t.Errorf("seed %d: another unit of group %d fits", seed, i)
				}
			}
			a.measure()
			if a.point().error > least*(1+1e-9) {
				missed++
			}
		}
		if len(sizes) > 1 {
			t.Errorf("seed %d: lambdas of nearly nothing leave %v", seed, sizes)
		}
	}

	if missed > 6 {
		t.Errorf("%d of %d have not the least error", missed, 3*120)
	}
}

// Exactly at the ceiling fits.
func TestACeilingIsInclusive(t *testing.T) {
	n := starOf(t, rand.New(rand.NewPCG(1, 1)), 4, 4)
	for _, s := range []string{"uniform", "global", "error", "lambda"} {
		b := Budget{Metric: MACs, Keep: 0.5}
		if solvers[s].Weighs {
			b.Lambda = 1e-6
		}
		_, o, err := solvers[s].Solve(n.groups, n.scores, b, n.cost)
		if err != nil || !o.Met || o.Reached != 0.5 || o.Why != "" {
			t.Errorf("%s: %+v, %v", s, o, err)
		}
		b.Keep, b.Floor = 0.2, 0.5
		_, o, err = solvers[s].Solve(n.groups, n.scores, b, n.cost)
		if err != nil || o.Met || o.Reached != 0.5 || !strings.HasPrefix(o.Why, "2 groups are cut to their floor") {
			t.Errorf("%s, out of reach: %+v, %v", s, o, err)
		}
	}
}

// What the descent takes at a price is what is cheaper than the price, from the uncut model on, whatever was kept before.
func TestPayTakesWhatIsCheaperThanThePrice(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		n := rowOf(t, r, 6, 9, 4)
		h := n.hull(t, Budget{Metric: MACs, Keep: 1})
		h.path = h.descend(func() bool { return false })
		prices := []float64{0, math.Inf(1)}
		for _, p := range h.path {
			prices = append(prices, p.price*h.base, p.price*h.base*(1+1e-9))
		}
		for _, price := range prices {
			want := []int{6, 9, 4}
			for _, p := range h.path {
				if p.price*h.base >= price {
					break
				}
				want[p.group] = p.to
			}
			h.pay(price)
			h.consistent(t, "paid")
			if !slices.Equal(h.units(), want) {
				t.Errorf("seed %d, at %v: want %v, have %v", seed, price, want, h.units())
			}
		}
	}
}

// Between two points of the hull lies one of a lower sum or none; whatever is given is on no larger and no smaller side of them.
func TestBetweenTwoPointsOfTheHull(t *testing.T) {
	found := 0
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 1))
		n := starOf(t, r, 5, 6, 4)
		h := n.hull(t, Budget{Metric: MACs, Keep: 1})
		left := h.point()
		h.path = h.descend(func() bool { return false })
		right := h.point()
		for range 3 {
			price := (right.error - left.error) / (left.size - right.size)
			p, ok := h.between(left, right, price)
			least := math.Inf(1)
			h.everyChoice(func(c point) { least = min(least, c.sum(price)) })
			if !ok {
				if p.kept != nil || least < left.sum(price)*(1-1e-8) {
					t.Errorf("seed %d: %v is less than %v, and not found", seed, least, left.sum(price))
				}
				break
			}
			found++
			if p.sum(price) > least*(1+1e-8) || p.size >= left.size || p.size <= right.size {
				t.Errorf("seed %d: sum %v of at least %v, size %v between %v and %v", seed, p.sum(price), least, p.size, left.size, right.size)
			}
			right = p
		}
	}
	if found < 100 {
		t.Errorf("%d points", found)
	}
}

// Plain solvers refuse what they cannot use.
func TestPlainSolversRefuse(t *testing.T) {
	n := rowOf(t, rand.New(rand.NewPCG(1, 1)), 3)
	for _, s := range []string{"uniform", "global"} {
		for _, c := range []struct {
			b    Budget
			want string
		}{
			{Budget{Metric: MACs}, "budget macs: want a fraction over 0 and at most 1, have 0"},
			{Budget{Metric: Latency, Keep: 1}, "budget latency: the model has none"},
		} {
			if plan, o, err := solvers[s].Solve(n.groups, n.scores, c.b, n.cost); plan != nil || o != nil || fmt.Sprint(err) != c.want {
				t.Errorf("%s: want %q, have %v", s, c.want, err)
			}
		}
	}
}

// Of heads and head dimensions, a head takes as many positions of an axis as its dimensions are, and a dimension as many as there
// are heads, however often that stands there.
func TestStepsOfHeadsAndTheirDimensions(t *testing.T) {
	n := networkOf(t, rand.New(rand.NewPCG(1, 1)), `<ir_version: 8, opset_import: ["" : 13]>
attention (float[5,6] x, float[6,32] w0, float[32,6] w1) => (float[5,6] y) <int64[3] apart = {5, 8, 4}, int64[2] together = {5, 32}>
{
   q = MatMul(x, w0)
   r = Reshape(q, apart)
   k = Transpose<perm = [0, 2, 1]>(r)
   s = MatMul(r, k)
   o = MatMul(s, r)
   c = Reshape(o, together)
   y = MatMul(c, w1)
}`)
	for _, c := range []struct {
		positions int
		want      map[int]int // by units
	}{
		{1, map[int]int{}},
		{2, map[int]int{8: 2, 4: 2}},
		{4, map[int]int{8: 4}}, // the other would be left without choice
		{8, map[int]int{}},
	} {
		have := map[int]int{}
		for g, s := range n.cost.Steps(c.positions) {
			have[g.Units] = s
		}
		if fmt.Sprint(have) != fmt.Sprint(c.want) {
			t.Errorf("%d positions: want %v, have %v", c.positions, c.want, have)
		}
	}
}
