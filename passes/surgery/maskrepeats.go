package surgery

import (
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// zeroEach is zero for an axis whose extent is not known before the model runs, but which repeats a known number of
// positions of which some are removed (samples times heads). The axis is split in two for the mask and joined again.
func (mk *masker) zeroEach(v, w *graph.Value, axis int) error {
	kept, each := mk.a.KeptEach(mk.p, v, axis)
	if kept == nil || w.Const != nil {
		return nil
	}
	live := make([]bool, each)
	for _, k := range kept {
		live[k] = true
	}
	rank := len(v.Type.Shape)
	extents := slices.Repeat([]int{1}, rank+1)
	extents[axis+1] = each
	mask := mk.g.AddConst(w.Name+"_live", graph.TensorOf(live, extents...))
	zero := mk.g.AddConst(w.Name+"_zero", graph.NewTensor(v.Type.DType))
	readers := slices.Clone(w.Uses()) // not Shape and Reshape, which are added below

	shape, err := mk.node("Shape", w.Name+"_shape", []*graph.Value{w})
	if err != nil {
		return err
	}
	before, err := mk.part(shape, 0, axis)
	if err != nil {
		return err
	}
	after, err := mk.part(shape, axis+1, rank)
	if err != nil {
		return err
	}
	middle := mk.g.AddConst(w.Name+"_repeats", graph.TensorOf([]int64{-1, int64(each)}, 2))
	target, err := mk.node("Concat", w.Name+"_apart_shape", []*graph.Value{before, middle, after}, graph.IntAttr("axis", 0))
	if err != nil {
		return err
	}
	apart, err := mk.node("Reshape", w.Name+"_apart", []*graph.Value{w, target})
	if err != nil {
		return err
	}
	masked, err := mk.node("Where", w.Name+"_apart_masked", []*graph.Value{mask, apart, zero})
	if err != nil {
		return err
	}
	out, err := mk.node("Reshape", w.Name+"_masked", []*graph.Value{masked, shape})
	if err != nil {
		return err
	}
	out.Type = graph.TensorType(v.Type.DType, v.Type.Shape.Clone())
	for _, u := range readers {
		u.Node.SetInput(u.Index, out)
	}
	return nil
}

// part selects the elements from to to-1 of a vector.
func (mk *masker) part(v *graph.Value, from, to int) (*graph.Value, error) {
	bound := func(n int) *graph.Value { return mk.g.AddConst(v.Name+"_bound", graph.TensorOf([]int64{int64(n)}, 1)) }
	return mk.node("Slice", v.Name+"_part", []*graph.Value{v, bound(from), bound(to)})
}
