package budget

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/group"
)

// Cost is what a model takes for one sample.
type Cost struct {
	MACs   int64 // multiply-accumulates
	Params int64 // elements of floating-point weights
	Bytes  int64 // of those weights
	Units  int64 // units of free groups
}

// CostModel predicts the cost of a model after a plan, without carrying it out.
type CostModel struct {
	analysis *group.Analysis
	scratch  *graph.Model // a copy with every symbol bound to a number
	values   []pair
	base     Cost

	// What the last Measure was asked and found, so that the next one looks only at what
	// differs: solvers ask thousands of times and change one group each time.
	units map[*group.Group]int
	macs  map[*graph.Node]int64
	last  Cost
	of    map[*group.Group][]int // the values with positions of a group, as indices
}

// pair is a value of the model and its copy in the scratch graph, with the
// extents that no plan changes.
type pair struct {
	from, to *graph.Value
	shape    []int
	elems    int
	nodes    []*graph.Node // of the scratch graph, that read or compute the value
}

// NewCostModel prepares the prediction. dims says what symbolic dimensions count
// as; a symbol that is absent counts as 1.
func NewCostModel(m *graph.Model, a *group.Analysis, dims map[string]int) (*CostModel, error) {
	scratch, copies := m.Clone()
	Bind(scratch.Graph, dims)
	if err := op.InferGraph(scratch.Graph); err != nil {
		return nil, fmt.Errorf("with symbolic dimensions bound: %w", err)
	}
	c := &CostModel{analysis: a, scratch: scratch, units: map[*group.Group]int{}, macs: map[*graph.Node]int64{}, of: map[*group.Group][]int{}}
	at := map[*graph.Value]int{}
	for _, v := range m.Graph.Values() {
		w := copies[v]
		p := pair{from: v, to: w, shape: make([]int, len(w.Type.Shape))}
		for i, d := range w.Type.Shape {
			if n, known := d.Value(); known {
				p.shape[i] = n
			} else {
				p.shape[i] = 1
			}
		}
		if d, _ := w.Def(); d != nil {
			p.nodes = append(p.nodes, d)
		}
		for _, u := range w.Uses() {
			p.nodes = append(p.nodes, u.Node)
		}
		at[v] = len(c.values)
		c.values = append(c.values, p)
	}
	for _, g := range a.Groups {
		for _, m := range g.Members {
			c.of[g] = append(c.of[g], at[m.Value])
		}
		c.units[g] = g.Units
		c.last.Units += int64(g.Units)
	}
	for i := range c.values {
		c.resize(i, nil)
	}
	for _, n := range scratch.Graph.Nodes {
		c.recount(n)
	}
	c.base = c.Measure(nil)
	return c, nil
}

// Bind replaces the symbolic and unknown extents of the graph's inputs by numbers
// and forgets what was declared of computed values, so that inference finds numbers.
func Bind(g *graph.Graph, dims map[string]int) {
	for _, v := range g.Inputs {
		for i, d := range v.Type.Shape {
			if d.Known() {
				continue
			}
			n, ok := dims[d.String()]
			if !ok {
				n = 1
			}
			v.Type.Shape[i] = graph.Size(n)
		}
	}
	for _, n := range g.Nodes {
		if op.Lookup(n) == nil {
			continue
		}
		for _, v := range n.Outputs() {
			if v != nil {
				v.Type = graph.Type{DType: v.Type.DType}
			}
		}
	}
}

// Base is the cost of the model as it is.
func (c *CostModel) Base() Cost { return c.base }

// Measure is the cost when each group keeps the given number of units; a group
// that is absent keeps all.
func (c *CostModel) Measure(units map[*group.Group]int) Cost {
	touched := map[int]bool{}
	for _, g := range c.analysis.Groups {
		n, ok := units[g]
		if !ok {
			n = g.Units
		}
		if n == c.units[g] {
			continue
		}
		c.last.Units += int64(n - c.units[g])
		c.units[g] = n
		for _, i := range c.of[g] {
			touched[i] = true
		}
	}
	nodes := map[*graph.Node]bool{}
	for i := range touched { // sums of integers: the order does not matter
		c.resize(i, units)
		for _, n := range c.values[i].nodes {
			nodes[n] = true
		}
	}
	for n := range nodes {
		c.recount(n)
	}
	return c.last
}

// resize gives value i the extents it has under units.
func (c *CostModel) resize(i int, units map[*group.Group]int) {
	p := &c.values[i]
	elems := 1
	for axis, n := range p.shape {
		if d := p.from.Type.Shape; axis < len(d) && d[axis].Known() {
			n = c.analysis.Extent(units, p.from, axis)
		}
		p.to.Type.Shape[axis] = graph.Size(n)
		elems *= n
	}
	if t := p.from.Const; t != nil && t.DType().IsFloat() && t.Rank() > 0 && len(p.from.Uses()) > 0 {
		c.last.Params += int64(elems - p.elems)
		c.last.Bytes += int64(graph.RawLen(t.DType(), elems) - graph.RawLen(t.DType(), p.elems))
	}
	p.elems = elems
}

// recount notes the work of n for the extents its values have now.
func (c *CostModel) recount(n *graph.Node) {
	d := op.Lookup(n)
	if d == nil || d.Cost == nil || n.Graph() != c.scratch.Graph {
		return
	}
	macs, known := d.Cost(n).MACs.Value()
	if !known {
		macs = 0
	}
	c.last.MACs += int64(macs) - c.macs[n]
	c.macs[n] = int64(macs)
}
