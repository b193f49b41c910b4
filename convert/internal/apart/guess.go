package apart

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// guess gives what unknown operators compute, where nothing says of what type that is, the type of the
// first input with which all that follows can be inferred, as activations and normalizations keep it. Of
// several outputs it is the first. A guess that the weights behind, or the declared outputs of the model,
// contradict is not taken. guess returns the names of the values, each with that of the input.
func guess(m *graph.Model) map[string]string {
	guessed := map[string]string{}
	for i, n := range m.Graph.Nodes {
		y := n.Out(0)
		if op.Lookup(n) != nil || y == nil || y.Type.Shape != nil || y.IsOutput() {
			continue
		}
		for _, x := range n.Inputs() {
			if x == nil || x.Const != nil || len(x.Type.Shape) == 0 || !x.Type.DType.IsFloat() || y.Type.DType != graph.Undefined && y.Type.DType != x.Type.DType {
				continue
			}
			if fits(m, i, x.Name) {
				y.Type = graph.TensorType(x.Type.DType, x.Type.Shape.Clone())
				guessed[y.Name] = x.Name
				break
			}
		}
		for _, k := range m.Graph.Nodes[i+1:] {
			if op.Infer(k) != nil {
				break // no guess was taken, and what is declared does not fit either
			}
		}
	}
	return guessed
}

// fits reports whether the first output of node i may be of the type of the named value.
func fits(m *graph.Model, i int, like string) bool {
	c, copies := m.Clone()
	y, x := c.Graph.Nodes[i].Out(0), c.Graph.Value(like)
	y.Type = graph.TensorType(x.Type.DType, x.Type.Shape.Clone())
	for _, k := range c.Graph.Nodes[i+1:] {
		if op.Infer(k) != nil {
			return false
		}
	}
	return !slices.ContainsFunc(m.Graph.Outputs, func(v *graph.Value) bool { return contradict(v.Type, copies[v].Type) })
}

// contradict reports whether no tensor is of both types.
func contradict(a, b graph.Type) bool {
	if a.DType != b.DType && a.DType != graph.Undefined && b.DType != graph.Undefined {
		return true
	}
	if a.Shape == nil || b.Shape == nil {
		return false
	}
	if len(a.Shape) != len(b.Shape) {
		return true
	}
	for i, d := range a.Shape {
		x, known := d.Value()
		y, other := b.Shape[i].Value()
		if known && other && x != y {
			return true
		}
	}
	return false
}

// Typed returns a copy of m, which was made from p's parts or is Whole, with the guessed types.
func (p *Parts) Typed(m *graph.Model) *graph.Model {
	c, _ := m.Clone()
	for name := range p.Guessed {
		if v, of := c.Graph.Value(name), p.Whole.Graph.Value(name); v != nil {
			v.Type = graph.TensorType(of.Type.DType, of.Type.Shape.Clone())
		}
	}
	return c
}

// forget drops the types of what depends on guesses and finds again what is known without them.
func (p *Parts) forget(m *graph.Model) error {
	depends := map[*graph.Value]bool{}
	for _, n := range m.Graph.Nodes {
		on := slices.ContainsFunc(n.Reads(), func(v *graph.Value) bool { return depends[v] })
		for _, v := range n.Outputs() {
			if v == nil {
				continue
			}
			_, guessed := p.Guessed[v.Name]
			if depends[v] = on || guessed; depends[v] && !v.IsOutput() {
				v.Type = graph.Type{}
			}
		}
	}
	if err := op.InferGraph(m.Graph); err != nil {
		return fmt.Errorf("without guessed types: %w", err)
	}
	return nil
}
