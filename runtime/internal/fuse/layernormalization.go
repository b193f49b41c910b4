package fuse

import (
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() { register("Add", layerNormalization) }

// layerNormalization finds (x - mean) / sqrt(variance + epsilon), times a constant plus another,
// over the last axis (Ba, Kiros and Hinton 2016;
// https://onnx.ai/onnx/operators/onnx__LayerNormalization.html).
func layerNormalization(n *graph.Node) *fused {
	for _, s := range sides(n) {
		m := from(s[0], "Mul")
		if m == nil || s[1].Const == nil {
			continue
		}
		for _, t := range sides(m) {
			x, epsilon, ok := standardised(t[0])
			if !ok || !rowOf(t[1], x) || !rowOf(s[1], x) {
				continue
			}
			return &fused{op: "LayerNormalization", version: 17, inputs: []*graph.Value{x, t[1], s[1]},
				attrs: []*graph.Attr{graph.IntAttr("axis", -1), graph.FloatAttr("epsilon", epsilon)}}
		}
	}
	return nil
}

// rowOf reports whether v is a constant with one number for each position of x's last axis.
func rowOf(v, x *graph.Value) bool {
	rank := len(x.Type.Shape)
	return v.Const != nil && v.Const.DType() == graph.Float32 && rank > 0 && v.Const.Rank() == 1 && x.Type.Shape[rank-1].Is(v.Const.Len())
}

// standardised returns x and epsilon if v is (x - mean) / sqrt(variance + epsilon) over the last
// axis.
func standardised(v *graph.Value) (x *graph.Value, epsilon float32, ok bool) {
	q := from(v, "Div")
	if q == nil {
		return nil, 0, false
	}
	d, root := from(q.In(0), "Sub"), from(q.In(1), "Sqrt")
	if d == nil || root == nil {
		return nil, 0, false
	}
	a := from(root.In(0), "Add")
	x = d.In(0)
	if a == nil || lastMean(d.In(1)) != x {
		return nil, 0, false
	}
	for _, s := range sides(a) {
		c := s[1]
		if c.Const == nil || c.Const.DType() != graph.Float32 || c.Const.Len() != 1 {
			continue
		}
		if y := square(lastMean(s[0])); y != nil && sameDifference(y, d) {
			return x, graph.Data[float32](c.Const)[0], true
		}
	}
	return nil, 0, false
}

// sameDifference reports whether y is the output of d, or of another node that computes the same.
func sameDifference(y *graph.Value, d *graph.Node) bool {
	if y == d.Out(0) {
		return true
	}
	e := from(y, "Sub")
	return e != nil && e.In(0) == d.In(0) && lastMean(e.In(1)) == d.In(0)
}

// square returns y if v is y², and nil otherwise.
func square(v *graph.Value) *graph.Value {
	if p := from(v, "Pow"); p != nil && isNumber(p.In(1), 2) {
		return p.In(0)
	}
	if p := from(v, "Mul"); p != nil && p.In(0) == p.In(1) {
		return p.In(0)
	}
	return nil
}

// lastMean returns x if v is its mean over the last axis, with that axis kept, and nil otherwise.
func lastMean(v *graph.Value) *graph.Value {
	m := from(v, "ReduceMean")
	if m == nil || m.Int("keepdims", 1) != 1 {
		return nil
	}
	axes := m.Ints("axes")
	if m.Version >= 18 {
		if m.In(1) == nil || m.In(1).Const == nil {
			return nil
		}
		k, _ := graph.Ints(m.In(1).Const)
		for _, a := range k {
			axes = append(axes, graph.Saturate(a))
		}
	}
	if rank := len(m.In(0).Type.Shape); !slices.Equal(axes, []int{-1}) && !slices.Equal(axes, []int{rank - 1}) {
		return nil
	}
	return m.In(0)
}
