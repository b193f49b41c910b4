package canonical

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

// CheckWeights refuses a model with weights that are NaN: so is then what it computes, and nothing can be chosen or proven by it. It names
// the first.
func CheckWeights(m *graph.Model) error {
	return eachConstant(m.Graph, func(where string, t *graph.Tensor) error {
		defer t.Forget() // a file that was mapped for its graph alone must not fill the memory for a look
		if i := firstNaN(t); i >= 0 {
			return fmt.Errorf("%s: element %v is NaN, and what is computed with it", where, graph.Position(i, t.Shape()))
		}
		return nil
	})
}

// eachConstant visits the tensors of more than one element in g and in the graphs of its nodes, with what errors call them.
func eachConstant(g *graph.Graph, visit func(where string, t *graph.Tensor) error) error {
	for _, v := range g.Initializers {
		if v.Const != nil && v.Const.Len() > 1 {
			if err := visit(fmt.Sprintf("initializer %q", v.Name), v.Const); err != nil {
				return err
			}
		}
	}
	for _, n := range g.Nodes {
		if a := n.Attr("value"); a != nil && a.Tensor != nil && a.Tensor.Len() > 1 {
			if err := visit(fmt.Sprintf("node %q (%s)", n.Name, n.Op), a.Tensor); err != nil {
				return err
			}
		}
		for _, sub := range n.Subgraphs() {
			if err := eachConstant(sub, visit); err != nil {
				return err
			}
		}
	}
	return nil
}

// firstNaN is the number of the first element that is NaN, -1 where none is.
func firstNaN(t *graph.Tensor) int {
	switch t.DType() {
	case graph.Float32:
		for i, x := range graph.Data[float32](t) {
			if x != x {
				return i
			}
		}
	case graph.Float64:
		for i, x := range graph.Data[float64](t) {
			if x != x {
				return i
			}
		}
	case graph.Float16, graph.BFloat16:
		infinity := uint16(0x7c00)
		if t.DType() == graph.BFloat16 {
			infinity = 0x7f80
		}
		raw := t.Raw()
		for i := 0; i+1 < len(raw); i += 2 {
			if uint16(raw[i])|uint16(raw[i+1]&0x7f)<<8 > infinity {
				return i / 2
			}
		}
	}
	return -1
}
