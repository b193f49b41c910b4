package budget

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func (n network) hull(t testing.TB, b Budget) *hull {
	a := n.allocation(t, b)
	return &hull{allocation: a, beside: a.neighbours()}
}

// slowNeighbours measures, for every two groups, what a unit of both takes together beyond what the two take one by one.
func slowNeighbours(a *allocation) [][]neighbour {
	all := make([][]neighbour, len(a.groups))
	for i, g := range a.groups {
		for j, h := range a.groups {
			if i == j || g.Units == 1 || h.Units == 1 {
				continue
			}
			whole := a.takes(i, g.Units)
			alone, other := a.takes(i, g.Units-1), a.takes(j, h.Units-1)
			a.kept[g]--
			both := a.takes(j, h.Units-1)
			a.kept[g]++
			if shared := whole - alone - other + both; shared > 0 {
				all[i] = append(all[i], neighbour{j, shared})
			}
		}
	}
	return all
}

// Neighbours are the groups that share something, found by looking only at those that are on one value or node.
func TestNeighboursAreThoseThatShare(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for name, n := range map[string]network{
		"row":  rowOf(t, r, 4, 3, 5, 2, 6),
		"star": starOf(t, r, 4, 3, 5),
		"both read two": networkOf(t, r, `<ir_version: 8, opset_import: ["": 13]>
g (float[4,3] x, float[3,4] w0, float[3,5] w1, float[9,6] w2, float[6,2] w3) => (float[4,2] y)
{
   a = MatMul(x, w0)
   b = MatMul(x, w1)
   c = Concat<axis = 1>(a, b)
   d = MatMul(c, w2)
   y = MatMul(d, w3)
}`),
	} {
		for _, m := range []Metric{MACs, Params, Bytes} {
			a := n.allocation(t, Budget{Metric: m, Keep: 1})
			want := slowNeighbours(a)
			a.measure()
			have := a.neighbours()
			if !slices.EqualFunc(have, want, slices.Equal[[]neighbour]) {
				t.Errorf("%s, %s: want %v, have %v", name, m, want, have)
			}
			if a.spent != a.base {
				t.Errorf("%s, %s: looking left %v of %v", name, m, a.spent, a.base)
			}
		}
	}
	n := rowOf(t, r, 9, 13)
	n.stairs()
	a := n.allocation(t, Budget{Metric: Latency, Keep: 1}) // a unit of both is a strip of both
	if want, have := [][]neighbour{{{1, 16}}, {{0, 16}}}, a.neighbours(); !slices.EqualFunc(have, want, slices.Equal[[]neighbour]) {
		t.Errorf("strips: want %v, have %v", want, have)
	}
}

// A group of one unit, which stays, shares nothing that could go.
func TestAGroupOfOneUnitHasNoNeighbours(t *testing.T) {
	n := rowOf(t, rand.New(rand.NewPCG(1, 1)), 4, 3, 5)
	n.groups[1].Units = 1 // as one that only has a unit left
	a := n.allocation(t, Budget{Metric: MACs, Keep: 1})
	for i, others := range a.neighbours() {
		if i == 1 && len(others) > 0 || slices.ContainsFunc(others, func(o neighbour) bool { return o.group == 1 }) {
			t.Errorf("group %d: %v", i, others)
		}
	}
}

// sum is errors plus the price of what is spent, measured from nothing.
func (h *hull) sum(price float64) float64 {
	total := 0.0
	for i, g := range h.groups {
		total += h.errors[i][h.kept[g]]
	}
	return total + price*float64(h.Metric.Of(h.cost.Measure(h.kept)))
}

// What improve leaves is a sum that no step of one group lowers, and no steps of one with as many units of another as then pay.
func TestImproveLeavesNoStepAndNoSwapThatPays(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 1))
		n := rowOf(t, r, 2+r.IntN(7), 2+r.IntN(7), 2+r.IntN(7))
		h := n.hull(t, Budget{Metric: MACs, Keep: 1, RoundTo: int(seed % 3)})
		price := math.Pow(10, 2*r.Float64()-1) / h.base
		for _, g := range n.groups {
			h.keep(g, h.rounded(g, 1+r.IntN(g.Units)))
		}
		before := h.sum(price)
		h.measure()
		h.improve(price)
		h.consistent(t, "improved")
		least := h.sum(price)
		if least > before*(1+1e-12) {
			t.Errorf("seed %d: the sum rose from %v to %v", seed, before, least)
		}
		better := func(what string, i, j int) {
			if now := h.sum(price); now < least*(1-1e-8) {
				t.Errorf("seed %d: %s of %d and %d would lower the sum from %v to %v", seed, what, i, j, least, now)
			}
		}
		found := h.point()
		for i, g := range n.groups {
			for _, to := range []int{h.fewer(i, h.kept[g]), h.more(i, h.kept[g])} {
				h.kept[g] = to
				better("a step", i, i)
				h.load(found)
			}
			for step := 1; step <= 4; step *= 2 {
				to := found.kept[i]
				for range step {
					to = h.fewer(i, to)
				}
				for j, o := range n.groups {
					if j == i {
						continue
					}
					for m := found.kept[j]; m < o.Units; {
						m = h.more(j, m)
						h.kept[g], h.kept[o] = to, m
						better("a swap", i, j)
						h.load(found)
					}
				}
			}
		}
	}
}

// A change tells what it does to the errors and to what is spent.
func TestChangeTellsWhatItDoes(t *testing.T) {
	n := rowOf(t, rand.New(rand.NewPCG(1, 1)), 6, 4)
	h := n.hull(t, Budget{Metric: MACs, Keep: 1})
	h.keep(n.groups[1], 3)
	before := h.spent
	lost, spent := h.change(0, 2)
	if h.kept[n.groups[0]] != 2 || lost != h.errors[0][2] || spent != h.takes(0, 2)-before || spent >= 0 {
		t.Errorf("%v lost, %v spent", lost, spent)
	}
	h.measure()
	if lost, spent = h.change(0, 5); lost != h.errors[0][5]-h.errors[0][2] || lost >= 0 || spent <= 0 {
		t.Errorf("back: %v lost, %v spent", lost, spent)
	}
	up := h.ascents()
	if want := h.takes(0, 6) - h.takes(0, 5); up[0].spent != want || up[0].lost != -h.errors[0][5] {
		t.Errorf("want %v for %v, have %+v", want, -h.errors[0][5], up[0])
	}
	h.measure()
	h.keep(n.groups[0], 6)
	if up = h.ascents(); up[0] != (ascent{}) || up[1].spent <= 0 {
		t.Errorf("all units are there: %+v", up)
	}
	h.consistent(t, "ascents")
}

// A sum is lowered by more than rounding is: by a billionth of what it is of.
func TestLowers(t *testing.T) {
	for _, c := range []struct {
		lost, spent, price float64
		want               bool
	}{
		{1, -2, 1, true}, {1, -1, 1, false}, {1, -0.5, 1, false}, {1, -0.5, 4, true},
		{-1, 0.5, 1, true}, {-1, 2, 1, false}, {-1, 0.5, 4, false},
		{0, 0, 1, false}, {0, -1, 1, true}, {-1, 0, 1, true}, {0, 1, 1, false}, {1, 0, 1, false},
		{1, -1 - 1e-10, 1, false}, {1, -1 - 1e-8, 1, true}, {-1, 1 - 1e-10, 1, false}, {-1, 1 - 1e-8, 1, true},
		{1e6, -1e6 - 1e-4, 1, false}, {1e6, -1e6 - 1e-2, 1, true}, {-1e6, 1e6 - 1e-4, 1, false}, {-1e6, 1e6 - 1e-2, 1, true},
		{1, -1e6 - 1e-4, 1e-6, false}, {1e6, -1 - 1e-10, 1e6, false},
	} {
		if have := lowers(c.lost, c.spent, c.price); have != c.want {
			t.Errorf("%v lost, %v spent at %v: want %v", c.lost, c.spent, c.price, c.want)
		}
	}
}
