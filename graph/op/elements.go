package op

import (
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// statedIn finds element at of the vector input i in a constant that a cut may rewrite: the input
// itself, or a part of the Concat that computes it for n alone. node reads the constant as its
// input number, and within is the index of the element in it.
func statedIn(n *graph.Node, i, at int) (node *graph.Node, number, within int, ok bool) {
	v := n.In(i)
	if v == nil {
		return nil, 0, 0, false
	}
	if v.Const != nil {
		return n, i, at, at < v.Const.Len() && !v.IsInput()
	}
	d, _ := v.Def()
	if d == nil || d.Op != "Concat" || d.Domain != "" || len(v.Uses()) != 1 || v.IsOutput() {
		return nil, 0, 0, false
	}
	for k, part := range d.Inputs() {
		if part == nil || len(part.Type.Shape) != 1 {
			break
		}
		size, known := part.Type.Shape[0].Value()
		if !known {
			break
		}
		if at < size {
			return d, k, at, part.IsConstant()
		}
		at -= size
	}
	return nil, 0, 0, false
}

// restate rewrites element at of the vector input i, where statedIn finds it.
func restate(n *graph.Node, i, at, extent int) error {
	node, number, within, ok := statedIn(n, i, at)
	if !ok {
		return nil // no rule lets such an axis be cut
	}
	v, known := inputInts(node, number)
	if !known || within >= len(v) {
		return nil
	}
	v = slices.Clone(v)
	v[within] = extent
	return setInts(node, number, v)
}

// readAxes reports, for each of rank axes, whether a reader of n, a Shape from axis start on, may read that axis's
// extent. A Gather or Slice with constant positions reads only those.
func readAxes(n *graph.Node, rank, start int) []bool {
	read := make([]bool, rank)
	all := slices.Repeat([]bool{true}, rank)
	y := n.Out(0)
	if y == nil {
		return read
	}
	if y.IsOutput() || len(y.Type.Shape) != 1 || len(y.Uses()) == 0 {
		return all
	}
	count, known := y.Type.Shape[0].Value()
	if !known {
		return all
	}
	mark := func(k int) {
		if k < 0 {
			k += count
		}
		if k >= 0 && start+k < rank {
			read[start+k] = true
		}
	}
	for _, u := range y.Uses() {
		switch r := u.Node; {
		case r.Domain == "" && r.Op == "Gather" && u.Index == 0 && constantInts(r, 1) != nil:
			for _, k := range constantInts(r, 1) {
				mark(k)
			}
		case r.Domain == "" && r.Op == "Slice" && u.Index == 0:
			entries, ok, err := sliceEntries(r, 1)
			if err != nil || !ok || len(entries) != 1 {
				return all
			}
			first, taken, step, ok := entries[0].numbers(count)
			if !ok {
				return all
			}
			for j := range taken {
				mark(first + j*step)
			}
		default:
			return all
		}
	}
	return read
}

// constantInts returns the elements of the constant input i, or nil if it is not constant.
func constantInts(n *graph.Node, i int) []int {
	v := n.In(i)
	if v == nil || !v.IsConstant() {
		return nil
	}
	ints, _ := inputInts(n, i)
	return ints
}
