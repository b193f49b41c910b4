package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/memory"
)

// itemsOf returns the tensors of sequence input i of an Eval.
func itemsOf(in []*graph.Tensor, i int) ([]*graph.Tensor, error) {
	if in[i].DType() != graph.Sequence {
		return nil, fmt.Errorf("input %d: want a sequence, have %v%v", i, in[i].DType(), in[i].Shape())
	}
	return in[i].Items(), nil
}

// sequenceType returns the type of sequence input i and, where known, how many items it has.
func sequenceType(n *graph.Node, i int) (t graph.Type, length graph.Dim, err error) {
	t = inType(n, i)
	if t.DType != graph.Sequence && t.DType != graph.Undefined {
		return t, graph.Unknown, fmt.Errorf("input %d: want a sequence, have %v", i, t)
	}
	t.DType = graph.Sequence
	if length = graph.Unknown; len(t.Shape) == 1 {
		length = t.Shape[0]
	}
	return t, length, nil
}

// sequencePosition returns the position among count that input i of an Eval states, counted from 0.
// It returns absent if the input is omitted.
func sequencePosition(in []*graph.Tensor, i, count, absent int) (int, error) {
	if i >= len(in) || in[i] == nil {
		if absent < 0 {
			return 0, fmt.Errorf("position: the sequence is empty")
		}
		return absent, nil
	}
	p, err := oneNumber("position", in[i])
	if err != nil {
		return 0, err
	}
	return wrapIndex(p, count)
}

// itemKinds rejects items of different element types, which no sequence has.
func itemKinds(items []*graph.Tensor) error {
	for i, x := range items {
		if x.DType() == graph.Sequence || x.DType() != items[0].DType() {
			return fmt.Errorf("item %d: want elements of type %v as the first has, have %v", i, items[0].DType(), x.DType())
		}
	}
	return nil
}

// resized returns the type of a sequence that is longer by that many items.
func resized(t graph.Type, length graph.Dim, by int) []graph.Type {
	if n, known := length.Value(); known && n+by >= 0 {
		return []graph.Type{{DType: graph.Sequence, Shape: graph.ShapeOf(n + by), Item: t.Item}}
	}
	return []graph.Type{{DType: graph.Sequence, Shape: unknownShape(1), Item: t.Item}}
}

// sequenceOf wraps the only output of an operator that makes a sequence. Loops let sequences grow,
// and each item was small when it was computed, so the limit is checked for all of them together
// here.
func sequenceOf(items []*graph.Tensor) ([]*graph.Tensor, error) {
	if err := itemKinds(items); err != nil {
		return nil, err
	}
	total := int64(0)
	for i, x := range items {
		total = memory.Sum(total, 8)
		if i == 0 || x != items[i-1] {
			total = memory.Sum(total, x.Bytes(), perItem)
		}
	}
	if err := memory.Hold(fmt.Sprintf("a sequence of %d tensors", len(items)), total); err != nil {
		return nil, err
	}
	return []*graph.Tensor{graph.SequenceOf(items...)}, nil
}

// withoutItem returns items without the one at position p.
func withoutItem(items []*graph.Tensor, p int) []*graph.Tensor {
	return slices.Delete(slices.Clone(items), p, p+1)
}
