package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// Subgraph computes the outputs of a subgraph from its inputs. It finds captured values by itself.
type Subgraph func(g *graph.Graph, in []*graph.Tensor) ([]*graph.Tensor, error)

// evalControl makes the Eval of an operator with subgraphs from its Control, with subgraphs run by
// the reference evaluation.
func evalControl(control func(*graph.Node, []*graph.Tensor, Subgraph) ([]*graph.Tensor, error)) func(*graph.Node, []*graph.Tensor) ([]*graph.Tensor, error) {
	return func(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
		own := min(len(in), len(n.Inputs()))
		captured := map[*graph.Value]*graph.Tensor{}
		for i, v := range n.Captures() {
			if own+i < len(in) {
				captured[v] = in[own+i]
			}
		}
		return control(n, in[:own], func(g *graph.Graph, args []*graph.Tensor) ([]*graph.Tensor, error) {
			return EvalGraph(g, args, captured)
		})
	}
}

// EvalGraph computes g's outputs from its inputs, node by node, by the reference evaluation. outer
// holds what g reads of enclosing graphs, except constants.
func EvalGraph(g *graph.Graph, in []*graph.Tensor, outer map[*graph.Value]*graph.Tensor) ([]*graph.Tensor, error) {
	if len(in) != len(g.Inputs) {
		return nil, fmt.Errorf("graph %q: want %d inputs, have %d", g.Name, len(g.Inputs), len(in))
	}
	values := map[*graph.Value]*graph.Tensor{}
	for i, v := range g.Inputs {
		values[v] = in[i]
	}
	lookup := func(v *graph.Value) (*graph.Tensor, error) {
		for _, t := range []*graph.Tensor{values[v], outer[v], v.Const} {
			if t != nil {
				return t, nil
			}
		}
		return nil, fmt.Errorf("value %q is not given", v.Name)
	}
	for _, n := range g.Nodes {
		out, err := evalIn(n, lookup)
		if err != nil {
			return nil, fmt.Errorf("node %s: %w", n.Label(), err)
		}
		for i, v := range n.Outputs() {
			if v != nil {
				values[v] = out[i]
			}
		}
	}
	out := make([]*graph.Tensor, len(g.Outputs))
	for i, v := range g.Outputs {
		var err error
		if out[i], err = lookup(v); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// evalIn computes all outputs that n lists, from the values that lookup finds.
func evalIn(n *graph.Node, lookup func(*graph.Value) (*graph.Tensor, error)) ([]*graph.Tensor, error) {
	d := Lookup(n)
	if d == nil {
		return nil, fmt.Errorf("%s", Why(n))
	}
	if err := d.Check(n); err != nil {
		return nil, err
	}
	in := make([]*graph.Tensor, len(n.Reads()))
	for i, v := range n.Reads() {
		if v == nil {
			continue
		}
		var err error
		if in[i], err = lookup(v); err != nil {
			return nil, err
		}
	}
	out, err := d.Eval(n, in)
	if err != nil {
		return nil, err
	}
	for i, v := range n.Outputs() {
		if v != nil && (i >= len(out) || out[i] == nil) {
			return nil, fmt.Errorf("output %d %q was not computed", i, v.Name)
		}
	}
	return out, nil
}

// subgraph returns the graph that the attribute holds. It must have that many inputs and at least
// that many outputs.
func subgraph(n *graph.Node, name string, inputs, outputs int) (*graph.Graph, error) {
	a := n.Attr(name)
	switch {
	case a == nil || a.Kind != graph.AttrGraph || a.Graph == nil:
		return nil, fmt.Errorf("%s: want a graph", name)
	case len(a.Graph.Inputs) != inputs:
		return nil, fmt.Errorf("%s: want a graph of %d inputs, have %d", name, inputs, len(a.Graph.Inputs))
	case len(a.Graph.Outputs) < outputs:
		return nil, fmt.Errorf("%s: want a graph of at least %d outputs, have %d", name, outputs, len(a.Graph.Outputs))
	}
	return a.Graph, nil
}

// oneNumber returns the only element of a tensor of whole numbers or bool.
func oneNumber(what string, t *graph.Tensor) (int64, error) {
	v, ok := graph.Ints(t)
	if !ok || len(v) != 1 {
		return 0, fmt.Errorf("%s: want one whole number or bool, have %v%v", what, t.DType(), t.Shape())
	}
	return v[0], nil
}

// oneElem returns the only element of integer or bool input i, as far as it is known.
func oneElem(n *graph.Node, i int) (graph.Dim, bool) {
	if elems := inputElems(n, i); len(elems) == 1 && elems[0].Named() {
		return elems[0], true
	}
	return graph.Unknown, false
}

// stack joins the items, all of one type, along a new axis.
func stack(items []*graph.Tensor, axis int) (*graph.Tensor, error) {
	first := items[0]
	axis, err := normalAxis(axis, first.Rank()+1)
	if err != nil {
		return nil, err
	}
	dims := append([]int{}, first.Shape()[:axis]...)
	dims = append(append(dims, len(items)), first.Shape()[axis:]...)
	for i, t := range items {
		if t.DType() != first.DType() || !slices.Equal(t.Shape(), first.Shape()) {
			return nil, fmt.Errorf("item %d: want %v%v as the first, have %v%v", i, first.DType(), first.Shape(), t.DType(), t.Shape())
		}
	}
	inner := volume(dims[axis+1:])
	return arrange(first.DType(), dims, func(i int) (*graph.Tensor, int) {
		return items[i/inner%len(items)], i/inner/len(items)*inner + i%inner
	})
}

// stacked returns the type of that many values of type t, stacked along a new axis.
func stacked(t graph.Type, count graph.Dim, axis int) graph.Type {
	if t.Shape == nil {
		return graph.TensorType(t.DType, nil)
	}
	axis, err := normalAxis(axis, len(t.Shape)+1)
	if err != nil {
		return graph.TensorType(t.DType, nil)
	}
	shape := append(t.Shape[:axis:axis], count)
	return graph.TensorType(t.DType, append(shape, t.Shape[axis:]...))
}

// emptyStack returns the stack of no values of type t. An extent that is not a number becomes 0.
func emptyStack(t graph.Type, axis int) (*graph.Tensor, error) {
	shape := stacked(t, graph.Size(0), axis).Shape
	if shape == nil {
		shape = graph.ShapeOf(0)
	}
	dims := make([]int, len(shape))
	for i, d := range shape {
		dims[i], _ = d.Value()
	}
	if t.DType == graph.Undefined || t.DType == graph.Sequence {
		return nil, fmt.Errorf("the type of an output that no iteration computes is not known")
	}
	return arrange(t.DType, dims, func(int) (*graph.Tensor, int) { return nil, 0 })
}

// inferSubgraph infers the types in g and returns those of its outputs. An error means that g
// cannot run.
func inferSubgraph(g *graph.Graph) ([]graph.Type, error) {
	if err := InferGraph(g); err != nil {
		return nil, err
	}
	types := make([]graph.Type, len(g.Outputs))
	for i, v := range g.Outputs {
		types[i] = v.Type
	}
	return types, nil
}

// maxRounds bounds the search for types that hold in every iteration. Each round forgets something.
// It also runs all rounds of the bodies inside, so what bodies nested deeper than maxSearched carry
// is left unknown.
const maxRounds, maxSearched = 64, 6

// searched counts the graphs around g.
func searched(g *graph.Graph) (depth int) {
	for ; g.Outer != nil; g = g.Outer {
		depth++
	}
	return depth
}

// inferRepeated finds the types that hold in every run of a body. From input at on, the body reads
// initial at first, and then what it computed before from output from on. The body's other inputs
// have their types. It returns the types of the body's outputs and of the state, including initial.
// If the body cannot run, these are element types only: then no iteration completes, but a loop may
// have no iterations.
func inferRepeated(body *graph.Graph, initial []graph.Type, at, from int) (outputs, state []graph.Type) {
	declared := typesIn(body, map[*graph.Value]graph.Type{})
	state = append([]graph.Type{}, initial...)
	if searched(body) > maxSearched {
		clear(state)
	}
	for range maxRounds {
		// What the previous round found held for its state only and must not complete what is found
		// now.
		for v, t := range declared {
			v.Type = t
		}
		for i, t := range state {
			if t.DType == graph.Undefined {
				t.DType = body.Inputs[at+i].Type.DType
			}
			body.Inputs[at+i].Type = t
		}
		var err error
		if outputs, err = inferSubgraph(body); err != nil {
			break
		}
		changed := false
		for i, t := range state {
			if next := graph.Join(t, outputs[from+i]); !identical(next, t) {
				state[i], changed = next, true
			}
		}
		if !changed {
			return outputs, state
		}
	}
	for v, t := range declared {
		v.Type = t
	}
	for i := range state {
		state[i] = graph.Type{DType: initial[i].DType}
		body.Inputs[at+i].Type = state[i]
	}
	return nil, state
}

// identical reports whether both types say the same, including known elements and lengths of sequences.
func identical(a, b graph.Type) bool {
	return a.Same(b) && slices.Equal(a.Shape, b.Shape) && slices.Equal(a.Elems, b.Elems)
}

// typesIn collects the types of the inputs of g and of the graphs inside it, and of the values that
// their nodes compute.
func typesIn(g *graph.Graph, types map[*graph.Value]graph.Type) map[*graph.Value]graph.Type {
	for _, v := range g.Values() {
		if v.Const == nil {
			types[v] = v.Type
		}
	}
	for _, n := range g.Nodes {
		for _, sub := range n.Subgraphs() {
			typesIn(sub, types)
		}
	}
	return types
}
