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
}

// pair is a value of the model and its copy in the scratch graph, with the
// extents that no plan changes.
type pair struct {
	from, to *graph.Value
	shape    []int
}

// NewCostModel prepares the prediction. dims says what symbolic dimensions count
// as; a symbol that is absent counts as 1.
func NewCostModel(m *graph.Model, a *group.Analysis, dims map[string]int) (*CostModel, error) {
	scratch, copies := m.Clone()
	Bind(scratch.Graph, dims)
	if err := op.InferGraph(scratch.Graph); err != nil {
		return nil, fmt.Errorf("with symbolic dimensions bound: %w", err)
	}
	c := &CostModel{analysis: a, scratch: scratch}
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
		c.values = append(c.values, p)
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
	var cost Cost
	for _, p := range c.values {
		elems := 1
		for i := range p.shape {
			n := p.shape[i]
			if d := p.from.Type.Shape; i < len(d) && d[i].Known() {
				n = c.analysis.Extent(units, p.from, i)
			}
			p.to.Type.Shape[i] = graph.Size(n)
			elems *= n
		}
		if t := p.from.Const; t != nil && t.DType().IsFloat() && len(p.from.Uses()) > 0 {
			cost.Params += int64(elems)
			cost.Bytes += int64(graph.RawLen(t.DType(), elems))
		}
	}
	for _, n := range c.scratch.Graph.Nodes {
		if d := op.Lookup(n); d != nil && d.Cost != nil {
			if macs, known := d.Cost(n).MACs.Value(); known {
				cost.MACs += int64(macs)
			}
		}
	}
	for _, g := range c.analysis.Groups {
		n := g.Units
		if k, ok := units[g]; ok {
			n = k
		}
		cost.Units += int64(n)
	}
	return cost
}
