package budget

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// slowTrade is the first of one, two or four steps of group i that pays for units of group j worth more, measured from nothing;
// ok is false when there is none.
func slowTrade(a *allocation, i, j int) (fewer, more int, ok bool) {
	from, to := a.groups[i], a.groups[j]
	n, m := a.kept[from], a.kept[to]
	size := func(x, y int) float64 {
		defer func(k int) { a.kept[from] = k }(a.kept[from])
		a.kept[from] = x
		return a.takes(j, y)
	}
	fewer = n
	for step := 1; step <= 4; step++ {
		if fewer = a.below(from, fewer); fewer == n || fewer == a.below(from, n) && step > 1 {
			return 0, 0, false
		}
		if step == 3 {
			continue
		}
		more = m
		for k := m; k < to.Units; {
			if k = a.rounded(to, k+1); size(fewer, k) > a.limit {
				break
			}
			more = k
		}
		lost, won := a.errors[i][fewer]-a.errors[i][n], a.errors[j][m]-a.errors[j][more]
		if won > lost*(1+1e-12) {
			return fewer, more, true
		}
	}
	return 0, 0, false
}

// A trade is what trying each number of steps would find, and where it is none the allocation is as it was. In the end no trade
// is left.
func TestTradesAreThoseThatPay(t *testing.T) {
	traded := 0
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 1))
		n := rowOf(t, r, 3+r.IntN(6), 3+r.IntN(6), 3+r.IntN(12))
		b := Budget{Metric: MACs, Keep: 0.2 + 0.6*r.Float64()}
		switch seed % 3 {
		case 1:
			b.RoundTo = 2
		case 2:
			n.stairs()
			b.Metric = Latency
		}
		a := n.allocation(t, b)
		for !a.fits() { // anything that fits, not the cheapest
			g := n.groups[r.IntN(len(n.groups))]
			a.keep(g, a.below(g, a.kept[g]))
			if a.point().size == a.allocationLeast() {
				break
			}
		}
		for i := range n.groups {
			for j := range n.groups {
				if i == j {
					continue
				}
				before := a.units()
				fewer, more, ok := slowTrade(a, i, j)
				a.measure()
				if a.trade(i, j, before[i]) != ok {
					t.Fatalf("seed %d, from %d to %d: traded is %v", seed, i, j, !ok)
				}
				a.consistent(t, "a trade")
				want := before
				if ok {
					traded++
					want[i], want[j] = fewer, more
				}
				if !slices.Equal(a.units(), want) {
					t.Fatalf("seed %d, from %d to %d: want %v, have %v", seed, i, j, want, a.units())
				}
			}
		}
		a.exchange()
		a.consistent(t, "the exchange")
		for i := range n.groups {
			for j := range n.groups {
				if i != j {
					if _, _, ok := slowTrade(a, i, j); ok {
						t.Errorf("seed %d: a trade from %d to %d is left", seed, i, j)
					}
					a.measure()
				}
			}
		}
	}
	if traded < 50 {
		t.Errorf("%d trades", traded)
	}
}

// allocationLeast is the size when every group keeps as little as it may.
func (a *allocation) allocationLeast() float64 {
	defer a.load(a.point())
	for _, g := range a.groups {
		a.kept[g] = a.least(g)
	}
	a.measure()
	return a.spent / a.base
}

// Of a group as many units come back as fit, and looking at it brings none back.
func TestTheMostUnitsThatFit(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 1))
		n := rowOf(t, r, 9, 6)
		a := n.allocation(t, Budget{Metric: MACs, Keep: 0.3 + 0.6*r.Float64(), RoundTo: int(seed % 3)})
		g := n.groups[0]
		from := a.least(g)
		a.keep(g, from)
		want := from
		for k := from; k < g.Units; {
			if k = a.rounded(g, k+1); a.takes(0, k) <= a.limit {
				want = k
			}
		}
		a.measure()
		if have := a.most(g, from); have != want || a.kept[g] != from {
			t.Errorf("seed %d: want %d, have %d; kept %d of %d", seed, want, have, a.kept[g], from)
		}
		a.consistent(t, "the most")
	}
}

// Units that take nothing come back: those of a step that is there anyway.
func TestUnitsThatTakeNothingComeBack(t *testing.T) {
	n := rowOf(t, rand.New(rand.NewPCG(1, 1)), 11, 9)
	n.stairs()
	for _, c := range []struct {
		roundTo    int
		kept, want []int
	}{
		{0, []int{5, 1}, []int{8, 4}},
		{0, []int{8, 9}, []int{8, 9}},
		{0, []int{9, 4}, []int{11, 4}},
		{2, []int{6, 2}, []int{8, 4}},
		{3, []int{3, 3}, []int{3, 3}}, // the next number is over the step
	} {
		a := n.allocation(t, Budget{Metric: Latency, Keep: 1, RoundTo: c.roundTo})
		for i, g := range n.groups {
			a.keep(g, c.kept[i])
		}
		spent := a.spent
		a.fill()
		a.consistent(t, "filled")
		if !slices.Equal(a.units(), c.want) || a.spent != spent {
			t.Errorf("by %d, %v: want %v, have %v", c.roundTo, c.kept, c.want, a.units())
		}
	}
}
