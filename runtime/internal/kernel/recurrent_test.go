package kernel

import (
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

func TestRecurrent(t *testing.T) {
	rng := seeded(t)
	gates := map[string]int{"LSTM": 4, "GRU": 3, "RNN": 1}
	for name, g := range gates {
		for i := range 40 {
			steps, batch, inputs, hidden := 1+rng.IntN(6), 1+rng.IntN(9), 1+rng.IntN(20), 1+rng.IntN(40)
			direction, directions := pick(rng, "forward", "reverse", "bidirectional"), 1
			if direction == "bidirectional" {
				directions = 2
			}
			layout := i % 2
			swap := func(a, b int) (int, int) {
				if layout == 1 {
					return b, a
				}
				return a, b
			}
			a, b := swap(steps, batch)
			in := []*graph.Tensor{random(rng, a, b, inputs), random(rng, directions, g*hidden, inputs), random(rng, directions, g*hidden, hidden)}
			a, b = swap(directions, batch)
			switch rng.IntN(3) {
			case 0:
				in = append(in, random(rng, directions, 2*g*hidden))
			case 1:
				in = append(in, random(rng, directions, 2*g*hidden), nil, random(rng, a, b, hidden))
				if name == "LSTM" {
					in = append(in, random(rng, a, b, hidden))
				}
			}
			p := proof{op: name, in: in, terms: inputs + hidden, attrs: []*graph.Attr{graph.IntAttr("hidden_size", hidden),
				graph.StringAttr("direction", direction), graph.IntAttr("layout", layout)}}
			if name == "GRU" {
				p.attrs = append(p.attrs, graph.IntAttr("linear_before_reset", rng.IntN(2)))
			}
			p.outs = 1 + rng.IntN(2)
			if name == "LSTM" {
				p.outs = 1 + rng.IntN(3)
			}
			p.proveBinds(t)
		}
	}
	x, w, r := random(rng, 3, 2, 5), random(rng, 1, 7, 5), random(rng, 1, 7, 7)
	for _, act := range []string{"Relu", "relu", "TANH", "Affine"} {
		proof{op: "RNN", in: []*graph.Tensor{x, w, r}, attrs: []*graph.Attr{{Name: "activations", Kind: graph.AttrStrings, Strings: []string{act}}}}.prove(t)
	}
	proof{op: "RNN", in: []*graph.Tensor{x, w, r}, attrs: []*graph.Attr{graph.FloatAttr("clip", 0.5)}}.prove(t)
	proof{op: "RNN", in: []*graph.Tensor{x, w, r, nil, graph.TensorOf([]int32{3, 1}, 2)}}.prove(t)
}
