package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "SplitToSequence", Doc: "a sequence of the parts of a tensor; https://onnx.ai/onnx/operators/onnx__SplitToSequence.html",
		Since: 11, Until: Latest, MinIn: 1, MaxIn: 2, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Infer:     inferSplitToSequence, Eval: evalSplitToSequence,
	})
}

// mostParts bounds the parts of a SplitToSequence, because a file can declare an axis of any
// extent.
const mostParts = 1 << 20

// sequenceParts returns how SplitToSequence divides an axis of that extent: the extent of every part, and whether the
// parts lose the axis. split is the elements of its second input, nil if it is omitted, and scalar whether that is one
// number for all parts.
func sequenceParts(n *graph.Node, extent int, split []int, scalar bool) (parts []int, squeeze bool, err error) {
	squeeze = split == nil && n.Int("keepdims", 1) == 0
	size := 1
	switch {
	case split == nil:
	case scalar && len(split) == 1:
		size = split[0]
	case scalar:
		return nil, false, fmt.Errorf("split: want one number or a list, have %v", split)
	default:
		total := 0
		for _, s := range split {
			if s < 0 || s > extent {
				return nil, false, fmt.Errorf("split: want sizes of 0 to %d, have %v", extent, split)
			}
			total += s
		}
		if total != extent {
			return nil, false, fmt.Errorf("split: sizes %v add up to %d, the axis has %d", split, total, extent)
		}
		return split, false, nil
	}
	if size < 1 {
		return nil, false, fmt.Errorf("split: want a positive number, have %d", size)
	}
	if extent/size > mostParts {
		return nil, false, fmt.Errorf("split: %d parts of %d are too many", extent/size, size)
	}
	for extent > 0 {
		part := min(size, extent)
		parts = append(parts, part)
		extent -= part
	}
	return parts, squeeze, nil
}

// StaticParts returns what sequenceParts finds from the node's types, with the axis counted from 0. ok is false if that
// depends on the inputs.
func StaticParts(n *graph.Node) (axis int, parts []int, squeeze, ok bool, err error) {
	x := inShape(n, 0)
	if x == nil {
		return 0, nil, false, false, nil
	}
	if axis, err = normalAxis(n.Int("axis", 0), len(x)); err != nil {
		return 0, nil, false, false, err
	}
	extent, known := x[axis].Value()
	var split []int
	if n.In(1) != nil {
		var all bool
		if split, all = inputInts(n, 1); !all || inShape(n, 1) == nil {
			return axis, nil, false, false, nil
		}
	}
	if !known {
		return axis, nil, n.In(1) == nil && n.Int("keepdims", 1) == 0, false, nil
	}
	parts, squeeze, err = sequenceParts(n, extent, split, n.In(1) != nil && len(inShape(n, 1)) == 0)
	return axis, parts, squeeze, err == nil, err
}

func inferSplitToSequence(n *graph.Node) ([]graph.Type, error) {
	x := inType(n, 0)
	axis, parts, squeeze, ok, err := StaticParts(n)
	if err != nil {
		return nil, err
	}
	item, length := graph.TensorType(x.DType, x.Shape.Clone()), graph.Unknown
	if x.Shape == nil {
		return []graph.Type{graph.SequenceType(item, length)}, nil
	}
	if ok {
		length = graph.Size(len(parts))
	}
	switch {
	case squeeze:
		item.Shape = slices.Delete(item.Shape, axis, axis+1)
	case n.In(1) == nil:
		item.Shape[axis] = graph.Size(1)
	case ok && len(parts) > 0 && !slices.ContainsFunc(parts, func(p int) bool { return p != parts[0] }):
		item.Shape[axis] = graph.Size(parts[0])
	default:
		item.Shape[axis] = graph.Unknown
	}
	return []graph.Type{graph.SequenceType(item, length)}, nil
}

func evalSplitToSequence(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x := in[0]
	axis, err := normalAxis(n.Int("axis", 0), x.Rank())
	if err != nil {
		return nil, err
	}
	split, err := intsOf(in, 1)
	if err != nil {
		return nil, err
	}
	if split == nil && len(in) > 1 && in[1] != nil {
		split = []int{}
	}
	parts, squeeze, err := sequenceParts(n, x.Shape()[axis], split, split != nil && in[1].Rank() == 0)
	if err != nil {
		return nil, err
	}
	items := make([]*graph.Tensor, len(parts))
	strides, at := rowMajor(x.Shape()), 0
	for i, p := range parts {
		dims := slices.Clone(x.Shape())
		dims[axis] = p
		if items[i], err = pick(x, strided(at*strides[axis], dims, strides), dims); err != nil {
			return nil, err
		}
		if squeeze {
			items[i] = items[i].Reshaped(slices.Delete(dims, axis, axis+1)...)
		}
		at += p
	}
	return sequenceOf(items)
}
