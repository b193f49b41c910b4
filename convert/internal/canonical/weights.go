package canonical

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

// CheckWeights returns an error that names the first weight of m that is NaN. Whatever is computed
// with it is NaN too, so nothing can be chosen or proven by it.
func CheckWeights(m *graph.Model) error {
	return eachConstant(m.Graph, func(where string, t *graph.Tensor) error {
		defer t.Forget() // a mapped file must not fill memory because of one scan
		if i := firstNaN(t); i >= 0 {
			return fmt.Errorf("%s: element %v is NaN, and so is everything computed from it", where, graph.Position(i, t.Shape()))
		}
		return nil
	})
}

// eachConstant calls visit for every constant of more than one element in g and its subgraphs.
// Errors call the constant where.
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

// firstNaN returns the index of the first element that is NaN, or -1.
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
