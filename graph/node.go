package graph

// Node is one application of an operator.
type Node struct {
	Name   string
	Op     string
	Domain string // "" is the ONNX domain; "ai.onnx" is read as ""
	// Overload distinguishes functions of the same name. It is empty for operators.
	Overload string
	// Version is the opset version of Domain that the model imports.
	Version int
	Attrs   []*Attr

	// Extra is for importers: doc string, metadata.
	Extra any

	inputs  []*Value
	outputs []*Value
	graph   *Graph
}

// Inputs lists what the node reads, with nil for omitted optional inputs. The caller must not change the slice; see
// SetInput.
func (n *Node) Inputs() []*Value { return n.inputs }

// Outputs lists what the node computes, with nil for omitted optional outputs. The caller must not change the slice.
func (n *Node) Outputs() []*Value { return n.outputs }

// In returns input i, or nil if it is omitted or the node has fewer inputs.
func (n *Node) In(i int) *Value {
	if i < 0 || i >= len(n.inputs) {
		return nil
	}
	return n.inputs[i]
}

// Out returns output i, or nil if it is omitted or the node has fewer outputs.
func (n *Node) Out(i int) *Value {
	if i < 0 || i >= len(n.outputs) {
		return nil
	}
	return n.outputs[i]
}

// Graph returns the graph that n belongs to, or nil once n is removed.
func (n *Node) Graph() *Graph { return n.graph }

// Subgraphs lists the graphs among n's attributes (the branches of If, the body of Loop).
func (n *Node) Subgraphs() []*Graph {
	var subs []*Graph
	for _, a := range n.Attrs {
		subs = append(subs, a.graphs()...)
	}
	return subs
}

// Label returns the node's title and operator for messages: "conv1" (Conv).
func (n *Node) Label() string { return `"` + n.Title() + `" (` + n.OpName() + ")" }

// Title returns the node's name, or that of its first output if it has none.
func (n *Node) Title() string {
	if n.Name == "" {
		if v := n.FirstOut(); v != nil {
			return v.Name
		}
	}
	return n.Name
}

// FirstOut returns the first output that is not omitted, or nil if there is none.
func (n *Node) FirstOut() *Value {
	for _, v := range n.outputs {
		if v != nil {
			return v
		}
	}
	return nil
}

// OpName returns the operator with its domain, as "com.microsoft.Gelu" or "Conv".
func (n *Node) OpName() string {
	if n.Domain == "" {
		return n.Op
	}
	return n.Domain + "." + n.Op
}

// SetInput makes v input i of n, extending the inputs as needed. If v is nil the input is omitted.
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

// TruncateInputs drops all inputs but the first count.
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
