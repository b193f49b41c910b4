package surgery_test

import (
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// opsets are the versions that networks are made of; that of the most fixtures stands more than once.
var opsets = []int{13, 17, 18, 13, 24, 11, 9, 21, 7}

// grow makes a network of at least a few nodes with at least one output.
func grow(draw func(int) int, seen map[*op.Def]int) (*grower, error) {
	all, err := kinds()
	if err != nil {
		return nil, err
	}
	w := newGrower(draw, opsets[draw(len(opsets))], draw(2) == 0)
	for !w.step(w.start) {
	}
	often := [][]step{steps, moves}[draw(2)]
	for range 2 + draw(20) {
		w.step(func() []*graph.Value {
			if draw(4) == 3 {
				k := all[draw(len(all))]
				if t := k.nodes[draw(len(k.nodes))]; draw(3) > 0 {
					return w.like(t)
				} else {
					return w.whole(t.model)
				}
			}
			if v := w.some(isFloat); v != nil {
				return often[draw(len(often))](w, v)
			}
			return w.unfit()
		})
		if len(w.g.Nodes) > 30 {
			break
		}
	}
	w.finish()
	for _, n := range w.g.Nodes {
		seen[op.Lookup(n)]++
	}
	return w, nil
}

// start is the first value that is computed.
func (w *grower) start() []*graph.Value {
	shape := graph.Shape{w.first}
	for rank := 3 - w.draw(3); rank > 0; rank-- {
		shape = append(shape, graph.Size(widths[w.draw(len(widths)-rank+1)]))
	}
	if w.draw(3) == 0 { // its axes are the interface, and stay
		return dense(w, w.input("x", graph.Float32, shape))
	}
	return values(w.adapted(w.input("x", graph.Float32, graph.Shape{w.first, graph.Size(5)}), shape))
}

// finish makes outputs of what nothing reads: as it is, or behind a map that leaves some or all of its axes free.
func (w *grower) finish() {
	for _, v := range slices.Clone(w.pool) {
		if len(v.Uses()) > 0 && w.draw(20) < 19 || v.Const != nil || v.Type.DType == graph.Sequence || len(w.g.Outputs) >= 4 {
			continue
		}
		out := v
		if isFloat(v) {
			w.step(func() []*graph.Value {
				switch d := w.dims(v); w.draw(8) {
				default:
					out = w.adapted(v, graph.Shape{v.Type.Shape[0], graph.Size(5)})
				case 2:
					out = w.node("MatMul", values(v, w.weight(d[len(d)-1], 5)))
				case 3:
					out = w.node("Neg", values(v))
				}
				return nil
			})
			if w.err != nil {
				out = v
			}
		}
		if !slices.Contains(w.g.Outputs, out) {
			w.g.Outputs = append(w.g.Outputs, out)
		}
	}
	if len(w.g.Outputs) == 0 {
		w.g.Outputs = append(w.g.Outputs, w.g.Nodes[len(w.g.Nodes)-1].Outputs()[0])
	}
}
