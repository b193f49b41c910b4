package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "SequenceMap", Doc: "a subgraph on every tensor of a sequence; https://onnx.ai/onnx/operators/onnx__SequenceMap.html",
		Since: 17, Until: Latest, MinIn: 1, MaxIn: variadic, MinOut: 1, MaxOut: variadic,
		Tolerance: Exact, // of SequenceMap itself: what the body does has its own
		Infer:     inferSequenceMap, Control: controlSequenceMap,
	})
}

func inferSequenceMap(n *graph.Node) ([]graph.Type, error) {
	body, err := subgraph(n, "body", len(n.Inputs()), len(n.Outputs()))
	if err != nil {
		return nil, err
	}
	_, length, err := sequenceType(n, 0)
	if err != nil {
		return nil, err
	}
	for i := range n.Inputs() {
		t := inType(n, i)
		switch {
		case t.DType == graph.Sequence:
			t = t.ItemType()
		case t.DType == graph.Undefined:
			continue
		default:
			t.Elems = nil
		}
		body.Inputs[i].Type = t
	}
	types, err := inferSubgraph(body)
	if err != nil {
		return nil, err
	}
	for i, t := range types {
		types[i] = graph.SequenceType(t, length)
	}
	return types, nil
}

// controlSequenceMap runs the body for each item. Further inputs that are sequences advance with
// the first; tensors are the same for all items.
func controlSequenceMap(n *graph.Node, in []*graph.Tensor, run Subgraph) ([]*graph.Tensor, error) {
	body, err := subgraph(n, "body", len(in), len(n.Outputs()))
	if err != nil {
		return nil, err
	}
	first, err := itemsOf(in, 0)
	if err != nil {
		return nil, err
	}
	made := make([][]*graph.Tensor, len(body.Outputs))
	for p := range first {
		args := make([]*graph.Tensor, len(in))
		for i, x := range in {
			args[i] = x
			if x.DType() == graph.Sequence {
				if len(x.Items()) != len(first) {
					return nil, fmt.Errorf("input %d: want %d items as the first has, have %d", i, len(first), len(x.Items()))
				}
				args[i] = x.Items()[p]
			}
		}
		out, err := run(body, args)
		if err != nil {
			return nil, fmt.Errorf("item %d: %w", p, err)
		}
		for k, t := range out {
			made[k] = append(made[k], t)
		}
	}
	out := make([]*graph.Tensor, len(made))
	for k, items := range made {
		if err := itemKinds(items); err != nil {
			return nil, fmt.Errorf("output %d: %w", k, err)
		}
		out[k] = graph.SequenceOf(items...)
	}
	return out, nil
}
