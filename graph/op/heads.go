package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

// headAxes are the virtual axes of an attention, which make up the axes of its inputs and outputs.
// They are the first four of its coupling, so that Resize finds them.
type headAxes struct {
	heads  factor // of keys and values
	repeat factor // query heads for each of those
	size   factor // positions of a head of queries and keys
	values factor // positions of a head of values
}

// factor is an axis and its extent.
type factor struct {
	axis   Axis
	extent graph.Dim
}

// The indices of the virtual axes of headAxes.
const (
	virtualHeads = iota
	virtualRepeat
	virtualSize
	virtualValues
)

func newHeadAxes(c *Coupling, heads, repeat, size, values graph.Dim) headAxes {
	f := func(d graph.Dim) factor { return factor{c.addVirtual(d), d} }
	return headAxes{f(heads), f(repeat), f(size), f(values)}
}

// madeOf states that axis is the row-major product of the factors.
func (c *Coupling) madeOf(axis Axis, factors ...factor) {
	var over1 []Axis
	for _, f := range factors {
		if !f.extent.Is(1) {
			over1 = append(over1, f.axis)
		}
	}
	if len(over1) > 0 {
		c.Product = append(c.Product, Product{[]Axis{axis}, over1})
	}
}

// packed returns virtual axes for the widths of queries, keys and values, which weights and biases have side by side,
// and states what they are made of.
func (a headAxes) packed(c *Coupling) []Axis {
	keys := a.heads.extent.Mul(a.size.extent)
	parts := []Axis{
		c.addVirtual(keys.Mul(a.repeat.extent)), c.addVirtual(keys), c.addVirtual(a.heads.extent.Mul(a.values.extent)),
	}
	c.madeOf(parts[0], a.heads, a.repeat, a.size)
	c.madeOf(parts[1], a.heads, a.size)
	c.madeOf(parts[2], a.heads, a.values)
	return parts
}

// cache couples a tensor of past or present keys or values: batch x heads x positions x size.
func (a headAxes) cache(c *Coupling, at func(dim int) Axis, size factor, batch Axis) {
	c.link(at(0), batch)
	c.madeOf(at(1), a.heads)
	c.pinAxis(at(2), attended)
	c.madeOf(at(3), size)
}

// bias couples a tensor that broadcasts to the scores: batch x heads x queries x keys.
func (a headAxes) bias(c *Coupling, n *graph.Node, i int, batch Axis) {
	s := inShape(n, i)
	for d, extent := range s {
		switch at := d + 4 - len(s); {
		case extent.Is(1):
		case at == 0:
			c.link(In(i, d), batch)
		case at == 1 && extent.Equal(a.heads.extent.Mul(a.repeat.extent)):
			c.madeOf(In(i, d), a.heads, a.repeat)
		default:
			c.pinAxis(In(i, d), attended)
		}
	}
}

const attended = "queries weigh every one of its positions"

// pinSamples pins the samples if one of the inputs, which are parameters of the operator, has an entry for each of them:
// it would apply to other samples if some were removed.
func pinSamples(c *Coupling, n *graph.Node, batch Axis, inputs ...int) {
	for _, i := range inputs {
		if s := inShape(n, i); n.In(i) != nil && !s.Elems().Is(1) {
			c.pinAxis(batch, "an input that is not cut says something of each of its positions")
		}
	}
}

// scores couples an output of scores or weights: batch x heads x queries x keys.
func (a headAxes) scores(c *Coupling, n *graph.Node, o int, batch Axis) {
	if n.Out(o) == nil {
		return
	}
	c.link(Out(o, 0), batch)
	c.madeOf(Out(o, 1), a.heads, a.repeat)
	c.pinAxis(Out(o, 2), attended)
	c.pinAxis(Out(o, 3), attended)
}

// tied states that heads of queries and of values have the same positions, as a cache or a packed tensor of both
// requires.
func (a headAxes) tied(c *Coupling) { c.link(a.size.axis, a.values.axis) }

// resizeHeads rewrites the attributes that count heads, and states the scale that followed from the size of a head.
func resizeHeads(n *graph.Node, kept Kept, queryHeads, keyHeads string, size graph.Dim, scaled bool) {
	heads, repeat := kept(VirtualAxis(virtualHeads)), kept(VirtualAxis(virtualRepeat))
	if heads != nil || repeat != nil {
		all := n.Int(queryHeads, 0)
		k := n.Int(keyHeads, all)
		each := all / max(1, k)
		if heads != nil {
			k = len(heads)
		}
		if repeat != nil {
			each = len(repeat)
		}
		n.SetAttr(graph.IntAttr(queryHeads, k*each))
		if keyHeads != queryHeads {
			n.SetAttr(graph.IntAttr(keyHeads, k))
		}
	}
	if d, known := size.Value(); known && !scaled && kept(VirtualAxis(virtualSize)) != nil {
		n.SetAttr(graph.FloatAttr("scale", float32(inverseRoot(d))))
	}
}

// statedScale returns the scale attribute of com.microsoft's attentions. If it is 0 or missing, the
// scale follows from the size of a head.
func statedScale(n *graph.Node, size int) float64 {
	if s := n.Float("scale", 0); s != 0 {
		return float64(s)
	}
	return inverseRoot(size)
}

// required returns an error for the first of the inputs that is omitted. The bounds of a Def cannot
// express that if an optional input precedes a required one.
func required(n *graph.Node, inputs ...int) error {
	for _, i := range inputs {
		if n.In(i) == nil {
			return fmt.Errorf("input %d is required and missing", i)
		}
	}
	return nil
}

// wantRank returns an error unless input i is omitted, of unknown rank, or of one of the ranks.
func wantRank(n *graph.Node, i int, name string, ranks ...int) error {
	s := inShape(n, i)
	if s == nil {
		return nil
	}
	for _, r := range ranks {
		if len(s) == r {
			return nil
		}
	}
	return fmt.Errorf("%s: want %v axes, have shape %v", name, ranks, s)
}

// tensorAt returns tensor i among the inputs of an Eval, or nil if it is omitted.
func tensorAt(in []*graph.Tensor, i int) *graph.Tensor {
	if i < len(in) {
		return in[i]
	}
	return nil
}

// floatsAt returns the elements of input i of an Eval, which must have that shape (-1 means any
// extent), or nil if it is omitted.
func floatsAt(in []*graph.Tensor, i int, name string, want ...int) ([]float64, error) {
	t := tensorAt(in, i)
	if t == nil {
		return nil, nil
	}
	fits := t.Rank() == len(want)
	for d := 0; fits && d < len(want); d++ {
		fits = want[d] < 0 || t.Shape()[d] == want[d]
	}
	if !fits {
		return nil, fmt.Errorf("%s: want shape %v (-1: any extent), have %v", name, want, t.Shape())
	}
	v, ok := graph.Floats(t)
	if !ok || !t.DType().IsFloat() {
		return nil, fmt.Errorf("%s: elements of type %v are not supported", name, t.DType())
	}
	return v, nil
}
