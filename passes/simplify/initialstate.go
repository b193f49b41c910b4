package simplify

import (
	"context"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes"
)

// dropZeroStates omits the initial states of LSTM, GRU and RNN if they are zeroes, which the operators start from
// anyway. Exporters make the zeroes for all stages of a stack at once, in a shape that is computed from the batch, and
// slice them. These would tie the hidden units of the stages together and pin them to an extent that is computed at run
// time.
var dropZeroStates = passes.Pass{
	Name: "initialstates", Doc: "omits initial states that are zeroes",
	Run: func(_ context.Context, m *graph.Model) (bool, error) {
		z := zeroes{}
		changed := false
		for _, n := range m.Graph.Nodes {
			if !op.Recurrent(n) {
				continue
			}
			for i := 5; i < len(n.Inputs()) && i <= 6; i++ { // initial_h and initial_c
				if v := n.In(i); v != nil && z.all(v) {
					n.SetInput(i, nil)
					changed = true
				}
			}
			last := len(n.Inputs())
			for last > 0 && n.In(last-1) == nil {
				last--
			}
			n.TruncateInputs(last)
		}
		return changed, nil
	},
}

// zeroes records which values are known to hold only zeroes, whatever the inputs.
type zeroes map[*graph.Value]bool

// all reports whether v is one of them: a constant, or the result of operators that only move or repeat elements of one.
func (z zeroes) all(v *graph.Value) bool {
	known, seen := z[v]
	if !seen {
		known = z.look(v)
		z[v] = known
	}
	return known
}

func (z zeroes) look(v *graph.Value) bool {
	if v.Const != nil {
		return v.IsConstant() && onlyZeroes(v.Const)
	}
	n, _ := v.Def()
	if n == nil || n.Domain != "" {
		return false
	}
	switch n.Op {
	case "ConstantOfShape":
		a := n.Attr("value")
		return a == nil || a.Kind == graph.AttrTensor && a.Tensor != nil && onlyZeroes(a.Tensor)
	case "Cast", "Expand", "Flatten", "Gather", "Identity", "Reshape", "Slice", "Split", "Squeeze", "Tile", "Transpose", "Unsqueeze":
		return n.In(0) != nil && z.all(n.In(0))
	case "Concat":
		for _, w := range n.Inputs() {
			if w == nil || !z.all(w) {
				return false
			}
		}
		return true
	}
	return false
}

// onlyZeroes reports whether every element of t is a number and 0.
func onlyZeroes(t *graph.Tensor) bool {
	v, ok := graph.Floats(t)
	for _, x := range v {
		ok = ok && x == 0
	}
	return ok
}
