package op

import (
	"fmt"
	"math"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/memory"
)

// A constant may have mostConstant bytes, whatever it is made of, and beyond that blownUp times as many elements as the
// constants that it is made of. That is more than casting, transposing or joining weights takes.
const mostConstant, blownUp = 256 << 20, 4

// holdConstant rejects a node whose outputs, by their types, turn a few constants into one that is too large: it cannot
// run, whatever the inputs. Extents of inputs may still change.
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

// holdMade rejects outputs of those types that are made of read elements of constants.
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

// Constants tracks what nodes compute from constants alone, in the order of a graph.
type Constants struct {
	computed map[*graph.Value]bool
	elements int64 // of all constants of the graph
}

// NewConstants starts with the constants of g.
func NewConstants(g *graph.Graph) *Constants {
	c := &Constants{computed: map[*graph.Value]bool{}}
	for _, v := range g.Initializers {
		c.elements = memory.Sum(c.elements, int64(v.Const.Len()))
	}
	return c
}

// Hold rejects n, whose types have been inferred, if it computes from constants alone a result that is too large for all
// of them together: of forty nodes that each double a constant, none is at fault alone.
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
