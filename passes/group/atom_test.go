package group

import (
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

func (al *algebra) sized(n int) *term { return al.atom(graph.Size(n)) }

// leaves lists the extents of a term's atoms, each as often as it stands there, pinned ones negative.
func leaves(t *term) (out []int) {
	if t = t.find(); t.shape != atom {
		for _, p := range t.parts {
			out = append(out, leaves(p)...)
		}
		return out
	}
	n, _ := t.size.Value()
	if t.pin != nil {
		n = -n
	}
	return []int{n}
}

func TestUnifyFindsTheCommonDivision(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(al *algebra) (a, b *term)
		want []int
	}{
		{"a free axis takes the form of what it meets", func(al *algebra) (*term, *term) {
			return al.sized(12), al.of(product, al.sized(3), al.sized(4))
		}, []int{3, 4}},
		{"sums align from the left", func(al *algebra) (*term, *term) {
			return al.of(sum, al.sized(4), al.sized(8)), al.of(sum, al.sized(6), al.sized(6))
		}, []int{4, 2, 6}},
		{"products align from the right", func(al *algebra) (*term, *term) {
			return al.of(product, al.sized(2), al.sized(12)), al.of(product, al.sized(6), al.sized(4))
		}, []int{2, 3, 4}},
		{"heads of q, k and v side by side: the three are pinned, heads and dimensions free", func(al *algebra) (*term, *term) {
			return al.of(sum, al.sized(12), al.sized(12), al.sized(12)), al.of(product, al.sized(3), al.sized(4), al.sized(3))
		}, []int{4, 3, 4, 3, 4, 3}},
		{"a shuffle ties the branches that Concat joined", func(al *algebra) (*term, *term) {
			return al.of(sum, al.sized(5), al.sized(5)), al.of(product, al.sized(2), al.sized(5))
		}, []int{5, 5}},
		{"what does not align is pinned", func(al *algebra) (*term, *term) {
			return al.of(product, al.sized(4), al.sized(6)), al.of(product, al.sized(6), al.sized(4))
		}, []int{-4, -6}},
	} {
		var al algebra
		a, b := c.make(&al)
		al.unify(a, b, &cause{reason: "test"})
		got := slices.DeleteFunc(leaves(a), func(n int) bool { return n == 1 || n == -1 })
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: have %v, want %v", c.name, got, c.want)
		}
	}
}

func TestKeptPositionsOfHeadsAndDimensionsMultiply(t *testing.T) {
	var al algebra
	h, d := al.sized(3), al.sized(2)
	heads, dims := &Group{Units: 3, atom: h}, &Group{Units: 2, atom: d}
	a := &Analysis{byAtom: map[*term]*Group{h: heads, d: dims}}
	axis := al.of(product, h, d)
	p := &Plan{Kept: map[*Group][]int{heads: {0, 2}, dims: {1}}}
	if got, want := a.keptOf(p, axis), []int{1, 5}; !slices.Equal(got, want) {
		t.Errorf("positions: have %v, want %v", got, want)
	}
	if got, want := a.indices(heads.atom, axis), []int{0, 0, 1, 1, 2, 2}; !slices.Equal(got, want) {
		t.Errorf("units of heads: have %v, want %v", got, want)
	}
	if got := a.extent(map[*Group]int{heads: 2, dims: 1}, axis); got != 2 {
		t.Errorf("extent: have %d, want 2", got)
	}
}

// An atom that is unified with itself beside a factor of one position stays what it is: it does not contain itself.
func TestAnAtomDoesNotContainItself(t *testing.T) {
	var al algebra
	two, three, rest := al.sized(2), al.sized(3), al.sized(3)
	c := &cause{reason: "test"}
	al.unify(al.of(sum, three, rest), al.of(product, two, three), c)
	count := 0
	three.atoms(func(*term) { count++ })
	if count != 1 {
		t.Errorf("%d atoms", count)
	}
	three.fix(c) // ends
}
