package rotation

import (
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/linear"
)

// contracts reports whether n is a product of two computed values over the group.
func (f *flow) contracts(n *graph.Node) bool {
	x, y := n.In(0), n.In(1)
	return n.Op == "MatMul" && n.Domain == "" && f.holds(x) && f.holds(y) && f.fromEnd(x) == -1 && f.fromEnd(y) == -2
}

// meet records what a product has in common for each pair of positions that it combines: the rows of one operand meet
// all columns of the other.
func (f *flow) meet(n *graph.Node) {
	x, y := n.In(0), n.In(1)
	f.unlike(x, y)
	for _, v := range []*graph.Value{x, y, n.Out(0)} {
		for factor, times := range f.times(v) {
			if times > 1 {
				f.mixed[factor] = true
			}
		}
	}
	if rank := len(x.Type.Shape); rank > 1 {
		f.mixAxis(x, rank-2)
	}
	f.mixAxis(y, len(y.Type.Shape)-1)
}

// pair lists all streams that products join s to, including s, and assigns each a side; ok is false if one would have to
// be on both.
func (f *flow) pair(s *stream) (all []*stream, ok bool) {
	s.turned = 1
	all = []*stream{s}
	for i := 0; i < len(all); i++ {
		for _, n := range all[i].products {
			x, y := f.streams[n.In(0)].find(), f.streams[n.In(1)].find()
			other := x
			if all[i] == x {
				other = y
			}
			switch other.turned {
			case all[i].turned:
				return nil, false
			case 0:
				other.turned = -all[i].turned
				all = append(all, other)
			}
		}
	}
	return all, true
}

// central returns the side of products whose mean does not matter, because the products are read by a softmax over its
// positions only: what is added to all logits alike does not change a softmax. It is 0 if there is none.
func (f *flow) central(all []*stream) int {
	side := 0
	for _, s := range all {
		for _, n := range s.products {
			at := softmaxBehind(n.Out(0))
			if at < 0 {
				return 0
			}
			keys := f.streams[n.In(at)].find().turned
			if side != 0 && side != keys {
				return 0
			}
			side = keys
		}
	}
	return side
}

// softmaxBehind returns the operand of a product, 0 or 1, over whose positions a softmax is taken that is the only
// reader of the product, behind scaling and a mask. It is -1 if there is none.
// https://onnx.ai/onnx/operators/onnx__Softmax.html
func softmaxBehind(v *graph.Value) int {
	rank := len(v.Type.Shape)
	for range 4 {
		n := linear.OnlyReader(v)
		if n == nil || n.Domain != "" || n.Out(0) == nil || len(n.Out(0).Type.Shape) != rank {
			return -1
		}
		switch n.Op {
		case "Softmax":
			standard := -1
			if n.Version < 13 {
				standard = 1
			}
			axis := n.Int("axis", standard)
			if axis < 0 {
				axis += rank
			}
			if n.Version < 13 && axis != rank-1 { // it was over all axes from there on
				return -1
			}
			return slices.Index([]int{rank - 2, rank - 1}, axis)
		case "Mul", "Div":
			if !scalar(n.In(1)) && (n.Op == "Div" || !scalar(n.In(0))) {
				return -1
			}
		case "Add", "Sub":
		default:
			return -1
		}
		v = n.Out(0)
	}
	return -1
}

// scalar reports whether v is one constant number.
func scalar(v *graph.Value) bool {
	return v != nil && v.Const != nil && v.Const.Len() == 1 && !v.IsInput()
}
