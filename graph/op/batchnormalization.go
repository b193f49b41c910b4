package op

import (
	"fmt"
	"math"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	d := Def{
		Name: "BatchNormalization", Doc: "scale (x - mean) / sqrt(var + epsilon) + B for each channel; https://onnx.ai/onnx/operators/onnx__BatchNormalization.html",
		Since: 1, Until: 13, MinIn: 5, MaxIn: 5, MinOut: 1, MaxOut: 5,
		Tolerance: Tolerance{1e-5, 1e-5},
		Infer:     inferBatchNormalization, Couple: coupleBatchNormalization, Grad: gradBatchNormalization, Eval: evalBatchNormalization,
	}
	d.Refuse = training
	register(d)
	d.Since, d.Until, d.MaxOut, d.Refuse = 14, Latest, 3, nil
	register(d)
}

// training returns why the node does not do inference, or nil if it does. Before opset 14 more outputs than Y requested
// training.
func training(n *graph.Node) error {
	if n.Int("training_mode", 0) != 0 {
		return fmt.Errorf("training_mode 1 computes statistics of the batch")
	}
	if n.Version < 7 && n.Int("is_test", 0) == 0 {
		return fmt.Errorf("is_test 0 is not supported, only inference is")
	}
	for i := range n.Outputs() {
		if i > 0 && n.Out(i) != nil {
			return fmt.Errorf("output %d is one of training, which is not supported", i)
		}
	}
	return nil
}

// trains reports whether the node computes statistics of the batch, as it may from opset 14 on.
func trains(n *graph.Node) bool { return n.Version >= 14 && n.Int("training_mode", 0) != 0 }

// eachElement reports whether every element of an image has statistics of its own (spatial 0).
func eachElement(n *graph.Node) bool { return n.Version < 9 && n.Int("spatial", 1) == 0 }

func inferBatchNormalization(n *graph.Node) ([]graph.Type, error) {
	x := inType(n, 0)
	if !eachElement(n) {
		for i, name := range []string{"scale", "B", "mean", "var"} {
			if err := channelVector(n, 1+i, name); err != nil {
				return nil, err
			}
		}
	}
	types := []graph.Type{graph.TensorType(x.DType, x.Shape)}
	for i := 1; i < len(n.Outputs()); i++ { // statistics, those of the batch too
		s := inShape(n, 3)
		types = append(types, graph.TensorType(inType(n, 3).DType, s))
	}
	return types, nil
}

func coupleBatchNormalization(n *graph.Node) (c Coupling, err error) {
	// In training the statistics are those of the batch, of each channel alone.
	if err := training(n); err != nil && !trains(n) {
		return c, err
	}
	if trains(n) {
		for i := 1; i < len(n.Outputs()); i++ {
			if n.Out(i) != nil {
				c.link(Out(i, 0), Out(0, 1))
			}
		}
		for d := range inShape(n, 0) {
			if d != 1 {
				c.pinAxis(In(0, d), "statistics of the batch are taken over it")
			}
		}
	}
	coupleAll(&c, n, 0, 0)
	for i := 1; i < 5; i++ {
		for d := range inShape(n, i) {
			c.link(In(i, d), Out(0, 1+d))
		}
	}
	return c, nil
}

func evalBatchNormalization(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	train := trains(n)
	if err := training(n); err != nil && !train {
		return nil, err
	}
	x := in[0]
	if x.Rank() < 2 {
		return nil, fmt.Errorf("x: want at least 2 axes, have shape %v", x.Shape())
	}
	v, err := floatInputs(in)
	if err != nil {
		return nil, err
	}
	own, shared := x.Shape()[1:2], x.Shape()[2:] // axes with statistics of their own, and those without
	if eachElement(n) {
		own, shared = x.Shape()[1:], nil
	}
	for i := 1; i < 5; i++ {
		if !slices.Equal(in[i].Shape(), own) {
			return nil, fmt.Errorf("input %d: want shape %v, have %v", i, own, in[i].Shape())
		}
	}
	if train {
		return trained(n, in, v)
	}
	epsilon := float64(n.Float("epsilon", 1e-5))
	plane, count := volume(shared), volume(own)
	y := v[0]
	for i := range y {
		c := i / plane % count
		y[i] = v[1][c]*(y[i]-v[3][c])/math.Sqrt(v[4][c]+epsilon) + v[2][c]
	}
	t, err := fromFloats(x.DType(), y, x.Shape())
	return []*graph.Tensor{t}, err
}

// trained normalizes by the statistics of the batch, and moves the running ones towards them.
func trained(n *graph.Node, in []*graph.Tensor, v [][]float64) ([]*graph.Tensor, error) {
	x := in[0]
	epsilon, momentum := float64(n.Float("epsilon", 1e-5)), float64(n.Float("momentum", 0.9))
	channels, plane := x.Shape()[1], volume(x.Shape()[2:])
	y, means, variances := v[0], v[3], v[4]
	for c := range channels {
		var at []int // the channel's elements
		for i := range y {
			if i/plane%channels == c {
				at = append(at, i)
			}
		}
		sum, squares := 0.0, 0.0
		for _, i := range at {
			sum += y[i]
		}
		m := sum / float64(len(at))
		for _, i := range at {
			squares += (y[i] - m) * (y[i] - m)
		}
		variance := squares / float64(len(at))
		for _, i := range at {
			y[i] = v[1][c]*(y[i]-m)/math.Sqrt(variance+epsilon) + v[2][c]
		}
		means[c] = momentum*means[c] + (1-momentum)*m
		variances[c] = momentum*variances[c] + (1-momentum)*variance
	}
	out := make([]*graph.Tensor, 3)
	for i, t := range []struct {
		like *graph.Tensor
		v    []float64
	}{{x, y}, {in[3], means}, {in[4], variances}} {
		var err error
		if out[i], err = fromFloats(t.like.DType(), t.v, t.like.Shape()); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// gradBatchNormalization holds the statistics as they are.
func gradBatchNormalization(b *Backward) error {
	if training(b.Node) != nil || eachElement(b.Node) {
		return noGradient("statistics of the batch, or of each element")
	}
	if b.wants(3) || b.wants(4) {
		return noGradient("by the statistics")
	}
	x, g := b.in(0), b.grad(0)
	rank := len(b.dims(x))
	v := b.sum(b.in(4), b.number(b.in(4), float64(b.Node.Float("epsilon", 1e-5))))
	inverse := b.add("Reciprocal", []*graph.Value{b.add("Sqrt", []*graph.Value{v})})
	if b.wants(0) {
		b.set(0, b.mul(g, b.perChannel(b.mul(b.in(1), inverse), rank)))
	}
	if b.wants(1) {
		c := b.mul(b.sub(x, b.perChannel(b.in(3), rank)), b.perChannel(inverse, rank))
		b.set(1, b.reshape(b.reduce("ReduceSum", b.mul(g, c), allBut(1, rank)...), b.dims(b.in(1))))
	}
	if b.wants(2) {
		b.set(2, b.reshape(b.reduce("ReduceSum", g, allBut(1, rank)...), b.dims(b.in(2))))
	}
	return nil
}

// perChannel gives a vector of one number a channel the shape that broadcasts over images of that rank.
func (b *Backward) perChannel(v *graph.Value, rank int) *graph.Value {
	dims := make([]int, rank-1)
	for i := range dims {
		dims[i] = 1
	}
	dims[0] = b.dims(v)[0]
	return b.reshape(v, dims)
}
