package graph

import "slices"

// Value is one named tensor of a graph: an input, an initializer, or an output of a node.
type Value struct {
	Name string
	// Type is what is known of the value: what the file declares, until inference knows better.
	Type Type
	// Const is the contents of an initializer, including one that is also an input and serves as its default. It is nil
	// for values that are computed or fed.
	Const *Tensor

	// Extra is for importers: doc string, the declared type of a value that is not a tensor, metadata.
	Extra any

	def   *Node
	index int // position among def's outputs
	uses  []Use
	graph *Graph
}

// Use is one place that reads a value: input Index of Node. The node may belong to a subgraph of the value's graph.
type Use struct {
	Node  *Node
	Index int
}

// Def returns the node that computes v and v's index among its outputs. The node is nil for graph inputs and
// initializers.
func (v *Value) Def() (*Node, int) { return v.def, v.index }

// Uses lists the places that read v, in the order in which they were linked. Being a graph output is not a use; see
// IsOutput. The caller must not change the slice.
func (v *Value) Uses() []Use { return v.uses }

// Graph returns the graph that v belongs to.
func (v *Value) Graph() *Graph { return v.graph }

// IsInput reports whether v is among its graph's inputs.
func (v *Value) IsInput() bool { return v.def == nil && slices.Contains(v.graph.Inputs, v) }

// IsOutput reports whether v is among its graph's outputs.
func (v *Value) IsOutput() bool { return slices.Contains(v.graph.Outputs, v) }

// IsConstant reports whether v has the same contents in every run. An initializer that is also an input is a default,
// which callers may override, and not constant.
func (v *Value) IsConstant() bool { return v.Const != nil && !v.IsInput() }

// Elems returns what is known of the elements of v, a small tensor of integers: those of a constant, or what inference
// found. It is nil if nothing is known.
func (v *Value) Elems() []Dim {
	switch {
	case v.Const == nil:
		return v.Type.Elems
	case v.IsInput():
		return nil
	}
	ints, ok := Ints(v.Const)
	if !ok {
		return nil
	}
	dims := make([]Dim, len(ints))
	for i, x := range ints {
		dims[i] = Size64(x)
	}
	return dims
}

// Unused reports whether nothing reads v and v is not an output.
func (v *Value) Unused() bool { return len(v.uses) == 0 && !v.IsOutput() }

func (v *Value) dropUse(n *Node, index int) {
	if i := slices.Index(v.uses, Use{n, index}); i >= 0 {
		v.uses = slices.Delete(v.uses, i, i+1)
	}
}
