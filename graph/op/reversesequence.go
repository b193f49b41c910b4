package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "ReverseSequence", Doc: "the first steps of each sequence, as many as it is long, backwards; https://onnx.ai/onnx/operators/onnx__ReverseSequence.html",
		Since: 10, Until: Latest, MinIn: 2, MaxIn: 2, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Takes: func(n *graph.Node, i int) Interval {
			if time := n.Int("time_axis", 0); i == 1 && time >= 0 && time < len(inShape(n, 0)) {
				return lengths(inShape(n, 0)[time])
			}
			return Any
		},
		Infer: inferReverseSequence, Couple: coupleReverseSequence, Eval: evalReverseSequence,
	})
}

// sequenceAxes returns the axes that count sequences and steps: the first two, in either order.
func sequenceAxes(n *graph.Node, rank int) (batch, time int, err error) {
	batch, time = n.Int("batch_axis", 1), n.Int("time_axis", 0)
	if batch < 0 || batch > 1 || time != 1-batch {
		return 0, 0, fmt.Errorf("batch_axis, time_axis: want 0 and 1 in either order, have %d and %d", batch, time)
	}
	if rank < 2 {
		return 0, 0, fmt.Errorf("input: want at least 2 axes, have %d", rank)
	}
	return batch, time, nil
}

func inferReverseSequence(n *graph.Node) ([]graph.Type, error) {
	x, lengths := inShape(n, 0), inShape(n, 1)
	if x != nil {
		batch, _, err := sequenceAxes(n, len(x))
		if err != nil {
			return nil, err
		}
		if lengths != nil && (len(lengths) != 1 || lengths[0].Known() && x[batch].Known() && lengths[0] != x[batch]) {
			return nil, fmt.Errorf("sequence_lens: want shape [%v], have %v", x[batch], lengths)
		}
	}
	return inferSame(n)
}

func coupleReverseSequence(n *graph.Node) (c Coupling, err error) {
	batch, time, err := sequenceAxes(n, len(inShape(n, 0)))
	if err != nil {
		return c, err
	}
	coupleAll(&c, n, 0, 0)
	c.link(In(1, 0), In(0, batch))
	c.pinAxis(In(0, time), "steps of sequences")
	return c, nil
}

func evalReverseSequence(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x := in[0]
	batch, time, err := sequenceAxes(n, x.Rank())
	if err != nil {
		return nil, err
	}
	lengths, err := intsOf(in, 1)
	if err != nil {
		return nil, err
	}
	dims := x.Shape()
	if len(lengths) != dims[batch] {
		return nil, fmt.Errorf("sequence_lens: want %d, have %d", dims[batch], len(lengths))
	}
	for _, l := range lengths {
		if l < 0 || l > dims[time] {
			return nil, fmt.Errorf("sequence_lens: want 0 to %d, have %d", dims[time], l)
		}
	}
	at := make([]int, len(dims))
	t, err := arrange(x.DType(), dims, func(i int) (*graph.Tensor, int) {
		unravel(i, dims, at)
		if l := lengths[at[batch]]; at[time] < l {
			at[time] = l - 1 - at[time]
		}
		return x, ravel(at, dims)
	})
	return []*graph.Tensor{t}, err
}
