package output

import (
	"fmt"
	"math"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// Halves counts the weights that WeightsAsHalves stores as halves.
type Halves struct {
	Tensors int
	// Wide lists float32 weights that stay, because numbers among them are beyond the range of halves.
	Wide []string
}

// castSince is the opset at which Cast takes the types that halves need, as numbers.
const castSince = 6

// WeightsAsHalves stores m's float32 weights in half precision, each with a Cast back to float32 for its readers: inputs,
// outputs and what is computed keep their types, and any runtime can load it. Single numbers, such as scales, stay.
func WeightsAsHalves(m *graph.Model) (h Halves, err error) {
	version := m.Opsets[""]
	if version < castSince {
		return h, fmt.Errorf("weights as halves: want opset %d or later, have %d", castSince, version)
	}
	g := m.Graph
	casts := make([]*graph.Node, 0, len(g.Initializers))
	for _, v := range slices.Clone(g.Initializers) {
		if !op.IsWeight(v) || v.Const.DType() != graph.Float32 || v.Const.Len() < 2 || v.IsInput() || v.IsOutput() || len(v.Uses()) == 0 {
			continue
		}
		half := graph.Narrowed(v.Const, graph.Float16)
		if !finite(half) {
			if finite(v.Const) {
				h.Wide = append(h.Wide, v.Name)
			}
			continue
		}
		readers := slices.Clone(v.Uses())
		back := g.Fresh(v.Name + "_float32")
		back.Type = graph.TypeOf(v.Const)
		n, err := g.NewNode("Cast", "", version, []*graph.Value{v}, []*graph.Value{back}, graph.IntAttr("to", int(graph.Float32)))
		if err != nil {
			return h, err
		}
		n.Name = back.Name
		casts = append(casts, n)
		g.SetConst(v, half)
		for _, u := range readers {
			u.Node.SetInput(u.Index, back)
		}
		h.Tensors++
	}
	g.Nodes = append(casts, g.Nodes[:len(g.Nodes)-len(casts)]...) // before whatever reads them
	return h, nil
}

// finite reports whether all numbers of t are.
func finite(t *graph.Tensor) bool {
	v, _ := graph.Floats(t)
	return !slices.ContainsFunc(v, func(x float64) bool { return math.IsInf(x, 0) || math.IsNaN(x) })
}
