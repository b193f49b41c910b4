package runtime_test

import (
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

type values = []*graph.Value

// growths are the steps by which networks grow from a value.
var growths = []func(*grower, *graph.Value){
	growConv, growConv, growGemm, growMatMul, growMatMul, growBinary, growBinary, growBinary, growUnary, growUnary, growPool,
	growConcat, growSplit, growSlice, growPad, growTranspose, growTranspose, growReshape, growReshape, growView, growNormalization,
	growNormalization, growReduction, growPieces, growPieces, growLayerNormalization, growResidual,
}

func growConv(w *grower, x *graph.Value) {
	d := w.dims(x)
	if len(d) < 3 || w.variable(x, 1) {
		return
	}
	groups, each, outs := 1, d[1], 1+w.IntN(9)
	switch w.IntN(4) {
	case 0: // depthwise
		groups, each, outs = d[1], 1, d[1]*(1+w.IntN(2))
	case 1:
		if d[1]%2 == 0 {
			groups, each, outs = 2, d[1]/2, 2*(1+w.IntN(5))
		}
	}
	var kernel, strides, dilations, pads []int
	for range d[2:] {
		kernel = append(kernel, 1+w.IntN(3))
		strides = append(strides, 1+w.IntN(3)/2)
		dilations = append(dilations, 1+w.IntN(4)/3)
	}
	for range 2 * len(d[2:]) {
		pads = append(pads, w.IntN(2))
	}
	in := values{x, w.weight(append([]int{outs, each}, kernel...)...)}
	if w.IntN(2) == 0 {
		in = append(in, w.weight(outs))
	}
	y := w.node("Conv", in, graph.IntAttr("group", groups), graph.IntsAttr("strides", strides...), graph.IntsAttr("dilations", dilations...),
		graph.IntsAttr("pads", pads...))
	if y != nil && w.IntN(3) == 0 {
		bias := slices.Repeat([]int{1}, len(d)-1)
		bias[0] = outs
		y = w.node("Add", values{y, w.weight(bias...)})
	}
	w.perhaps(y)
}

// perhaps sometimes adds an activation after y.
func (w *grower) perhaps(y *graph.Value) {
	if y != nil && w.IntN(2) == 0 {
		growUnary(w, y)
	}
}

// growResidual adds to a value what was computed from it, so that both are read afterwards.
func growResidual(w *grower, x *graph.Value) {
	d := w.dims(x)
	var y *graph.Value
	switch {
	case len(d) >= 3 && !w.variable(x, 1):
		y = w.node("Conv", values{x, w.weight(append([]int{d[1], d[1]}, slices.Repeat([]int{1}, len(d)-2)...)...)})
	case len(d) > 0 && !w.variable(x, len(d)-1):
		y = w.node("MatMul", values{x, w.weight(d[len(d)-1], d[len(d)-1])})
	}
	if y == nil {
		return
	}
	in := values{x, y}
	if w.IntN(2) == 0 {
		in = values{y, x}
	}
	w.perhaps(w.node("Add", in))
}

func growGemm(w *grower, x *graph.Value) {
	d := w.dims(x)
	transA, transB := w.IntN(4)/3, w.IntN(2)
	if len(d) != 2 || w.variable(x, 1-transA) {
		return
	}
	k, n := d[1-transA], 1+w.IntN(20)
	b := []int{k, n}
	if transB == 1 {
		b = []int{n, k}
	}
	in := values{x, w.weight(b...)}
	switch w.IntN(6) {
	case 0:
		in = append(in, w.weight(n))
	case 1:
		in = append(in, w.weight(1, n))
	case 2:
		in = append(in, w.weight(1))
	case 3:
		in = append(in, w.weight())
	case 4:
		in = append(in, w.some(0))
	}
	beta := []float32{1, 1, 0, -0.5}[w.IntN(4)]
	y := w.node("Gemm", in, graph.IntAttr("transA", transA), graph.IntAttr("transB", transB),
		graph.FloatAttr("alpha", []float32{1, 1, 0.5}[w.IntN(3)]), graph.FloatAttr("beta", beta))
	w.perhaps(y)
}

func growMatMul(w *grower, x *graph.Value) {
	d := w.dims(x)
	if len(d) == 0 {
		return
	}
	k, n := d[len(d)-1], 1+w.IntN(20)
	var y *graph.Value
	switch w.IntN(7) {
	case 0, 1:
		if y = w.node("MatMul", values{x, w.weight(k, n)}); y != nil && w.IntN(2) == 0 {
			y = w.node("Add", values{w.weight(n), y})
		}
	case 2:
		y = w.node("MatMul", values{x, w.weight(k)})
	case 3:
		y = w.node("MatMul", values{x, w.weight(1+w.IntN(2), k, n)})
	case 4:
		if len(d) > 1 {
			y = w.node("MatMul", values{w.weight(n, d[len(d)-2]), x})
		}
	case 5: // with itself
		if len(d) > 1 {
			perm := graph.IntsAttr("perm", swapped(len(d), len(d)-2, len(d)-1)...)
			y = w.node("MatMul", values{x, w.node("Transpose", values{x}, perm)})
		} else {
			y = w.node("MatMul", values{x, x})
		}
	default:
		y = w.node("MatMul", values{x, w.some(1)})
	}
	if y != nil && w.IntN(3) == 0 {
		growTranspose(w, y)
	}
	w.perhaps(y)
}

func swapped(rank, a, b int) []int {
	perm := make([]int, rank)
	for i := range perm {
		perm[i] = i
	}
	perm[a], perm[b] = b, a
	return perm
}

// beside returns a constant of numbers from 0.5 to 1.5 such that it and x broadcast to each other.
func (w *grower) beside(x *graph.Value) *graph.Value {
	d := slices.Clone(w.dims(x))
	for i := range d {
		if w.variable(x, i) || w.IntN(2) == 0 {
			d[i] = 1
		}
	}
	switch w.IntN(4) {
	case 0:
		d = nil
	case 1:
		d = d[w.IntN(len(d)+1):]
	case 2:
		d = append([]int{1}, d...)
	}
	return w.positive(d...)
}

func growBinary(w *grower, x *graph.Value) {
	name := []string{"Add", "Mul", "Sub", "Div", "Max"}[w.IntN(5)]
	y := w.beside(x)
	switch w.IntN(4) {
	case 0:
		y = x
	case 1:
		y = w.some(0)
	}
	if y != x && w.IntN(2) == 0 && (name != "Div" || y.Const == nil) {
		x, y = y, x
	}
	if name == "Div" && y.Const == nil {
		name = "Sub"
	}
	w.perhaps(w.node(name, values{x, y}))
}

func growUnary(w *grower, x *graph.Value) {
	switch w.IntN(12) {
	case 0, 1, 2:
		w.node("Relu", values{x})
	case 3:
		w.node("Clip", values{x, w.constant(graph.TensorOf([]float32{0}, []int{}...)), w.constant(graph.TensorOf([]float32{6}, []int{}...))})
	case 4:
		w.node("Clip", values{x, nil, w.constant(graph.TensorOf([]float32{0.5}, []int{}...))})
	case 5:
		w.node("Pow", values{x, w.number(2)})
	case 6:
		w.node("PRelu", values{x, w.number(0.2)})
	default:
		names := []string{"Sigmoid", "Tanh", "LeakyRelu", "Elu", "HardSigmoid", "HardSwish", "Erf", "Softplus", "Abs", "Neg", "Exp", "Selu"}
		w.node(names[w.IntN(len(names))], values{x})
	}
}

func growPool(w *grower, x *graph.Value) {
	d := w.dims(x)
	if len(d) < 3 {
		return
	}
	if w.IntN(3) == 0 {
		w.node([]string{"GlobalAveragePool", "GlobalMaxPool"}[w.IntN(2)], values{x})
		return
	}
	var kernel, strides []int
	for range d[2:] {
		kernel, strides = append(kernel, 2+w.IntN(2)), append(strides, 1+w.IntN(2))
	}
	var pads []int
	for range 2 * len(d[2:]) {
		pads = append(pads, w.IntN(2))
	}
	attrs := []*graph.Attr{graph.IntsAttr("kernel_shape", kernel...), graph.IntsAttr("strides", strides...), graph.IntsAttr("pads", pads...), graph.IntAttr("ceil_mode", w.IntN(2))}
	if w.IntN(2) == 0 {
		w.node("MaxPool", values{x}, attrs...)
		return
	}
	w.node("AveragePool", values{x}, append(attrs, graph.IntAttr("count_include_pad", w.IntN(2)))...)
}

func growConcat(w *grower, x *graph.Value) {
	d := w.dims(x)
	if len(d) == 0 {
		return
	}
	axis := w.IntN(len(d))
	in := values{x}
	for range 1 + w.IntN(2) {
		y := w.some(len(d))
		switch w.IntN(3) {
		case 0:
			y = x
		case 1:
			c := slices.Clone(d)
			c[axis] = 1 + w.IntN(3)
			y = w.weight(c...)
		}
		if y != nil {
			in = append(in, y)
		}
	}
	if w.IntN(2) == 0 {
		slices.Reverse(in)
	}
	w.node("Concat", in, graph.IntAttr("axis", axis-w.IntN(2)*len(d)))
}

func growSplit(w *grower, x *graph.Value) {
	d := w.dims(x)
	if len(d) == 0 {
		return
	}
	axis := w.IntN(len(d))
	if d[axis] < 2 || w.variable(x, axis) {
		return
	}
	first := 1 + w.IntN(d[axis]-1)
	out := w.nodes("Split", 2, values{x, w.ints(first, d[axis]-first)}, graph.IntAttr("axis", axis))
	if out[0] != nil && w.IntN(2) == 0 {
		w.node("Mul", out)
	}
}

func growSlice(w *grower, x *graph.Value) {
	d := w.dims(x)
	if len(d) == 0 {
		return
	}
	axis := w.IntN(len(d))
	if w.IntN(3) == 0 {
		w.node("Slice", values{x, w.ints(-1), w.ints(-1000), w.ints(axis), w.ints(-1 - w.IntN(2))})
		return
	}
	w.node("Slice", values{x, w.ints(w.IntN(d[axis])), w.ints(1 + w.IntN(d[axis])), w.ints(axis), w.ints(1 + w.IntN(2))})
}

func growPad(w *grower, x *graph.Value) {
	var pads []int
	for range 2 * len(w.dims(x)) {
		pads = append(pads, w.IntN(3)/2)
	}
	if len(pads) == 0 {
		return
	}
	in := values{x, w.ints(pads...)}
	if w.IntN(2) == 0 {
		in = append(in, w.constant(graph.TensorOf([]float32{0.25}, []int{}...)))
	}
	w.node("Pad", in, graph.StringAttr("mode", []string{"constant", "reflect", "edge"}[w.IntN(3)]))
}

func growTranspose(w *grower, x *graph.Value) {
	if y := w.node("Transpose", values{x}, graph.IntsAttr("perm", w.Perm(len(w.dims(x)))...)); y != nil && w.IntN(3) == 0 {
		growReshape(w, y)
	}
}

func growReduction(w *grower, x *graph.Value) {
	d := w.dims(x)
	axes := w.Perm(len(d))[:w.IntN(len(d)+1)]
	keep := graph.IntAttr("keepdims", w.IntN(2))
	if w.IntN(3) == 0 {
		w.node("ReduceSum", values{x, w.ints(axes...)}, keep)
		return
	}
	attrs := []*graph.Attr{keep}
	if len(axes) > 0 {
		attrs = append(attrs, graph.IntsAttr("axes", axes...))
	}
	w.node([]string{"ReduceMean", "ReduceMax", "ReduceL2"}[w.IntN(3)], values{x}, attrs...)
}
