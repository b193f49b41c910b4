package budget

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/group"
)

// Cost is what a model takes for one sample.
type Cost struct {
	MACs   int64 // multiply-accumulates
	Params int64 // elements of weights
	Bytes  int64 // of those weights
	Units  int64 // of the groups that are cut for a budget of widths, see group.Analysis.Widths
	// Latency is in nanoseconds. It is 0 unless CostModel.Time was called.
	Latency int64
}

// CostModel predicts the cost of a model after a plan, without carrying it out.
type CostModel struct {
	analysis *group.Analysis
	scratch  *graph.Model // a copy in which every symbol is bound to a number
	values   []sized
	nodes    []counted
	works    []timed
	base     Cost

	// The last query and what it touched. The next one recomputes only what differs: solvers ask thousands of times, and
	// change one group each time.
	units  map[*group.Group]int
	widths map[*group.Group]bool // those that count towards the units
	last   Cost
	of     map[*group.Group][]part

	question          int   // stamps what has been visited already
	stale, work, slow []int // values, nodes and works to visit, kept for their memory
}

// sized is a value of the model, with its extents in the scratch graph.
type sized struct {
	value  *graph.Value
	weight graph.DType // of a weight
	counts bool        // as a weight
	shape  []int
	elems  int
	nodes  []int // that read or compute the value, and cost something
	works  []int // whose time depends on it
	stamp  int
}

// counted is a node of the scratch graph and its cost.
type counted struct {
	node  *graph.Node
	cost  func(*graph.Node) op.Cost
	macs  int64
	stamp int
}

// part is a share of an extent. It grows with the units of one group, to a power if the group is in several factors of
// the axis, and with those of other groups.
type part struct {
	value, axis, size, power int
	others                   []*group.Group
}

// NewCostModel prepares the prediction. dims gives the values of symbolic dimensions; one that is absent counts as 1.
func NewCostModel(m *graph.Model, a *group.Analysis, dims map[string]int) (*CostModel, error) {
	scratch, copies := m.Clone()
	Bind(scratch.Graph, dims)
	if err := op.InferGraph(scratch.Graph); err != nil {
		return nil, fmt.Errorf("with symbolic dimensions bound: %w", err)
	}
	c := &CostModel{analysis: a, scratch: scratch, units: map[*group.Group]int{}, widths: map[*group.Group]bool{}, of: map[*group.Group][]part{}}
	for _, g := range a.Groups {
		c.units[g] = g.Units
	}
	for _, g := range a.Widths() {
		c.widths[g] = true
		c.last.Units += int64(g.Units)
	}
	at := map[*graph.Node]int{}
	for _, n := range scratch.Graph.Nodes {
		d := op.Lookup(n)
		if d == nil || d.Cost == nil {
			continue
		}
		at[n] = len(c.nodes)
		for _, sub := range n.Subgraphs() { // what they cost is a part of what n costs
			for _, inner := range sub.AllNodes() {
				at[inner] = len(c.nodes)
			}
		}
		c.nodes = append(c.nodes, counted{node: n, cost: d.Cost})
	}
	for _, v := range m.Graph.AllValues() {
		c.add(v, copies[v], at)
	}
	for i := range c.values {
		c.resize(i)
	}
	for i := range c.nodes {
		c.recount(i)
	}
	c.base = c.last
	return c, nil
}

// add records value v, whose copy in the scratch graph is w, and the groups that its extents depend on.
func (c *CostModel) add(v, w *graph.Value, nodes map[*graph.Node]int) {
	s := sized{value: w, shape: make([]int, len(w.Type.Shape))}
	if t := v.Const; t != nil && op.IsWeight(v) && t.Rank() > 0 && len(v.Uses()) > 0 {
		s.counts, s.weight = true, t.DType()
	}
	note := func(n *graph.Node) {
		if i, works := nodes[n]; works && !slices.Contains(s.nodes, i) {
			s.nodes = append(s.nodes, i)
		}
	}
	if d, _ := w.Def(); d != nil {
		note(d)
	}
	for _, u := range w.Uses() {
		note(u.Node)
	}
	for axis, d := range w.Type.Shape {
		s.shape[axis] = 1
		if n, known := d.Value(); known {
			s.shape[axis] = n
		}
		if axis >= len(v.Type.Shape) {
			continue
		}
		// An extent that is a number only once symbols are bound is a multiple of what the groups make up.
		whole, repeats := c.analysis.Extent(nil, v, axis), 1
		switch {
		case v.Type.Shape[axis].Known():
			s.shape[axis] = whole
		case whole > 0 && s.shape[axis]%whole == 0:
			repeats = s.shape[axis] / whole
		default:
			continue
		}
		for _, p := range c.analysis.Products(v, axis) {
			p.Size *= repeats
			c.depend(axis, p)
		}
	}
	c.values = append(c.values, s)
}

// depend records that p is a part of an axis of the value that is added next.
func (c *CostModel) depend(axis int, p group.Product) {
	for i, g := range p.Groups {
		if slices.Contains(p.Groups[:i], g) {
			continue
		}
		others := slices.DeleteFunc(slices.Clone(p.Groups), func(h *group.Group) bool { return h == g })
		c.of[g] = append(c.of[g], part{len(c.values), axis, p.Size, len(p.Groups) - len(others), others})
	}
}

// Bind replaces symbolic and unknown extents of the graph's inputs, and of what unknown operators compute, by numbers
// and drops the declared types of other computed values, so that inference finds numbers.
func Bind(g *graph.Graph, dims map[string]int) {
	for _, v := range g.Inputs {
		bind(v, dims)
	}
	for _, n := range g.AllNodes() {
		known := op.Lookup(n) != nil
		for _, v := range n.Outputs() {
			switch {
			case v == nil:
			case known:
				v.Type = graph.Type{DType: v.Type.DType}
			default: // there is nothing but what is declared
				bind(v, dims)
			}
		}
	}
}

// bind replaces the extents of v that are not numbers.
func bind(v *graph.Value, dims map[string]int) {
	for i, d := range v.Type.Shape {
		if d.Known() {
			continue
		}
		n, ok := dims[d.String()]
		if !ok || i == 0 && !d.Named() { // the first axis counts samples
			n = 1
		}
		v.Type.Shape[i] = graph.Size(n)
	}
}

// Base is the cost of the uncut model.
func (c *CostModel) Base() Cost { return c.base }

// Measure is the cost if each group keeps the given number of units. A group that is absent keeps all.
func (c *CostModel) Measure(units map[*group.Group]int) Cost {
	for _, g := range c.analysis.Groups {
		n, ok := units[g]
		if !ok {
			n = g.Units
		}
		c.change(g, n)
	}
	return c.settle()
}

// with is the cost if g keeps n units and the others keep what they kept in the last query.
func (c *CostModel) with(g *group.Group, n int) Cost {
	c.change(g, n)
	return c.settle()
}

// change sets the units of g to n and records which values that touches.
func (c *CostModel) change(g *group.Group, n int) {
	was := c.units[g]
	if n == was {
		return
	}
	c.units[g] = n
	if c.widths[g] {
		c.last.Units += int64(n - was)
	}
	for _, p := range c.of[g] {
		now, before := n, was
		for range p.power - 1 {
			now, before = now*n, before*was
		}
		more := p.size * (now - before)
		for _, h := range p.others {
			more *= c.units[h]
		}
		v := &c.values[p.value]
		if v.shape[p.axis] += more; v.stamp <= c.question {
			v.stamp = c.question + 1
			c.stale = append(c.stale, p.value)
		}
	}
}

// settle recounts what the changes since the last query have touched.
func (c *CostModel) settle() Cost {
	c.question++
	for _, i := range c.stale {
		c.resize(i)
		for _, n := range c.values[i].nodes {
			if c.nodes[n].stamp < c.question {
				c.nodes[n].stamp = c.question
				c.work = append(c.work, n)
			}
		}
		for _, w := range c.values[i].works {
			if c.works[w].stamp < c.question {
				c.works[w].stamp = c.question
				c.slow = append(c.slow, w)
			}
		}
	}
	for _, n := range c.work {
		c.recount(n)
	}
	for _, w := range c.slow {
		c.retime(w)
	}
	c.stale, c.work, c.slow = c.stale[:0], c.work[:0], c.slow[:0]
	return c.last
}

// resize recomputes the extents of value i.
func (c *CostModel) resize(i int) {
	v := &c.values[i]
	elems := 1
	for axis, n := range v.shape {
		v.value.Type.Shape[axis] = graph.Size(n)
		elems *= n
	}
	if v.counts {
		c.last.Params += int64(elems - v.elems)
		c.last.Bytes += int64(graph.RawLen(v.weight, elems) - graph.RawLen(v.weight, v.elems))
	}
	v.elems = elems
}

// recount recomputes the cost of node i from the present extents of its values.
func (c *CostModel) recount(i int) {
	n := &c.nodes[i]
	macs, known := n.cost(n.node).MACs.Int64()
	if !known {
		macs = 0
	}
	c.last.MACs += macs - n.macs
	n.macs = macs
}

// beside lists for each group, as indices, the others that change what a unit of it saves: those that share weights or
// work with it.
func (c *CostModel) beside(groups []*group.Group) [][]int {
	values, nodes, works := make([][]int, len(c.values)), make([][]int, len(c.nodes)), make([][]int, len(c.works))
	note := func(at *[]int, i int) {
		if l := len(*at); l == 0 || (*at)[l-1] != i {
			*at = append(*at, i)
		}
	}
	for i, g := range groups {
		for _, p := range c.of[g] {
			v := c.values[p.value]
			if v.counts {
				note(&values[p.value], i)
			}
			for _, n := range v.nodes {
				note(&nodes[n], i)
			}
			for _, w := range v.works {
				note(&works[w], i)
			}
		}
	}
	shares := make([]map[int]bool, len(groups))
	for i := range shares {
		shares[i] = map[int]bool{}
	}
	for _, together := range slices.Concat(values, nodes, works) {
		for _, i := range together {
			for _, j := range together {
				shares[i][j] = i != j
			}
		}
	}
	beside := make([][]int, len(groups))
	for i, s := range shares {
		delete(s, i)
		beside[i] = slices.Sorted(maps.Keys(s))
	}
	return beside
}
