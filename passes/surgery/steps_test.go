package surgery_test

import (
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// widths are extents with many divisors in common.
var widths = []int{2, 3, 4, 6, 8, 12}

func (w *grower) width() int { return widths[w.draw(len(widths))] }

func values(vs ...*graph.Value) []*graph.Value { return vs }

// step adds nodes behind v, which has an axis at least, and gives what they compute.
type step func(w *grower, v *graph.Value) []*graph.Value

// steps are what networks are made of, where the fixtures alone would bring it together too rarely.
var steps = []step{
	dense, conv, residual, scaled, concat, split, slice, reshape, transpose, reduced, normalized, activated, pooled, flatten,
	shuffled, space, attention, gated, gathered, padded, product, swapped, constant, expanded, regrouped,
}

// moves are those that only bring axes into another form, and what ties the forms: of these alone come networks whose
// axes are sums and products deep down.
var moves = []step{concat, split, reshape, transpose, regrouped, swapped, shuffled, residual, slice, expanded, reduced, product, dense}

func dense(w *grower, v *graph.Value) []*graph.Value {
	d := w.dims(v)
	n := w.width()
	k := d[len(d)-1]
	if len(d) == 2 && w.draw(2) == 0 {
		return values(w.node("Gemm", values(v, w.weight(n, k), w.weight(n)), graph.IntAttr("transB", 1)))
	}
	y := w.node("MatMul", values(v, w.weight(k, n)))
	if w.draw(2) == 0 {
		return values(w.node("Add", values(y, w.weight(n))))
	}
	return values(y)
}

// conv may have groups, one for each channel or fewer, with several outputs each.
func conv(w *grower, v *graph.Value) []*graph.Value {
	d := w.dims(v)
	if len(d) < 3 || len(d) > 4 {
		return w.unfit()
	}
	c := d[1]
	groups := 1
	if w.draw(2) == 0 {
		var all []int
		for i := 1; i <= c; i++ {
			if c%i == 0 {
				all = append(all, i)
			}
		}
		groups = all[len(all)-1-w.draw(len(all))]
	}
	out := w.width()
	if groups > 1 {
		out = groups * (1 + w.draw(3))
	}
	kernel := []int{out, c / groups}
	var pads []int
	size := 1 + 2*w.draw(2)
	for range d[2:] {
		kernel = append(kernel, size)
		pads = append(pads, size/2, size/2)
	}
	in := values(v, w.weight(kernel...))
	if w.draw(2) == 0 {
		in = append(in, w.weight(out))
	}
	return values(w.node("Conv", in, graph.IntAttr("group", groups), graph.IntsAttr("pads", pads...)))
}

func (w *grower) unfit() []*graph.Value {
	w.fail(errUnfit)
	return nil
}

// residual adds or multiplies two values of one shape, or one that broadcasts.
func residual(w *grower, v *graph.Value) []*graph.Value {
	u := w.some(func(u *graph.Value) bool {
		s, t := u.Type.Shape, v.Type.Shape
		if !isFloat(u) || u == v || len(s) > len(t) {
			return false
		}
		for i, d := range s {
			if e := t[len(t)-len(s)+i]; !d.Is(1) && !d.Equal(e) && !e.Is(1) {
				return false
			}
		}
		return true
	})
	name := []string{"Add", "Mul", "Sub", "Max"}[w.draw(4)]
	if w.draw(2) == 0 {
		u, v = v, u
	}
	return values(w.node(name, values(u, v)))
}

// scaled adds or multiplies a constant that broadcasts.
func scaled(w *grower, v *graph.Value) []*graph.Value {
	d := slices.Clone(w.dims(v))
	for i := range d {
		if !v.Type.Shape[i].Known() || w.draw(2) == 0 {
			d[i] = 1
		}
	}
	u := w.weight(d[w.draw(len(d)+1):]...)
	return values(w.node([]string{"Add", "Mul", "Sub"}[w.draw(3)], values(v, u)))
}

// inside is an axis of v whose extent is a number over 1.
// reshape joins neighbouring axes or takes one apart.
// regrouped divides what two neighbouring axes have together in another way.
// product multiplies two values: by their own transposition, or where rows and columns happen to fit.
// swapped puts the parts of an axis side by side in another order, some of them twice or not at all.
// constant offers a weight as if it were computed.
// expanded repeats a value along a new axis or one of extent 1, or tiles it.
// perm is an order of n things.
func reduced(w *grower, v *graph.Value) []*graph.Value {
	axis, _ := w.inside(v)
	name := []string{"ReduceSum", "ReduceMean", "ReduceMax", "ReduceL2"}[w.draw(4)]
	keep := graph.IntAttr("keepdims", w.draw(2))
	if version := w.m.Opsets[""]; version < 13 || version < 18 && name != "ReduceSum" {
		return values(w.node(name, values(v), keep, graph.IntsAttr("axes", axis)))
	}
	return values(w.node(name, values(v, w.ints(axis)), keep))
}

func normalized(w *grower, v *graph.Value) []*graph.Value {
	d := w.dims(v)
	switch w.draw(4) {
	case 0:
		return values(w.node("Softmax", values(v), graph.IntAttr("axis", -1-w.draw(max(1, len(d))))))
	case 1:
		if n := len(d); n > 1 {
			return values(w.node("LayerNormalization", values(v, w.constant("p_", graph.Float32, d[n-1:]), w.weight(d[n-1])), graph.IntAttr("axis", -1)))
		}
	case 2:
		if len(d) > 2 {
			return values(w.node("InstanceNormalization", values(v, w.weight(d[1]), w.weight(d[1]))))
		}
	default:
		if len(d) > 1 {
			c := d[1]
			return values(w.node("BatchNormalization", values(v, w.weight(c), w.weight(c), w.weight(c), w.constant("p_", graph.Float32, []int{c}))))
		}
	}
	return w.unfit()
}

func activated(w *grower, v *graph.Value) []*graph.Value {
	name := []string{"Relu", "Sigmoid", "Tanh", "Exp", "Softplus", "Abs", "Cos"}[w.draw(7)]
	return values(w.node(name, values(v)))
}

func pooled(w *grower, v *graph.Value) []*graph.Value {
	d := w.dims(v)
	if len(d) < 3 {
		return w.unfit()
	}
	if w.draw(2) == 0 {
		return values(w.node([]string{"GlobalAveragePool", "GlobalMaxPool"}[w.draw(2)], values(v)))
	}
	twos, pads := slices.Repeat([]int{2}, len(d)-2), make([]int, 2*len(d)-4)
	if w.draw(2) == 0 {
		for i := range pads {
			pads[i] = 1
		}
	}
	name := []string{"AveragePool", "MaxPool"}[w.draw(2)]
	return values(w.node(name, values(v), graph.IntsAttr("kernel_shape", twos...), graph.IntsAttr("strides", twos...), graph.IntsAttr("pads", pads...)))
}

// shuffled takes an axis apart, swaps the factors and joins them again.
func space(w *grower, v *graph.Value) []*graph.Value {
	if len(v.Type.Shape) != 4 {
		return w.unfit()
	}
	if w.draw(2) == 0 {
		return values(w.node("SpaceToDepth", values(v), graph.IntAttr("blocksize", 2)))
	}
	return values(w.node("DepthToSpace", values(v), graph.IntAttr("blocksize", 2), graph.StringAttr("mode", []string{"DCR", "CRD"}[w.draw(2)])))
}

// attention reads sequences: queries, keys and values of several heads, from one map or from three.
func attention(w *grower, v *graph.Value) []*graph.Value {
	d := w.dims(v)
	if len(d) != 3 || !v.Type.Shape[1].Known() || !v.Type.Shape[2].Known() {
		return w.unfit()
	}
	heads, each := 2+w.draw(3), 2+w.draw(3)
	n := heads * each
	var q, k, u *graph.Value
	if w.draw(2) == 0 {
		y := w.node("MatMul", values(v, w.weight(d[2], 3*n)))
		y = w.node("Reshape", values(y, w.ints(0, 0, 3, heads, each)))
		y = w.node("Transpose", values(y), graph.IntsAttr("perm", 2, 0, 3, 1, 4))
		var parts [3]*graph.Value
		for i := range parts {
			at := w.fixed(w.name("c"), graph.TensorOf([]int64{int64(i)}))
			parts[i] = w.node("Gather", values(y, at), graph.IntAttr("axis", 0))
		}
		q, k, u = parts[0], w.node("Transpose", values(parts[1]), graph.IntsAttr("perm", 0, 1, 3, 2)), parts[2]
	} else {
		read := func(perm ...int) *graph.Value {
			y := w.node("MatMul", values(v, w.weight(d[2], n)))
			y = w.node("Reshape", values(y, w.ints(0, 0, heads, each)))
			return w.node("Transpose", values(y), graph.IntsAttr("perm", perm...))
		}
		q, k, u = read(0, 2, 1, 3), read(0, 2, 3, 1), read(0, 2, 1, 3)
	}
	a := w.node("Softmax", values(w.node("MatMul", values(q, k))), graph.IntAttr("axis", -1))
	y := w.node("Transpose", values(w.node("MatMul", values(a, u))), graph.IntsAttr("perm", 0, 2, 1, 3))
	y = w.node("Reshape", values(y, w.ints(0, 0, n)))
	if w.draw(3) == 0 {
		return values(y)
	}
	return values(w.node("Add", values(v, w.node("MatMul", values(y, w.weight(n, d[2]))))))
}

// gated multiplies channels by what all positions say of them.
func gated(w *grower, v *graph.Value) []*graph.Value {
	d := w.dims(v)
	if len(d) != 4 {
		return w.unfit()
	}
	n := w.width()
	y := w.node("GlobalAveragePool", values(v))
	y = w.node("Relu", values(w.node("Conv", values(y, w.weight(n, d[1], 1, 1)))))
	y = w.node("Sigmoid", values(w.node("Conv", values(y, w.weight(d[1], n, 1, 1)))))
	return values(w.node("Mul", values(v, y)))
}
