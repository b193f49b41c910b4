package op

import (
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/graph"
)

// channelVector returns an error unless input i is a vector of one element for each channel (axis
// 1) of input 0. An omitted input or an unknown shape passes.
func channelVector(n *graph.Node, i int, name string) error {
	x, s := inShape(n, 0), inShape(n, i)
	if x == nil || s == nil {
		return nil
	}
	if len(x) < 2 {
		return fmt.Errorf("x: want at least 2 axes, have shape %v", x)
	}
	if len(s) != 1 || (s[0].Known() && x[1].Known() && s[0] != x[1]) {
		return fmt.Errorf("%s: want shape [%v], have %v", name, x[1], s)
	}
	return nil
}

// floatInputs returns the elements of the inputs, nil for an omitted one. It rejects tensors that
// are not floating-point.
func floatInputs(in []*graph.Tensor) ([][]float64, error) {
	out := make([][]float64, len(in))
	for i, x := range in {
		if x == nil {
			continue
		}
		v, ok := graph.Floats(x)
		if !ok || !x.DType().IsFloat() {
			return nil, fmt.Errorf("elements of type %v are not supported", x.DType())
		}
		out[i] = v
	}
	return out, nil
}

// standardise writes (x - mean) / sqrt(variance + epsilon) of the elements to y. It returns the
// mean and the factor.
func standardise(x, y []float64, epsilon float64) (m, inverse float64) {
	m = mean(x)
	variance := 0.0
	for _, e := range x {
		variance += (e - m) * (e - m)
	}
	inverse = 1 / math.Sqrt(variance/float64(len(x))+epsilon)
	for i, e := range x {
		y[i] = (e - m) * inverse
	}
	return m, inverse
}

// statOver states that the node computes a statistic over the axes of input 0 from first to end-1.
func statOver(c *Coupling, n *graph.Node, first, end int) {
	for d := first; d < end; d++ {
		c.Stat = append(c.Stat, Stat{In(0, d), n.Op + " computes a statistic over it"})
	}
}
