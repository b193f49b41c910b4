package group

import (
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

func TestFactorsOfAnAxisAndPositionsWithinThem(t *testing.T) {
	var al algebra
	part, h, d, one := al.sized(2), al.sized(3), al.sized(2), al.sized(1)
	v, w, u := &graph.Value{}, &graph.Value{}, &graph.Value{}
	twice := al.of(sum, al.of(product, h, d), al.of(product, h, d))
	a := &Analysis{axes: map[*graph.Value][]*term{
		v: {al.of(product, part, h, one, d), twice},
		w: {part, al.of(product, h, d), h, al.of(sum, al.of(product, h, d), al.of(product, h, d))},
		u: {al.of(product, part, d)},
	}}
	names := map[Factor]string{{part}: "part", {h}: "h", {d}: "d"}
	for _, m := range []Member{{v, 0}, {v, 1}} {
		var have []string
		for _, f := range a.Factors(m) {
			have = append(have, names[f])
		}
		if want := [][]string{{"part", "h", "d"}, {"h", "d"}}[m.Axis]; !slices.Equal(have, want) {
			t.Errorf("axis %d: factors %v, want %v", m.Axis, have, want)
		}
	}
	if have, want := a.Indices(Factor{h}, Member{v, 0}), []int{0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2}; !slices.Equal(have, want) {
		t.Errorf("indices in h: %v, want %v", have, want)
	}
	for _, c := range []struct {
		outer, inner Member
		want         []int
	}{
		{Member{v, 0}, Member{w, 0}, []int{0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1}},
		{Member{v, 0}, Member{w, 1}, []int{0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5}},
		{Member{v, 0}, Member{w, 2}, []int{0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2}},
		{Member{v, 1}, Member{w, 3}, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}},
		{Member{v, 0}, Member{u, 0}, nil}, // not next to each other
		{Member{w, 0}, Member{v, 0}, nil},
		{Member{v, 1}, Member{w, 2}, nil},
	} {
		if have := a.Within(c.outer, c.inner); !slices.Equal(have, c.want) {
			t.Errorf("%v within %v: have %v, want %v", c.inner.Axis, c.outer.Axis, have, c.want)
		}
	}
}
