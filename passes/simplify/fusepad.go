package simplify

import (
	"context"
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
)

// fusePad adds the zeros that a Pad puts around planes to those that the convolutions behind it put
// there themselves, as exporters of networks from TensorFlow leave them. A convolution with a bias or
// without sees the same numbers.
var fusePad = passes.Pass{
	Name: "fusepad", Doc: "merges zeros around planes into the convolutions that read them",
	Needs: []passes.Fact{typed, folded},
	Run: func(_ context.Context, m *graph.Model) (bool, error) {
		return forEach(m, func(g *graph.Graph) (bool, error) {
			dead := map[*graph.Node]bool{}
			held := branchOutputs(g)
			for _, n := range g.Nodes {
				if before, after, ok := planePadding(n); ok && !held[n.Out(0)] && !n.Out(0).IsOutput() && absorb(n, before, after) {
					dead[n] = true
				}
			}
			if err := g.RemoveNodes(dead); err != nil {
				return false, fmt.Errorf("fusepad: %w", err)
			}
			return len(dead) > 0, nil
		})
	},
}

// planePadding returns how many zeros n puts before and after each spatial axis. It is false if n is
// no Pad, or if it does anything else.
func planePadding(n *graph.Node) (before, after []int, ok bool) {
	if n.Op != "Pad" || n.Domain != "" || n.Str("mode", "constant") != "constant" || n.Out(0) == nil || n.In(0) == nil || n.In(3) != nil {
		return nil, nil, false
	}
	pads := n.Ints("pads")
	if n.Version >= 11 {
		if pads, ok = intsAt(n, 1); !ok || n.In(2) != nil && !isZero(n.In(2)) {
			return nil, nil, false
		}
	} else if n.Float("value", 0) != 0 {
		return nil, nil, false
	}
	rank := len(pads) / 2
	if rank < 3 || len(pads) != 2*rank {
		return nil, nil, false
	}
	before, after = pads[:rank], pads[rank:]
	for axis := range rank {
		if before[axis] < 0 || after[axis] < 0 || axis < 2 && before[axis]+after[axis] > 0 {
			return nil, nil, false
		}
	}
	return before[2:], after[2:], true
}

// absorb lets the readers of a Pad put the zeros there and read what it pads. It returns false, and
// changes nothing, if one of them cannot.
func absorb(pad *graph.Node, before, after []int) bool {
	uses := slices.Clone(pad.Out(0).Uses())
	for _, u := range uses {
		n := u.Node
		if n.Graph() != pad.Graph() || n.Op != "Conv" || n.Domain != "" || u.Index != 0 || n.In(1) == pad.Out(0) || !slices.Contains([]string{"NOTSET", "VALID"}, n.Str("auto_pad", "NOTSET")) {
			return false
		}
		if own := n.Ints("pads"); len(own) != 0 && len(own) != 2*len(before) {
			return false
		}
	}
	for _, u := range uses {
		n := u.Node
		sum := slices.Concat(before, after)
		if n.Str("auto_pad", "NOTSET") == "NOTSET" {
			for i, p := range n.Ints("pads") {
				sum[i] += p
			}
		}
		n.SetAttr(graph.StringAttr("auto_pad", "NOTSET"))
		n.SetAttr(graph.IntsAttr("pads", sum...))
		n.SetInput(0, pad.In(0))
	}
	return len(uses) > 0
}
