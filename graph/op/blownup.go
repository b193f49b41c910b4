package op

import (
	"fmt"
	"math"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/memory"
)

// A constant may be mostConstant bytes, however little it is made of, or beyond that blownUp times as many elements as
// the constants that it is made of: more than a cast, a transposition or a joining of weights makes.
const mostConstant, blownUp = 256 << 20, 4

// holdConstant refuses a node that makes a few constants into one that is larger, by the types of its outputs: it
// cannot run whatever is fed. Of what is fed, the extents may still change.
func holdConstant(n *graph.Node, types []graph.Type) error {
	read := int64(0)
	for _, v := range n.Inputs() {
		if v == nil {
			continue
		}
		if !v.IsConstant() {
			return nil
		}
		read = memory.Sum(read, int64(v.Const.Len()))
	}
	return holdMade(n, types, read)
}

// holdMade refuses outputs of those types that are made of so many elements of constants.
func holdMade(n *graph.Node, types []graph.Type, read int64) error {
	for i, t := range types {
		bytes, known := t.Bytes()
		count, _ := t.Shape.Count()
		if !known || n.Out(i) == nil || bytes <= mostConstant || count/blownUp <= read {
			continue
		}
		size := memory.Text(bytes)
		if bytes == math.MaxInt64 {
			size = "8 EiB or more"
		}
		return fmt.Errorf("output %q %v: would take %s, made of constants of %d elements: it may grow to %s", n.Out(i).Name, t, size, read, memory.Text(mostConstant))
	}
	return nil
}

// Constants follows what nodes compute of constants alone, node after node in the order of a graph.
type Constants struct {
	computed map[*graph.Value]bool
	elements int64 // of all constants of the graph
}

// NewConstants begins with the constants of g.
func NewConstants(g *graph.Graph) *Constants {
	c := &Constants{computed: map[*graph.Value]bool{}}
	for _, v := range g.Initializers {
		c.elements = memory.Sum(c.elements, int64(v.Const.Len()))
	}
	return c
}

// Hold refuses n, whose types were inferred, where it computes from constants alone and these, all together, are little of what comes of
// them: forty nodes that each double a constant are each innocent.
func (c *Constants) Hold(n *graph.Node) error {
	all := len(n.Subgraphs()) == 0 && !slices.ContainsFunc(n.Inputs(), func(v *graph.Value) bool {
		return v != nil && !c.computed[v] && !v.IsConstant()
	})
	if !all {
		return nil
	}
	types := make([]graph.Type, len(n.Outputs()))
	for i, v := range n.Outputs() {
		if v != nil {
			c.computed[v], types[i] = true, v.Type
		}
	}
	if n.Op == "Constant" && n.Domain == "" {
		if a := n.Attr("value"); a != nil && a.Tensor != nil {
			c.elements = memory.Sum(c.elements, int64(a.Tensor.Len()))
		}
		return nil
	}
	if err := holdMade(n, types, c.elements); err != nil {
		return fmt.Errorf("node %s: %w", n.Label(), err)
	}
	return nil
}
