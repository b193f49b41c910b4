package group

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

// drawn is a term of so many positions, of atoms that may be pinned, may have one position, and may stand in it again.
func (al *algebra) drawn(r *rand.Rand, n, depth int, known map[int][]*term) *term {
	if again := known[n]; len(again) > 0 && r.IntN(5) == 0 {
		return again[r.IntN(len(again))]
	}
	var t *term
	var divisors []int
	for d := 2; d < n; d++ {
		if n%d == 0 {
			divisors = append(divisors, d)
		}
	}
	switch k := r.IntN(4); {
	case depth > 0 && n > 2 && k == 0:
		at := 1 + r.IntN(n-1)
		t = al.of(sum, al.drawn(r, at, depth-1, known), al.drawn(r, n-at, depth-1, known))
	case depth > 0 && len(divisors) > 0 && k < 3:
		d := divisors[r.IntN(len(divisors))]
		parts := []*term{al.drawn(r, n/d, depth-1, known), al.drawn(r, d, depth-1, known)}
		if r.IntN(4) == 0 {
			parts = slices.Insert(parts, r.IntN(3), al.sized(1))
		}
		t = al.of(product, parts...)
	default:
		t = al.sized(n)
		if r.IntN(6) == 0 {
			t.pin = &cause{reason: "drawn"}
		}
	}
	known[n] = append(known[n], t)
	return t
}

// free is the atoms of t that nothing pins.
func (t *term) free() map[*term]bool {
	all := map[*term]bool{}
	t.atoms(func(a *term) {
		if a.pin == nil && !a.size.Is(1) {
			all[a] = true
		}
	})
	return all
}

// index is the positions of t that unit u of the atom x is on.
func index(x *term, u int, t *term) (at []int) {
	for i, k := range (&Analysis{}).indices(x, t) {
		if k == u {
			at = append(at, i)
		}
	}
	return at
}

// What unify means, whatever the forms: afterwards a free unit is on the same positions of both sides, no position of what was
// pinned before is on a free unit alone, and both sides still have their extents. That no term contains itself shows in that
// this ends.
func TestUnifiedTermsHaveTheirUnitsAtTheSamePositions(t *testing.T) {
	free := 0
	for seed := range uint64(4000) {
		r := rand.New(rand.NewPCG(seed, 1))
		n := []int{6, 8, 12, 16, 24, 36}[r.IntN(6)]
		var al algebra
		known := map[int][]*term{}
		a, b := al.drawn(r, n, 3, known), al.drawn(r, n, 3, map[int][]*term{})
		third := al.drawn(r, n, 2, known) // what a has in common with others is refined there too
		var pinned []*term
		for _, x := range []*term{a, b, third} {
			x.atoms(func(y *term) {
				if y.pin != nil {
					pinned = append(pinned, y)
				}
			})
		}
		al.unify(a, b, &cause{reason: "test"})
		if r.IntN(2) == 0 {
			al.unify(third, b, &cause{reason: "test"})
		}
		for x := range a.free() {
			size, _ := x.size.Value()
			for u := range size {
				here, there := index(x, u, a), index(x, u, b)
				if !slices.Equal(here, there) && !repeats(a, x) && !repeats(b, x) { // what stands in a product twice is pinned in the end
					t.Fatalf("seed %d: unit %d of %d is at %v and at %v\n%v\n%v", seed, u, size, here, there, leaves(a), leaves(b))
				}
			}
			free++
		}
		for _, y := range pinned {
			if len(y.free()) > 0 {
				t.Fatalf("seed %d: what was pinned is free: %v", seed, leaves(y))
			}
		}
		for _, x := range []*term{a, b, third} {
			if k := len((&Analysis{}).positions(x, nil)); k != n {
				t.Fatalf("seed %d: %d positions of %d", seed, k, n)
			}
		}
	}
	if free < 3000 {
		t.Errorf("%d free atoms: too few to be a test", free)
	}
}

// repeats reports whether x stands twice in a product of t.
func repeats(t, x *term) bool {
	t = t.find()
	switch t.shape {
	case sum:
		return slices.ContainsFunc(t.parts, func(p *term) bool { return repeats(p, x) })
	case product:
		count := 0
		for _, p := range t.parts {
			has := false
			p.atoms(func(a *term) { has = has || a == x })
			if has {
				count++
			}
			if repeats(p, x) {
				return true
			}
		}
		return count > 1
	}
	return false
}

// Sums of free atoms have a common refinement always: all boundaries of both, and nothing is pinned.
func TestSumsOfFreeAtomsMeetAtAllTheirBoundaries(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 2))
		n := 4 + r.IntN(20)
		var al algebra
		bounds := map[int]bool{n: true}
		divide := func() *term {
			var parts []*term
			for left := n; left > 0; {
				k := 1 + r.IntN(left)
				parts = append(parts, al.sized(k))
				left -= k
				bounds[n-left] = true
			}
			return al.of(sum, parts...)
		}
		a, b := divide(), divide()
		al.unify(a, b, &cause{reason: "test"})
		var want []int
		last := 0
		for at := 1; at <= n; at++ {
			if bounds[at] {
				want = append(want, at-last)
				last = at
			}
		}
		if have := leaves(a); !slices.Equal(have, want) || !slices.Equal(leaves(b), want) {
			t.Errorf("seed %d: want %v, have %v and %v", seed, want, have, leaves(b))
		}
	}
}

// Products of free atoms whose extents from the right divide each other meet at all of these extents, and nothing is pinned.
func TestProductsOfFreeAtomsMeetWhereTheirExtentsDivide(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 3))
		var primes []int
		for range 2 + r.IntN(4) {
			primes = append(primes, []int{2, 3, 5, 7}[r.IntN(4)])
		}
		var al algebra
		cut := make([]bool, len(primes)) // behind which prime one of both is divided
		group := func() *term {
			var parts []*term
			n := 1
			for i, p := range primes {
				n *= p
				if i == len(primes)-1 || r.IntN(2) == 0 {
					parts = append(parts, al.sized(n))
					n, cut[i] = 1, true
				}
				if r.IntN(5) == 0 {
					parts = append(parts, al.sized(1))
				}
			}
			return al.of(product, parts...)
		}
		a, b := group(), group()
		al.unify(a, b, &cause{reason: "test"})
		var want []int
		n := 1
		for i, p := range primes {
			if n *= p; cut[i] {
				want = append(want, n)
				n = 1
			}
		}
		for _, x := range []*term{a, b} {
			have := slices.DeleteFunc(leaves(x), func(n int) bool { return n == 1 })
			if !slices.Equal(have, want) {
				t.Errorf("seed %d: want %v, have %v", seed, want, have)
			}
		}
	}
}

// What becomes of forms that meet, by the extents of their atoms: of those that are pinned negative, of those that are not known 1.
func TestWhatFormsBecome(t *testing.T) {
	sym := func(al *algebra) *term { return al.atom(graph.Symbol("N")) }
	for _, c := range []struct {
		name string
		make func(al *algebra) (a, b *term)
		a, b []int
	}{
		{"other extents are pinned", func(al *algebra) (*term, *term) { return al.sized(3), al.sized(4) }, []int{-3}, []int{-4}},
		{"a sum's extent, another's", func(al *algebra) (*term, *term) {
			return al.of(sum, al.sized(3), al.sized(2)), al.sized(4)
		}, []int{-3, -2}, []int{-4}},
		{"parts of a sum share the trailing factor, and how many rows each has is free", func(al *algebra) (*term, *term) {
			return al.of(sum, al.sized(4), al.sized(6)), al.of(product, al.sized(5), al.sized(2))
		}, []int{2, 2, 3, 2}, []int{2, 3, 2}},
		{"the only row of a part stays", func(al *algebra) (*term, *term) {
			return al.of(sum, al.sized(2), al.sized(6)), al.of(product, al.sized(4), al.sized(2))
		}, []int{-1, 2, 3, 2}, []int{-1, 3, 2}},
		{"the same from the other side", func(al *algebra) (*term, *term) {
			return al.of(product, al.sized(4), al.sized(2)), al.of(sum, al.sized(2), al.sized(6))
		}, []int{-1, 3, 2}, []int{-1, 2, 3, 2}},
		{"all trailing factors, where they fit", func(al *algebra) (*term, *term) {
			return al.of(sum, al.sized(6), al.sized(12)), al.of(product, al.sized(3), al.sized(3), al.sized(2))
		}, []int{-1, 3, 2, 2, 3, 2}, []int{-1, 2, 3, 2}},
		{"fewer trailing factors, where only these do", func(al *algebra) (*term, *term) {
			return al.of(sum, al.sized(4), al.sized(8)), al.of(product, al.sized(2), al.sized(3), al.sized(2))
		}, []int{2, 2, 1, 2, 1, 2}, []int{-2, 2, 1, 2}},
		{"where no factor fits, copies of the last meet the parts", func(al *algebra) (*term, *term) {
			return al.of(sum, al.sized(4), al.sized(2)), al.of(product, al.sized(2), al.sized(3))
		}, []int{1, 2, 1, 2}, []int{-2, 1, 2}},
		{"as many copies as are written out", func(al *algebra) (*term, *term) {
			return al.of(sum, al.sized(3), al.sized(2*maxCopies-3)), al.of(product, al.sized(maxCopies), al.sized(2))
		}, nil, []int{-maxCopies, 1, 1}},
		{"one more is pinned", func(al *algebra) (*term, *term) {
			return al.of(sum, al.sized(3), al.sized(2*maxCopies-1)), al.of(product, al.sized(maxCopies+1), al.sized(2))
		}, []int{-3, 1 - 2*maxCopies}, []int{-maxCopies - 1, -2}},
		{"a product is divided in a sum between two rows", func(al *algebra) (*term, *term) {
			return al.of(sum, al.of(product, al.sized(4), al.sized(3)), al.sized(2)), al.of(sum, al.sized(6), al.sized(8))
		}, []int{2, 3, 2, 3, 2}, []int{2, 3, 2, 3, 2}},
		{"and not within one", func(al *algebra) (*term, *term) {
			return al.of(sum, al.of(product, al.sized(4), al.sized(3)), al.sized(2)), al.of(sum, al.sized(7), al.sized(7))
		}, []int{-4, -3, -2}, []int{-7, -7}},
		{"a product whose rows are a sum already", func(al *algebra) (*term, *term) {
			return al.of(sum, al.of(product, al.of(sum, al.sized(2), al.sized(2)), al.sized(3)), al.sized(2)), al.of(sum, al.sized(6), al.sized(8))
		}, []int{2, 3, 2, 3, 2}, []int{2, 3, 2, 3, 2}},
		{"factors of one position are passed over", func(al *algebra) (*term, *term) {
			return al.of(product, al.sized(6), al.sized(1), al.sized(4)), al.of(product, al.sized(2), al.sized(12), al.sized(1))
		}, []int{2, 3, 1, 4}, []int{2, 3, 4, 1}},
		{"a factor that is a sum is divided with its parts", func(al *algebra) (*term, *term) {
			return al.of(product, al.sized(2), al.of(sum, al.sized(4), al.sized(8))), al.of(product, al.sized(6), al.sized(4))
		}, []int{2, -1, 2, 4}, []int{2, -1, 2, 4}},
		{"an unknown factor meets itself", func(al *algebra) (*term, *term) {
			return al.of(product, sym(al), al.sized(6)), al.of(product, sym(al), al.sized(2), al.sized(3))
		}, []int{1, 2, 3}, []int{1, 2, 3}},
		{"an unknown factor takes what is left", func(al *algebra) (*term, *term) {
			return al.of(product, al.of(product, sym(al), al.sized(2)), al.sized(3)), al.of(product, al.atom(graph.Symbol("N").Mul(graph.Size(2))), al.sized(3))
		}, []int{1, 2, 3}, []int{1, 2, 3}},
		{"a part of unknown extent meets nothing", func(al *algebra) (*term, *term) {
			return al.of(sum, sym(al), al.sized(2)), al.of(sum, al.sized(2), sym(al))
		}, []int{-1, -2}, []int{-2, -1}},
	} {
		var al algebra
		a, b := c.make(&al)
		al.unify(a, b, &cause{reason: "test"})
		if have := leaves(a); c.a != nil && !slices.Equal(have, c.a) {
			t.Errorf("%s: want %v, have %v", c.name, c.a, have)
		}
		if have := leaves(b); c.b != nil && !slices.Equal(have, c.b) {
			t.Errorf("%s: the other is %v, want %v", c.name, have, c.b)
		}
	}
}
