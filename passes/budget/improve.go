package budget

// improvements bounds the rounds of improve; it converges in a few.
const improvements = 100

// improve changes the allocation as long as that lowers the errors plus the price of the size: group by group and step
// by step, and where no step helps, by trading units of one group for units of another.
func (h *hull) improve(price float64) {
	for range improvements {
		moved := false
		for i := range h.groups {
			for _, next := range []func(int, int) int{h.fewer, h.more} {
				if h.walk(i, price, next) {
					moved = true
				}
			}
		}
		if !moved && !h.swap(price) {
			return
		}
	}
}

// fewer and more are the numbers of units next to n that group i may keep, or n if there is none.
func (h *hull) fewer(i, n int) int { return h.below(h.groups[i], n) }
func (h *hull) more(i, n int) int  { return h.rounded(h.groups[i], n+1) }

// change gives group i n units and returns what that does to the sum of errors and to the size.
func (h *hull) change(i, n int) (lost, spent float64) {
	g := h.groups[i]
	was, before := h.kept[g], h.spent
	h.keep(g, n)
	return h.errors[i][n] - h.errors[i][was], h.spent - before
}

// lowers reports whether a change lowers the sum at the price, by more than rounding error.
func lowers(lost, spent, price float64) bool {
	return lost+price*spent < -1e-9*max(lost, -lost, price*spent, -price*spent)
}

// walk changes the units of group i step by step as long as each step lowers the sum. It stops at the first that does
// not: errors rise ever faster as units go, while savings do not.
func (h *hull) walk(i int, price float64, next func(i, n int) int) bool {
	for moved := false; ; moved = true {
		n := h.kept[h.groups[i]]
		to := next(i, n)
		if to == n {
			return moved
		}
		if lost, spent := h.change(i, to); !lowers(lost, spent, price) {
			h.keep(h.groups[i], n)
			return moved
		}
	}
}

// ascent is what the next units of a group would do to the sum of errors and to the size.
type ascent struct{ lost, spent float64 }

// ascents lists the ascent of each group; it is zero for a group that has all its units.
func (h *hull) ascents() []ascent {
	all := make([]ascent, len(h.groups))
	for i, g := range h.groups {
		n := h.kept[g]
		if to := h.more(i, n); to != n {
			all[i].lost, all[i].spent = h.change(i, to)
			h.keep(g, n)
		}
	}
	return all
}

// swap takes one, two, four, ... steps from a group and gives another as many as that pays for. Where no step of a
// single group lowers the sum, only such a pair can: of two groups that both lose units or both gain some, each makes
// the other's step worth less, and groups that share neither weights nor work do not affect each other.
func (h *hull) swap(price float64) bool {
	moved := false
	up := h.ascents()
	for i, g := range h.groups {
		n, spent := h.kept[g], h.spent
		for step, to := 1, h.fewer(i, n); to != n; step *= 2 {
			h.keep(g, to)
			if h.repay(i, n, spent, price, up) {
				moved, up = true, h.ascents()
				break
			}
			h.keep(g, n)
			before := to
			for range step {
				to = h.fewer(i, to)
			}
			if to == before {
				break
			}
		}
	}
	return moved
}

// repay gives units to a group so that the sum is lower than when group i had n units and the size was spent. It is
// false if there is no such group.
func (h *hull) repay(i, n int, spent, price float64, up []ascent) bool {
	fewer := h.kept[h.groups[i]]
	for _, o := range h.beside[i] {
		j := o.group
		g := h.groups[j]
		m := h.kept[g]
		// A lower bound on the size of j's first step now: as long as that does not pay, nothing need be measured.
		least := up[j].spent - o.shared*float64((n-fewer)*(h.more(j, m)-m))
		if m == g.Units || !lowers(up[j].lost, least, price) || !h.walk(j, price, h.more) {
			continue
		}
		lost := h.errors[i][fewer] - h.errors[i][n] + h.errors[j][h.kept[g]] - h.errors[j][m]
		if lowers(lost, h.spent-spent, price) {
			return true
		}
		h.keep(g, m)
	}
	return false
}

// neighbour is another group, with the most that a unit of it can shrink when a unit of the first is removed.
type neighbour struct {
	group  int
	shared float64
}

// neighbours lists for each group those that it shares something with, measured in the uncut model. Sizes are sums of
// products of groups, so two units never share more than they do there.
func (a *allocation) neighbours() [][]neighbour {
	all := make([][]neighbour, len(a.groups))
	alone := make([]float64, len(a.groups)) // what is spent without a unit of the group
	whole := a.spent
	for i, g := range a.groups {
		if g.Units == 1 {
			continue
		}
		a.keep(g, g.Units-1)
		alone[i] = a.spent
		a.keep(g, g.Units)
	}
	for i, others := range a.cost.beside(a.groups) {
		g := a.groups[i]
		if g.Units == 1 {
			continue
		}
		a.keep(g, g.Units-1)
		for _, j := range others {
			h := a.groups[j]
			if j < i || h.Units == 1 {
				continue
			}
			a.keep(h, h.Units-1)
			if shared := whole - alone[i] - alone[j] + a.spent; shared > 0 {
				all[i] = append(all[i], neighbour{j, shared})
				all[j] = append(all[j], neighbour{i, shared})
			}
			a.keep(h, h.Units)
		}
		a.keep(g, g.Units)
	}
	return all
}
