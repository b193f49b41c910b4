package lossless

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/group"
)

func init() {
	for _, name := range []string{"Reshape", "Flatten", "Squeeze", "Unsqueeze"} {
		transfers[name] = reshaped
	}
	transfers["Transpose"] = transposed
	transfers["Concat"] = concatenated
	transfers["Split"] = split
	for _, name := range []string{"MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool"} {
		transfers[name] = pooled
	}
}

// pooled: a pool computes each channel separately. https://onnx.ai/onnx/operators/onnx__AveragePool.html
func pooled(f *facts, n *graph.Node, out, axis int, of *group.Group) []slice {
	if axis > 1 || out != 0 {
		return nil
	}
	s := slices.Clone(f.of(n.In(0), axis, of))
	what := kind(n) + rest(n.In(0), axis)
	for i, x := range s {
		bounds := x.interval
		if n.Op == "AveragePool" { // it may count padding
			bounds = bounds.hull(point(0))
		}
		switch {
		case x.zero(), x.sym == one && n.Op != "AveragePool":
			continue
		case n.Op == "AveragePool" || n.Op == "GlobalAveragePool":
			s[i] = f.linear(what, x, bounds)
		default:
			s[i] = f.applied(what, x, bounds, unary{homogeneous: true})
		}
	}
	return s
}

// reshaped: the elements keep their row-major order while axes are split and merged.
func reshaped(f *facts, n *graph.Node, _, axis int, of *group.Group) []slice {
	x, y := n.In(0), n.Out(0)
	in, out := segment(x.Type.Shape, y.Type.Shape, axis)
	switch {
	case len(in) == 1 && len(out) == 1:
		return f.of(x, in[0], of)
	case len(in) == 1:
		return f.divided(x, in[0], y, out, axis, of)
	case len(out) == 1:
		return f.merged(x, in, y, of)
	}
	return nil
}

// segment finds the shortest runs of axes around the given one of out that hold the same elements. Axes of extent 1 are
// left out.
func segment(in, out graph.Shape, axis int) (i, o []int) {
	wide := func(s graph.Shape) (at []int) {
		for d, n := range s {
			if !n.Is(1) {
				at = append(at, d)
			}
		}
		return at
	}
	xs, ys := wide(in), wide(out)
	for len(xs) > 0 && len(ys) > 0 {
		i, o = xs[:1], ys[:1]
		a, b := in[xs[0]], out[ys[0]]
		for !a.Equal(b) {
			m, okA := a.Value()
			n, okB := b.Value()
			switch _, more := b.Div(a); {
			case (okA && okB && m < n || !(okA && okB) && more) && len(i) < len(xs):
				a = a.Mul(in[xs[len(i)]])
				i = xs[:len(i)+1]
			case len(o) < len(ys):
				b = b.Mul(out[ys[len(o)]])
				o = ys[:len(o)+1]
			default:
				return nil, nil
			}
		}
		if slices.Contains(o, axis) {
			return i, o
		}
		xs, ys = xs[len(i):], ys[len(o):]
	}
	return nil, nil
}

// divided: an axis became several, one of which is axis. Its slices are made of several of the old ones.
func (f *facts) divided(x *graph.Value, in int, y *graph.Value, out []int, axis int, of *group.Group) []slice {
	old := f.of(x, in, of)
	extents := extentsOf(y, out)
	if old == nil || extents == nil {
		return nil
	}
	at := slices.Index(out, axis)
	stride := 1
	for _, n := range extents[at+1:] {
		stride *= n
	}
	parts := make([][]slice, extents[at])
	for p, s := range old {
		q := p / stride % extents[at]
		parts[q] = append(parts[q], s)
	}
	s := make([]slice, len(parts))
	for q := range s {
		s[q] = f.tuple(fmt.Sprintf("tuple %d %s", axis, y.Type.Shape), parts[q])
	}
	return s
}

// tuple is the slice made of several.
func (f *facts) tuple(what string, parts []slice) slice {
	bounds, scale := parts[0].interval, 0.0
	syms := make([]symbol, len(parts))
	for i, p := range parts {
		bounds = bounds.hull(p.interval)
		syms[i] = p.sym
		if scale == 0 {
			scale = p.scale
		}
	}
	if bounds.isPoint() {
		return constant(bounds.lo)
	}
	ratios := make([]float64, len(parts))
	for i, p := range parts {
		ratios[i] = p.scale / scale
	}
	return slice{bounds, f.named(listed(what, syms), ratios...), scale}
}

// merged: several axes became one. Its slices are parts of those of the axis on which the group has positions.
func (f *facts) merged(x *graph.Value, in []int, y *graph.Value, of *group.Group) []slice {
	extents := extentsOf(x, in)
	if extents == nil {
		return nil
	}
	at := slices.IndexFunc(in, func(d int) bool { return f.members[of][group.Member{Value: x, Axis: d}] })
	if at < 0 {
		return nil
	}
	old := f.of(x, in[at], of)
	stride := 1
	for _, n := range extents[at+1:] {
		stride *= n
	}
	size := stride
	for _, n := range extents[:at+1] {
		size *= n
	}
	s := make([]slice, size)
	what := fmt.Sprintf("part %d %s %s ", at, x.Type.Shape, y.Type.Shape)
	for p := range s {
		s[p] = old[p/stride%extents[at]]
		if s[p].sym != one {
			other := p/(stride*extents[at])*stride + p%stride
			s[p].sym = f.named(what + strconv.Itoa(other) + " of " + strconv.Itoa(int(s[p].sym)))
		}
	}
	return s
}

func extentsOf(v *graph.Value, axes []int) []int {
	out := make([]int, len(axes))
	for i, d := range axes {
		n, known := v.Type.Shape[d].Value()
		if !known {
			return nil
		}
		out[i] = n
	}
	return out
}

// transposed: https://onnx.ai/onnx/operators/onnx__Transpose.html
func transposed(f *facts, n *graph.Node, _, axis int, of *group.Group) []slice {
	perm, err := op.DecodeTranspose(n, len(n.In(0).Type.Shape))
	if err != nil {
		return nil
	}
	s := slices.Clone(f.of(n.In(0), perm[axis], of))
	others := slices.Delete(slices.Clone(perm), axis, axis+1)
	if slices.IsSorted(others) {
		return s
	}
	for i, x := range s {
		if x.sym != one {
			s[i] = f.linear(fmt.Sprintf("Transpose %v %s", others, rest(n.In(0), perm[axis])), x, x.interval)
		}
	}
	return s
}

// concatenated: https://onnx.ai/onnx/operators/onnx__Concat.html
func concatenated(f *facts, n *graph.Node, _, axis int, of *group.Group) []slice {
	at, err := op.DecodeConcat(n, len(n.Out(0).Type.Shape))
	if err != nil {
		return nil
	}
	var s []slice
	var parts [][]slice
	for _, v := range n.Inputs() {
		p := f.of(v, axis, of)
		if p == nil {
			return nil
		}
		s = append(s, p...)
		parts = append(parts, p)
	}
	if at == axis {
		return s
	}
	s = make([]slice, len(parts[0]))
	for i := range s {
		var own []slice
		for _, p := range parts {
			if len(p) != len(s) {
				return nil
			}
			own = append(own, p[i])
		}
		s[i] = f.tuple("joined "+kind(n)+rest(n.Out(0), axis), own)
	}
	return s
}

// split: https://onnx.ai/onnx/operators/onnx__Split.html
func split(f *facts, n *graph.Node, out, axis int, of *group.Group) []slice {
	rank := len(n.Out(out).Type.Shape)
	if at := (n.Int("axis", 0) + rank) % rank; at != axis {
		return nil
	}
	from := 0
	for _, v := range n.Outputs()[:out] {
		if v == nil {
			return nil
		}
		d, known := v.Type.Shape[axis].Value()
		if !known {
			return nil
		}
		from += d
	}
	s := f.of(n.In(0), axis, of)
	d, _ := n.Out(out).Type.Shape[axis].Value()
	if from+d > len(s) {
		return nil
	}
	return slices.Clone(s[from : from+d])
}
