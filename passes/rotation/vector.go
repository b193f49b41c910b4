package rotation

import (
	"slices"
	"strconv"

	"github.com/pollard-dev/pollard/passes/group"
)

// vector is the position of each unit on an axis, in one of the bases.
type vector struct {
	turn int
	at   []int
}

// columns returns the columns of a map that belong to the vector's units at a kernel position.
func (v vector) columns(taps, tap int) []int {
	out := make([]int, len(v.at))
	for i, p := range v.at {
		out[i] = p*taps + tap
	}
	return out
}

// number gives each vector of x its basis. Vectors that agree in all factors, other than the units' own, that pass
// through the streams unmixed and are on each axis belong to the same head everywhere. If heads cannot be distinguished,
// one basis serves all.
func (f *flow) number(x *site) bool {
	for _, c := range f.a.Factors(x.writers[0].axis()) {
		if c != f.g.Factor() && !f.mixed[c] && f.everywhere(c, x) {
			x.common = append(x.common, c)
		}
	}
	x.turns = map[string]int{}
	for _, sides := range [][]side{x.writers, x.readers} {
		for i := range sides {
			if !f.vectors(x, &sides[i]) {
				return false
			}
		}
	}
	return !slices.ContainsFunc(slices.Concat(x.writers, x.readers), func(s side) bool { return !s.complete(len(x.turns)) })
}

// complete reports whether s has vectors in each of the bases.
func (s side) complete(turns int) bool {
	seen := map[int]bool{}
	for _, v := range s.vectors {
		seen[v.turn] = true
	}
	return len(seen) == turns
}

// everywhere reports whether each of x's positions has an index in c, and the operands of its products have c.
func (f *flow) everywhere(c group.Factor, x *site) bool {
	for _, s := range slices.Concat(x.writers, x.readers) {
		units := f.a.Units(f.g, s.axis())
		for p, i := range f.a.Indices(c, s.axis()) {
			if i < 0 && units[p] >= 0 && (s.meant == nil || s.meant[p]) {
				return false
			}
		}
	}
	for _, o := range x.operands {
		if f.times(o.Value)[c] != 1 {
			return false
		}
	}
	return true
}

// keys returns the indices of each position of an axis in the common factors.
func (x *site) keys(a *group.Analysis, m group.Member) []string {
	keys := make([]string, len(a.Units(x.group, m)))
	for _, c := range x.common {
		for p, i := range a.Indices(c, m) {
			keys[p] += strconv.Itoa(i) + ","
		}
	}
	return keys
}

// vectors lists the positions of all units at s. Every unit must occur there equally often.
func (f *flow) vectors(x *site, s *side) bool {
	keys := x.keys(f.a, s.axis())
	seen := map[string][]int{}  // how often each unit was, by key
	first := map[string][]int{} // the vectors of a key
	for p, u := range f.a.Units(f.g, s.axis()) {
		if u < 0 || s.meant != nil && !s.meant[p] {
			continue
		}
		key := keys[p]
		if _, ok := x.turns[key]; !ok {
			x.turns[key] = len(x.turns)
		}
		if seen[key] == nil {
			seen[key] = make([]int, f.g.Units)
		}
		if seen[key][u] == len(first[key]) {
			first[key] = append(first[key], len(s.vectors))
			s.vectors = append(s.vectors, vector{x.turns[key], slices.Repeat([]int{-1}, f.g.Units)})
		}
		s.vectors[first[key][seen[key][u]]].at[u] = p
		seen[key][u]++
	}
	for _, v := range s.vectors {
		if slices.Contains(v.at, -1) {
			return false
		}
	}
	return len(s.vectors) > 0
}

// claim marks the positions of x's writers as used. It returns false if another site has one of them.
func claim(x *site, used map[group.Member][]bool) bool {
	for _, w := range x.writers {
		if used[w.axis()] == nil {
			used[w.axis()] = make([]bool, w.Outs)
		}
		for _, v := range w.vectors {
			for _, p := range v.at {
				if used[w.axis()][p] {
					return false
				}
				used[w.axis()][p] = true
			}
		}
	}
	return true
}

// turnsAt returns the basis of each position of an axis, or nil if the axis lacks some of the factors that distinguish
// them.
func (x *site) turnsAt(a *group.Analysis, m group.Member) []int {
	all := a.Factors(m)
	for _, c := range x.common {
		if !slices.Contains(all, c) {
			return nil
		}
	}
	keys := x.keys(a, m)
	turns := make([]int, len(keys))
	for p, k := range keys {
		turn, ok := x.turns[k]
		if !ok {
			return nil
		}
		turns[p] = turn
	}
	return turns
}
