package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name:  "CausalConvWithState",
		Doc:   "each channel of a sequence convolved with what came before; https://onnx.ai/onnx/operators/onnx__CausalConvWithState.html",
		Since: 27, Until: Latest, MinIn: 2, MaxIn: 4, MinOut: 1, MaxOut: 2,
		Tolerance: Tolerance{1e-6, 1e-5},
		Infer:     inferCausalConv, Couple: coupleCausalConv, Cost: costCausalConv, Eval: evalCausalConv,
	})
}

// The inputs and outputs have the axes batch, channel and position; the weights channel, 1 and tap.
const causalRank = 3

func inferCausalConv(n *graph.Node) ([]graph.Type, error) {
	x, w := inType(n, 0), inShape(n, 1)
	for i, name := range map[int]string{0: "input", 1: "weight", 3: "past_state"} {
		if err := wantRank(n, i, name, causalRank); err != nil {
			return nil, err
		}
	}
	if _, err := causalActivation(n); err != nil {
		return nil, err
	}
	state := graph.TensorType(x.DType, unknownShape(causalRank))
	if x.Shape != nil {
		state.Shape[0], state.Shape[1] = x.Shape[0], x.Shape[1]
	}
	if w != nil {
		if taps, known := w[2].Value(); known && taps > 0 {
			state.Shape[2] = graph.Size(taps - 1)
		}
		if x.Shape != nil && x.Shape[1].Known() && w[0].Known() && x.Shape[1] != w[0] {
			return nil, fmt.Errorf("weight: want one for each of %v channels, have shape %v", x.Shape[1], w)
		}
	}
	types := []graph.Type{graph.TensorType(x.DType, x.Shape), state}
	return types[:len(n.Outputs())], nil
}

func causalActivation(n *graph.Node) (func(float64) float64, error) {
	switch a := n.Str("activation", "none"); a {
	case "none", "":
		return func(x float64) float64 { return x }, nil
	case "silu", "swish":
		return func(x float64) float64 { return x * sigmoid(x) }, nil
	default:
		return nil, fmt.Errorf("activation: want none, silu or swish, have %q", a)
	}
}

func coupleCausalConv(n *graph.Node) (c Coupling, err error) {
	for _, a := range []Axis{In(1, 0), Out(0, 1)} {
		c.link(In(0, 1), a)
	}
	c.link(In(0, 0), Out(0, 0))
	if n.In(2) != nil {
		c.link(In(2, 0), Out(0, 1))
	}
	if n.In(3) != nil {
		c.link(In(3, 0), Out(0, 0))
		c.link(In(3, 1), Out(0, 1))
	}
	if n.Out(1) != nil {
		c.link(Out(1, 0), Out(0, 0))
		c.link(Out(1, 1), Out(0, 1))
	}
	for _, a := range []Axis{In(0, 2), Out(0, 2), In(1, 1), In(1, 2)} {
		c.pinAxis(a, "positions and taps of CausalConvWithState")
	}
	return c, nil
}

func costCausalConv(n *graph.Node) Cost {
	w := inShape(n, 1)
	if len(w) != causalRank {
		return Cost{}
	}
	return Cost{MACs: n.Out(0).Type.Shape.Elems().Mul(w[2])}
}

func evalCausalConv(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	activation, err := causalActivation(n)
	if err != nil {
		return nil, err
	}
	x, okX := graph.Floats(in[0])
	w, okW := graph.Floats(in[1])
	d, s := in[0].Shape(), in[1].Shape()
	if !okX || !okW || len(d) != causalRank || len(s) != causalRank || s[0] != d[1] || s[1] != 1 || s[2] < 1 {
		return nil, fmt.Errorf("input of shape %v and weight of shape %v do not go together", d, s)
	}
	taps, length := s[2], d[2]
	before := taps - 1
	state := []int{d[0], d[1], before}
	past, bias := make([]float64, volume(state)), make([]float64, d[1])
	if t := tensorAt(in, 2); t != nil {
		if bias, _ = graph.Floats(t); len(bias) != d[1] {
			return nil, fmt.Errorf("bias: want %d numbers, have shape %v", d[1], t.Shape())
		}
	}
	if t := tensorAt(in, 3); t != nil {
		if past, _ = graph.Floats(t); !slices.Equal(t.Shape(), state) {
			return nil, fmt.Errorf("past_state: want shape %v, have %v", state, t.Shape())
		}
	}
	y, present := make([]float64, len(x)), make([]float64, len(past))
	for i := range d[0] * d[1] { // a channel of a sequence
		all := append(slices.Clone(past[i*before:][:before]), x[i*length:][:length]...)
		for t := range length {
			sum := bias[i%d[1]]
			for k := range taps {
				sum += w[i%d[1]*taps+k] * all[t+k]
			}
			y[i*length+t] = activation(sum)
		}
		copy(present[i*before:], all[length:])
	}
	out, err := fromFloats(in[0].DType(), y, d)
	if err != nil {
		return nil, err
	}
	last, err := fromFloats(in[0].DType(), present, state)
	return []*graph.Tensor{out, last}[:len(n.Outputs())], err
}
