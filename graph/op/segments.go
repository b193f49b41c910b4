package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// segment is a run of input axes and a run of output axes with the same product of extents. The
// row-major index over one run equals that over the other.
type segment struct{ in, out []int }

// segments divides the axes of a Reshape into the shortest such runs. Axes of extent 1 are left
// out. Runs are found from the left as far as extents are known, and then from the right. What lies
// between has no common boundary and is rest.
func segments(in, out graph.Shape) (found []segment, rest segment) {
	a, b := over1(in), over1(out)
	left := matchPrefixes(in, out, a, b)
	i, j := 0, 0
	for _, m := range left {
		found = append(found, segment{a[i:m[0]], b[j:m[1]]})
		i, j = m[0], m[1]
	}
	a, b = a[i:], b[j:]
	ra, rb := reversed(a), reversed(b)
	i, j = 0, 0
	for _, m := range matchPrefixes(in, out, ra, rb) {
		found = append(found, segment{reversed(ra[i:m[0]]), reversed(rb[j:m[1]])})
		i, j = m[0], m[1]
	}
	return found, segment{a[:len(a)-i], b[:len(b)-j]}
}

// matchPrefixes lists, in ascending order, the pairs of lengths at which the first axes of a have
// the same product as the first axes of b.
func matchPrefixes(in, out graph.Shape, a, b []int) [][2]int {
	products := func(s graph.Shape, axes []int) []graph.Dim {
		p := []graph.Dim{graph.Size(1)}
		for _, d := range axes {
			p = append(p, p[len(p)-1].Mul(s[d]))
		}
		return p
	}
	pa, pb := products(in, a), products(out, b)
	var found [][2]int
	next := 1
	for i := 1; i < len(pa); i++ {
		for j := next; j < len(pb); j++ {
			if pa[i].Equal(pb[j]) {
				found = append(found, [2]int{i, j})
				next = j + 1
				break
			}
		}
	}
	return found
}

// over1 lists the axes whose extent is not 1.
func over1(s graph.Shape) []int {
	var axes []int
	for d, e := range s {
		if !e.Is(1) {
			axes = append(axes, d)
		}
	}
	return axes
}

func reversed(v []int) []int {
	out := make([]int, len(v))
	for i, x := range v {
		out[len(v)-1-i] = x
	}
	return out
}

// coupleReshaped couples the axes of input 0 with those of output 0, which holds the same elements
// in the same order with another shape.
func coupleReshaped(c *Coupling, n *graph.Node) {
	in, out := inShape(n, 0), n.Out(0).Type.Shape
	found, rest := segments(in, out)
	for _, s := range found {
		if len(s.in) == 1 && len(s.out) == 1 {
			c.link(In(0, s.in[0]), Out(0, s.out[0]))
			continue
		}
		var p Product
		for _, d := range s.in {
			p.A = append(p.A, In(0, d))
		}
		for _, d := range s.out {
			p.B = append(p.B, Out(0, d))
		}
		c.Product = append(c.Product, p)
	}
	const reason = "the boundaries of its positions are not known to stand in the other shape"
	for _, d := range rest.in {
		c.pinAxis(In(0, d), reason)
	}
	for _, d := range rest.out {
		c.pinAxis(Out(0, d), reason)
	}
}

// evalReshaped returns the elements of the tensor with another shape.
func evalReshaped(t *graph.Tensor, dims []int) ([]*graph.Tensor, error) {
	left := t.Len() // divided, because a product of arbitrary numbers overflows
	fits := left > 0 || (slices.Contains(dims, 0) && mustFit(dims) == nil)
	for _, d := range dims {
		if d < 0 || (d == 0 && left > 0) || (d > 0 && left%d != 0) {
			fits = false
		} else if d > 0 {
			left /= d
		}
	}
	if !fits || left > 1 {
		return nil, fmt.Errorf("cannot make shape %v of %v", dims, t.Shape())
	}
	return []*graph.Tensor{t.Reshaped(dims...)}, nil
}
