package gradient

import (
	"errors"
	"fmt"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// Stop is a node that gradients do not pass.
type Stop struct {
	Node   *graph.Node
	Reason string
}

// Append adds nodes to g that compute the gradients of loss, a value of g with one element, by each of the values in by:
// inputs, constants or computed values of g. The extents of all values of g must be known. A gradient is nil if the loss
// does not depend on its value, as far as gradients reach: stops lists the nodes that have none, in the order of the
// graph.
func Append(g *graph.Graph, loss *graph.Value, by []*graph.Value) (gradients []*graph.Value, stops []Stop, err error) {
	if n, known := loss.Type.Shape.Elems().Int64(); !known || n != 1 || !loss.Type.DType.IsFloat() {
		return nil, nil, fmt.Errorf("loss %q: want one number, have %v", loss.Name, loss.Type)
	}
	nodes := append([]*graph.Node(nil), g.Nodes...)
	p := &pass{graph: g, depends: dependents(nodes, by), of: map[*graph.Value]*graph.Value{}}
	if err := p.begin(loss); err != nil {
		return nil, nil, err
	}
	for i := len(nodes) - 1; i >= 0; i-- {
		if err := p.node(nodes[i]); err != nil {
			return nil, nil, err
		}
	}
	for _, v := range by {
		gradients = append(gradients, p.of[v])
	}
	for i := len(p.stops) - 1; i >= 0; i-- {
		stops = append(stops, p.stops[i])
	}
	return gradients, stops, nil
}

// dependents returns which values change with those in by.
func dependents(nodes []*graph.Node, by []*graph.Value) map[*graph.Value]bool {
	depends := map[*graph.Value]bool{}
	for _, v := range by {
		depends[v] = true
	}
	for _, n := range nodes {
		for _, v := range n.Reads() {
			if v == nil || !depends[v] {
				continue
			}
			for _, out := range n.Outputs() {
				if out != nil {
					depends[out] = true
				}
			}
		}
	}
	return depends
}

// pass is a backward pass that is being built.
type pass struct {
	graph   *graph.Graph
	depends map[*graph.Value]bool
	of      map[*graph.Value]*graph.Value // gradients, as far as they are added up
	stops   []Stop
}

// begin sets the gradient of the loss by itself, which is 1.
func (p *pass) begin(loss *graph.Value) error {
	dims, _ := loss.Type.Shape.Ints()
	one, ok := graph.FromFloats(loss.Type.DType, []float64{1}, dims...)
	if !ok {
		return fmt.Errorf("loss %q: elements of type %v have no gradients", loss.Name, loss.Type.DType)
	}
	p.of[loss] = p.graph.AddConst("gradient.loss", one)
	return nil
}

// node carries the gradients of n's outputs to its inputs.
func (p *pass) node(n *graph.Node) error {
	dy, any := make([]*graph.Value, len(n.Outputs())), false
	for i, v := range n.Outputs() {
		if v != nil && p.of[v] != nil {
			dy[i], any = p.of[v], true
		}
	}
	wanted, wants := make([]bool, len(n.Inputs())), false
	for i, v := range n.Inputs() {
		wanted[i] = v != nil && p.depends[v] && v.Type.DType.IsFloat()
		wants = wants || wanted[i]
	}
	if !any || !wants {
		if d := op.Lookup(n); any && p.changes(n) && (d == nil || d.Grad == nil) { // through integers, or in a subgraph
			p.stops = append(p.stops, Stop{n, fmt.Sprintf("operator %s: %v", n.OpName(), op.ErrNoGradient)})
		}
		return nil
	}
	dx, err := op.NewBackward(n, dy, wanted).Run()
	if errors.Is(err, op.ErrNoGradient) {
		p.stops = append(p.stops, Stop{n, err.Error()})
		return nil
	}
	if err != nil {
		return err
	}
	for i, v := range dx {
		if v == nil {
			continue
		}
		if err := p.accumulate(n.In(i), v); err != nil {
			return err
		}
	}
	return nil
}

// changes reports whether n or a subgraph of it reads a value that changes.
func (p *pass) changes(n *graph.Node) bool {
	for _, v := range n.Reads() {
		if v != nil && p.depends[v] {
			return true
		}
	}
	return false
}

// accumulate adds to the gradient of x.
func (p *pass) accumulate(x, dx *graph.Value) error {
	if p.of[x] == nil {
		p.of[x] = dx
		return nil
	}
	sum := p.graph.Fresh("gradient." + x.Name)
	n, err := p.graph.NewNode("Add", "", 18, []*graph.Value{p.of[x], dx}, []*graph.Value{sum})
	if err != nil {
		return err
	}
	p.of[x] = sum
	return op.Infer(n)
}
