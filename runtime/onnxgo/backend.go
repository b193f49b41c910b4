package onnxgo

import (
	"math"

	"github.com/owulveryck/onnx-go"
	gonum "gonum.org/v1/gonum/graph"
	"gonum.org/v1/gonum/graph/simple"
	"gorgonia.org/tensor"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/runtime"
)

// DefaultOpset is the opset version that a Backend assumes: the newest that onnx-go v0.5.0 was
// written for.
const DefaultOpset = 9

// Backend is a computation backend of onnx-go. It is not safe for concurrent use.
type Backend struct {
	*simple.WeightedDirectedGraph // edges lead from each value to the values it is computed from

	// Opset is the opset version of the model. It must be set before the model is decoded.
	Opset int
	// Options are those of the session.
	Options runtime.Options

	next       int64
	cells      map[string]*cell
	inputs     map[*cell]map[int]*cell // by output and position
	operations []operation
	plan       *plan
}

// New returns an empty backend for a model of opset version DefaultOpset.
func New() *Backend {
	return &Backend{
		WeightedDirectedGraph: simple.NewWeightedDirectedGraph(math.MaxFloat64, -1),
		Opset:                 DefaultOpset,
		cells:                 map[string]*cell{},
		inputs:                map[*cell]map[int]*cell{},
	}
}

// cell is one value of the model. Nodes of the same name share it: onnx-go makes a new node each
// time the model declares the value.
type cell struct {
	name     string
	value    tensor.Tensor
	sets     int  // how often value was set
	late     bool // value was set after the model was decoded: it is an input
	declared bool // the model states a type
	computed bool
}

// operation is one node of the model.
type operation struct {
	name            string
	attributes      []*graph.Attr
	inputs, outputs []*cell // nil if left out
}

// Node is one value of the model. It implements onnx-go's Namer and DataCarrier.
type Node struct {
	id      int64
	backend *Backend
	cell    *cell
}

// ID returns the node's number. Values are numbered in the order of their declaration, from 0.
func (n *Node) ID() int64 { return n.id }

// SetName names the value.
func (n *Node) SetName(name string) {
	if c := n.backend.cells[name]; c != nil && name != "" {
		n.cell = c
		return
	}
	n.cell.name = name
	n.backend.cells[name] = n.cell
}

// GetName returns the value's name.
func (n *Node) GetName() string { return n.cell.name }

// SetTensor sets the contents of the value: those of a constant or a placeholder while the model is
// decoded, those of an input afterwards.
func (n *Node) SetTensor(t tensor.Tensor) error {
	c := n.cell
	c.value = t
	c.sets++
	c.late = c.late || len(n.backend.operations) > 0
	c.declared = true
	return nil
}

// GetTensor returns the contents of the value. After Run, these are what was computed.
func (n *Node) GetTensor() tensor.Tensor { return n.cell.value }

// NewNode returns a node with the next number. It does not belong to the graph until it is added.
func (b *Backend) NewNode() gonum.Node {
	n := &Node{id: b.next, backend: b, cell: &cell{}}
	b.next++
	return n
}

// SetWeightedEdge records that e.From is computed from e.To, its input at the position given by the
// weight.
func (b *Backend) SetWeightedEdge(e gonum.WeightedEdge) {
	from, okF := e.From().(*Node)
	to, okT := e.To().(*Node)
	if !okF || !okT {
		return
	}
	if b.inputs[from.cell] == nil {
		b.inputs[from.cell] = map[int]*cell{}
	}
	b.inputs[from.cell][int(e.Weight())] = to.cell
	if from.id != to.id { // otherwise both are left out, and have no name
		b.WeightedDirectedGraph.SetWeightedEdge(e)
	}
}

// ApplyOperation records that the operator computes the nodes. Its inputs are known from their
// edges. If the runtime does not support the operator, the error is an *onnx.ErrNotImplemented.
func (b *Backend) ApplyOperation(o onnx.Operation, outputs ...gonum.Node) error {
	n := &graph.Node{Op: o.Name, Version: b.Opset}
	def := op.Lookup(n)
	if def == nil {
		return &onnx.ErrNotImplemented{Operator: o.Name, Message: op.Why(n)}
	}
	attributes, err := attributes(o)
	if err != nil {
		return err
	}
	noted := operation{name: o.Name, attributes: attributes}
	for i, node := range outputs {
		c := node.(*Node).cell
		if i == 0 && def.MaxIn > 0 { // onnx-go adds an input to a node without inputs
			noted.inputs = ordered(b.inputs[c])
		}
		if c.name == "" {
			noted.outputs = append(noted.outputs, nil)
			delete(b.inputs, c)
			continue
		}
		c.computed = true
		noted.outputs = append(noted.outputs, c)
	}
	b.operations = append(b.operations, noted)
	b.plan = nil
	return nil
}

// ordered lists the inputs by position, with nil for those that are left out.
func ordered(byPosition map[int]*cell) []*cell {
	last := -1
	for i := range byPosition {
		last = max(last, i)
	}
	in := make([]*cell, last+1)
	for i, c := range byPosition {
		if c.name != "" {
			in[i] = c
		}
	}
	return in
}
