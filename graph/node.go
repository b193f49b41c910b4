package graph

// Node is one application of an operator.
type Node struct {
	Name   string
	Op     string
	Domain string // "" is the ONNX domain; "ai.onnx" is read as ""
	// Overload tells functions of one name apart; operators have none.
	Overload string
	// Version is the opset version of Domain that the model imports.
	Version int
	Attrs   []*Attr

	// Extra is the importer's: doc string, metadata.
	Extra any

	inputs  []*Value
	outputs []*Value
	graph   *Graph
}

// Inputs lists what the node reads; nil stands for an optional input left out.
// The caller must not change the slice: see SetInput.
func (n *Node) Inputs() []*Value { return n.inputs }

// Outputs lists what the node computes; nil stands for an optional output left
// out. The caller must not change the slice.
func (n *Node) Outputs() []*Value { return n.outputs }

// In is input i, or nil when it is left out or the node has fewer inputs.
func (n *Node) In(i int) *Value {
	if i < 0 || i >= len(n.inputs) {
		return nil
	}
	return n.inputs[i]
}

// Out is output i, or nil when it is left out or the node has fewer outputs.
func (n *Node) Out(i int) *Value {
	if i < 0 || i >= len(n.outputs) {
		return nil
	}
	return n.outputs[i]
}

// Graph is the graph n belongs to; nil once it is removed.
func (n *Node) Graph() *Graph { return n.graph }

// Subgraphs lists the graphs among n's attributes (the branches of If, the body of Loop).
func (n *Node) Subgraphs() []*Graph {
	var subs []*Graph
	for _, a := range n.Attrs {
		subs = append(subs, a.graphs()...)
	}
	return subs
}

// Label names the node for people: its name and operator, or its first
// output when it has no name.
func (n *Node) Label() string { return `"` + n.Title() + `" (` + n.OpName() + ")" }

// Title is the node's name, or that of its first output when it has none.
func (n *Node) Title() string {
	if n.Name == "" {
		if v := n.FirstOut(); v != nil {
			return v.Name
		}
	}
	return n.Name
}

// FirstOut is the first output that the node does not leave out; nil when there is none.
func (n *Node) FirstOut() *Value {
	for _, v := range n.outputs {
		if v != nil {
			return v
		}
	}
	return nil
}

// OpName is the operator with its domain, as "com.microsoft.Gelu" or "Conv".
func (n *Node) OpName() string {
	if n.Domain == "" {
		return n.Op
	}
	return n.Domain + "." + n.Op
}

// SetInput makes v (nil: nothing) input i of n, growing the inputs as needed.
func (n *Node) SetInput(i int, v *Value) {
	for len(n.inputs) <= i {
		n.inputs = append(n.inputs, nil)
	}
	if old := n.inputs[i]; old != nil {
		old.dropUse(n, i)
	}
	n.inputs[i] = v
	if v != nil {
		v.uses = append(v.uses, Use{n, i})
	}
}

// TruncateInputs drops the inputs from position count on.
func (n *Node) TruncateInputs(count int) {
	for i := count; i < len(n.inputs); i++ {
		if v := n.inputs[i]; v != nil {
			v.dropUse(n, i)
		}
	}
	if count < len(n.inputs) {
		n.inputs = n.inputs[:count]
	}
}
