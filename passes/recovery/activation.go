package recovery

import (
	"math"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/linear"
)

// Activations that are not flat but nearly so far from zero, such as Sigmoid, SiLU and GELU, are
// treated as flat there: where the original lies on such an end, what matters is that the repaired
// network does too. Their curves are found by evaluation, so that it does not matter of which nodes
// an exporter made them.
const (
	curveEnd   = 32      // the curve is looked at from -curveEnd to curveEnd
	curveStep  = 1. / 32 // the distance of the points looked at
	curveNodes = 12      // the most nodes that make an activation
	// nearlyFlat is the slope, as a fraction of the largest, up to which an end counts as flat. At
	// Sigmoid's bounds, 5.3 on either side of zero, 0.005 are left to its limits.
	nearlyFlat = 0.02
)

// boundsBehind returns the activation that all readers of v see it through, or nil if there is none
// that is flat at an end.
func boundsBehind(v *graph.Value) *bounds {
	if b := boundsOf(linear.OnlyReader(v)); b != nil || v == nil {
		return b
	}
	c := &curve{values: map[*graph.Value]*graph.Tensor{v: graph.TensorOf(curvePoints(), len(curvePoints()))}, open: []*graph.Value{v}}
	for range curveNodes {
		if !c.step() {
			return nil
		}
		if len(c.open) == 1 {
			y, _ := graph.Floats(c.values[c.open[0]])
			if b := flatEnds(y); b != nil {
				return b
			}
		}
	}
	return nil
}

// curvePoints are the points at which curves are looked at.
func curvePoints() []float32 {
	x := make([]float32, int(2*curveEnd/curveStep)+1)
	for i := range x {
		x[i] = -curveEnd + float32(i)*curveStep
	}
	return x
}

// curve evaluates nodes that compute each element from one element of a value.
type curve struct {
	values map[*graph.Value]*graph.Tensor
	open   []*graph.Value // those that nodes not evaluated yet read, or that nothing reads
}

// step evaluates one more node. It returns false if there is none that can be.
func (c *curve) step() bool {
	for _, v := range c.open {
		for _, use := range v.Uses() {
			if c.values[use.Node.Out(0)] == nil && c.eval(use.Node) {
				c.open = append(c.open, use.Node.Out(0))
				c.open = slices.DeleteFunc(c.open, c.consumed)
				return true
			}
		}
	}
	return false
}

// consumed reports whether all readers of v have been evaluated.
func (c *curve) consumed(v *graph.Value) bool {
	return len(v.Uses()) > 0 && !v.IsOutput() && !slices.ContainsFunc(v.Uses(), func(u graph.Use) bool { return c.values[u.Node.Out(0)] == nil })
}

// eval evaluates n if it computes each element from elements that are known.
func (c *curve) eval(n *graph.Node) bool {
	def := op.Lookup(n)
	if def == nil || len(n.Outputs()) != 1 || !def.Elementwise {
		return false
	}
	in := make([]*graph.Tensor, len(n.Inputs()))
	for i, v := range n.Inputs() {
		if v == nil {
			continue
		}
		if in[i] = c.values[v]; in[i] != nil {
			continue
		}
		if in[i] = linear.Fixed(n, i); in[i] == nil || in[i].Len() != 1 {
			return false
		}
	}
	out, err := def.Eval(n, in)
	if err != nil || out[0].Len() != len(curvePoints()) {
		return false
	}
	c.values[n.Out(0)] = out[0]
	return true
}

// flatEnds returns the bounds of an activation with the values y at the points of a curve; nil if
// neither end is flat, or if it grows faster than a line.
func flatEnds(y []float64) *bounds {
	const centre = 4 / curveStep // what is looked at on either side of zero for the largest slope
	slope := func(i int) float64 { return math.Abs(y[i+1] - y[i]) }
	last := len(y) - 2
	largest := 0.0
	for i := last/2 - centre; i <= last/2+centre; i++ {
		largest = max(largest, slope(i))
	}
	if !(largest > 0) || !(slope(0) <= 2*largest) || !(slope(last) <= 2*largest) {
		return nil
	}
	low, high := 0, last
	for low <= last && slope(low) <= nearlyFlat*largest {
		low++
	}
	for high >= 0 && slope(high) <= nearlyFlat*largest {
		high--
	}
	b := &bounds{math.Inf(-1), math.Inf(1)}
	if low > 0 {
		b.low = -curveEnd + float64(low)*curveStep
	}
	if high < last {
		b.high = -curveEnd + float64(high+1)*curveStep
	}
	if math.IsInf(b.low, -1) && math.IsInf(b.high, 1) || b.low >= b.high {
		return nil
	}
	return b
}
