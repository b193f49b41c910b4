package op_test

import (
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// checkCut tests the coupling on the case's own data. For every class of axes that Same
// ties, and that nothing pins or divides, one position is removed from every input. The outputs
// must be those of the whole inputs with zeroes at that position, without it; for a class with a
// statistic, the outputs must be smaller by one there.
func (c applied) checkCut(t *testing.T) {
	t.Helper()
	if slices.ContainsFunc(append(slices.Clone(c.in), c.want...), narrow) {
		return // no test takes these apart
	}
	n := c.node(t, true)
	d := op.Lookup(n)
	if err := op.Infer(n); err != nil || d.Couple == nil {
		return
	}
	if slices.ContainsFunc(c.in, func(x *graph.Tensor) bool { return x != nil && x.DType() == graph.String }) {
		return // text has no zero
	}
	rules, err := d.Couple(n)
	if err != nil {
		return
	}
	for _, class := range classes(n, rules) {
		c.cutClass(t, d, n, class, hasStat(rules, class))
	}
}

// narrow reports whether the elements of x are no whole bytes: strings, half bytes.
func narrow(x *graph.Tensor) bool { return x != nil && x.DType().Bits() < 8 }

// classes lists the sets of axes of n that Same ties, those that can be cut.
func classes(n *graph.Node, rules op.Coupling) [][]op.Axis {
	of := map[op.Axis]int{} // class number
	var all [][]op.Axis
	class := func(a op.Axis) int {
		if _, ok := of[a]; !ok {
			of[a] = len(all)
			all = append(all, []op.Axis{a})
		}
		return of[a]
	}
	for _, s := range rules.Same {
		a, b := class(s.A), class(s.B)
		if a == b {
			continue
		}
		for _, x := range all[b] {
			of[x] = a
		}
		all[a] = append(all[a], all[b]...)
		all[b] = nil
	}
	drop := func(a op.Axis) { all[class(a)] = nil }
	for _, p := range rules.Pin {
		drop(p.Axis)
	}
	for _, p := range rules.Product {
		for _, a := range append(slices.Clone(p.A), p.B...) {
			drop(a)
		}
	}
	for _, s := range rules.Sum {
		for _, a := range append(slices.Clone(s.Parts), s.Whole) {
			drop(a)
		}
	}
	return slices.DeleteFunc(all, func(as []op.Axis) bool {
		return len(as) == 0 || !slices.ContainsFunc(as, func(a op.Axis) bool { return extent(n, a) > 1 })
	})
}

func rankOf(v *graph.Value) int {
	if v == nil {
		return 0
	}
	return len(v.Type.Shape)
}

func hasStat(rules op.Coupling, class []op.Axis) bool {
	return slices.ContainsFunc(rules.Stat, func(s op.Stat) bool { return slices.Contains(class, s.Axis) })
}

// extent is the extent of an axis of an input or output; 0 when it is not there or unknown.
func extent(n *graph.Node, a op.Axis) int {
	v := n.In(a.Index)
	if a.Of == op.OfOutput {
		v = n.Out(a.Index)
	}
	if a.Of == op.OfVirtual || a.Dim >= rankOf(v) {
		return 0
	}
	size, _ := v.Type.Shape[a.Dim].Value()
	return size
}

// cutClass removes one position, neither first nor last where there are that many.
func (c applied) cutClass(t *testing.T, d *op.Def, n *graph.Node, class []op.Axis, stat bool) {
	t.Helper()
	less, zeroed := c, c
	less.in, zeroed.in = slices.Clone(c.in), slices.Clone(c.in)
	for _, a := range class {
		if a.Of != op.OfInput {
			continue
		}
		if size := extent(n, a); size > 1 {
			live := slices.Repeat([]bool{true}, size)
			live[size/2] = false
			less.in[a.Index] = keep(less.in[a.Index], a.Dim, live)
			zeroed.in[a.Index] = blank(zeroed.in[a.Index], a.Dim, live)
		}
	}
	cut, err := c.resized(t, d, class, less).eval(t)
	if err != nil {
		t.Errorf("after cutting %v: %v", class, err)
		return
	}
	full, err := zeroed.eval(t)
	if err != nil {
		if c.in[0].DType().IsInt() { // nothing divides whole numbers by the zeroes
			return
		}
		t.Errorf("with zeroes at %v: %v", class, err)
		return
	}
	for i, y := range full {
		if n.Out(i) == nil {
			continue
		}
		for dim, size := range y.Shape() {
			if size > 1 && slices.Contains(class, op.Out(i, dim)) {
				live := slices.Repeat([]bool{true}, size)
				live[size/2] = false
				y = keep(y, dim, live)
			}
		}
		if stat {
			if !slices.Equal(cut[i].Shape(), y.Shape()) {
				t.Errorf("cut at %v: output %d: want shape %v, have %v", class, i, y.Shape(), cut[i].Shape())
			}
			continue
		}
		if err := near(cut[i], y, d.Tolerance); err != nil {
			t.Errorf("cut at %v: output %d: %v", class, i, err)
		}
	}
}

// resized is less, whose inputs are cut, with the parameters as the operator's Resize leaves them.
func (c applied) resized(t *testing.T, d *op.Def, class []op.Axis, less applied) applied {
	t.Helper()
	c.attrs = slices.Clone(c.attrs) // Resize puts new ones in their places
	n := c.node(t, true)
	if err := op.Infer(n); err != nil {
		t.Fatal(err)
	}
	if d.Resize == nil {
		return less
	}
	err := d.Resize(n, func(a op.Axis) []int {
		size := extent(n, a)
		if size < 2 || !slices.Contains(class, a) {
			return nil
		}
		var kept []int
		for i := range size {
			if i != size/2 {
				kept = append(kept, i)
			}
		}
		return kept
	})
	if err != nil {
		t.Errorf("resizing %v: %v", class, err)
	}
	less.attrs = n.Attrs
	for i := range n.Inputs() {
		switch v := n.In(i); {
		case i >= len(less.in): // Resize added it
			less.in = append(less.in, v.Const)
		case v != nil && v.Const != c.in[i]:
			less.in[i] = v.Const
		}
	}
	return less
}

// keep copies the live positions of one axis.
func keep(x *graph.Tensor, axis int, live []bool) *graph.Tensor {
	row := x.DType().Bits() / 8
	for _, d := range x.Shape()[axis+1:] {
		row *= d
	}
	var raw []byte
	for i := 0; i*row < len(x.Raw()); i++ {
		if live[i%len(live)] {
			raw = append(raw, x.Raw()[i*row:(i+1)*row]...)
		}
	}
	dims := slices.Clone(x.Shape())
	dims[axis] = 0
	for _, l := range live {
		if l {
			dims[axis]++
		}
	}
	return must(graph.FromRaw(x.DType(), dims, raw))
}

// blank copies x with zeroes where the axis is not live.
func blank(x *graph.Tensor, axis int, live []bool) *graph.Tensor {
	row := x.DType().Bits() / 8
	for _, d := range x.Shape()[axis+1:] {
		row *= d
	}
	raw := slices.Clone(x.Raw())
	for i := 0; i*row < len(raw); i++ {
		if !live[i%len(live)] {
			clear(raw[i*row : (i+1)*row])
		}
	}
	return must(graph.FromRaw(x.DType(), x.Shape(), raw))
}

func must(t *graph.Tensor, err error) *graph.Tensor {
	if err != nil {
		panic(err)
	}
	return t
}
