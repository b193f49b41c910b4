package runtime_test

import (
	"math"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// growReshape gives x other extents, either constant or computed from its own.
func growReshape(w *grower, x *graph.Value) {
	d := w.dims(x)
	var to []int
	for i := range d {
		if to = append(to, d[i]); w.variable(x, i) {
			to[i] = -1
		}
	}
	switch w.IntN(6) {
	case 0: // split an axis
		for i, n := range to {
			if n > 0 && n%2 == 0 {
				to = slices.Insert(to, i, 2)
				to[i+1] /= 2
				break
			}
		}
	case 1: // merge two
		if i := w.IntN(max(1, len(to)-1)); len(to) > 1 && to[i] > 0 && to[i+1] > 0 {
			to[i] *= to[i+1]
			to = slices.Delete(to, i+1, i+2)
		}
	case 2:
		to = []int{-1}
	case 3:
		if len(d) > 0 {
			to = []int{-1, d[len(d)-1]}
		}
	case 4:
		growDynamicReshape(w, x)
		return
	default:
		to = append(to, 1)
	}
	w.node("Reshape", values{x, w.ints(to...)})
}

// growDynamicReshape reads an extent of x and puts it before a single extent for all other axes.
func growDynamicReshape(w *grower, x *graph.Value) {
	if len(w.dims(x)) == 0 {
		return
	}
	axis := w.IntN(len(w.dims(x)))
	shape := w.node("Shape", values{x})
	extent := w.node("Gather", values{shape, w.ints(axis)}, graph.IntAttr("axis", 0))
	w.node("Reshape", values{x, w.node("Concat", values{extent, w.ints(-1)}, graph.IntAttr("axis", 0))})
}

// growView makes a view of x, or returns it as it is.
func growView(w *grower, x *graph.Value) {
	rank := len(w.dims(x))
	switch w.IntN(7) {
	case 0:
		w.node("Flatten", values{x}, graph.IntAttr("axis", w.IntN(rank+1)))
	case 1:
		w.node("Unsqueeze", values{x, w.ints(w.IntN(rank + 1))})
	case 2:
		if i := slices.Index(w.dims(x), 1); i >= 0 {
			w.node("Squeeze", values{x, w.ints(i)})
		}
	case 3:
		w.node("Identity", values{x})
	case 4:
		w.node("Dropout", values{x})
	case 5:
		w.node("Expand", values{x, w.ints(append([]int{1 + w.IntN(2)}, slices.Repeat([]int{1}, rank)...)...)})
	default:
		w.node("Cast", values{x}, graph.IntAttr("to", int(graph.Float32)))
	}
}

func growNormalization(w *grower, x *graph.Value) {
	d := w.dims(x)
	if len(d) == 0 {
		return
	}
	axis := w.IntN(len(d))
	switch w.IntN(5) {
	case 0, 1:
		if len(d) > 1 && !w.variable(x, 1) {
			c := d[1]
			w.perhaps(w.node("BatchNormalization", values{x, w.weight(c), w.weight(c), w.weight(c), w.positive(c)}))
		}
	case 2:
		w.node([]string{"Softmax", "LogSoftmax"}[w.IntN(2)], values{x}, graph.IntAttr("axis", axis))
	case 3:
		for i := axis; i < len(d); i++ {
			if w.variable(x, i) {
				return
			}
		}
		in := values{x, w.weight(d[axis:]...)}
		if w.IntN(2) == 0 {
			in = append(in, w.weight(d[axis:]...))
		}
		w.node("LayerNormalization", in, graph.IntAttr("axis", axis), graph.FloatAttr("epsilon", 0.05))
	case 4:
		if len(d) > 2 && !w.variable(x, 1) {
			w.node("InstanceNormalization", values{x, w.weight(d[1]), w.weight(d[1])}, graph.FloatAttr("epsilon", 0.05))
		}
	}
}

// growLayerNormalization builds LayerNormalization from the operators that exporters split it into.
func growLayerNormalization(w *grower, x *graph.Value) {
	d := w.dims(x)
	if len(d) == 0 || w.variable(x, len(d)-1) {
		return
	}
	axes := graph.IntsAttr("axes", -1)
	centred := w.node("Sub", values{x, w.node("ReduceMean", values{x}, axes)})
	squares := w.node("Pow", values{centred, w.number(2)})
	if w.IntN(2) == 0 {
		squares = w.node("Mul", values{centred, centred})
	}
	deviation := w.node("Sqrt", values{w.node("Add", values{w.node("ReduceMean", values{squares}, axes), w.number(0.05)})})
	y := w.node("Div", values{centred, deviation})
	n := d[len(d)-1]
	w.node("Add", values{w.node("Mul", values{y, w.weight(n)}), w.weight(n)})
}

// growPieces builds a function of x from the operators that exporters split it into.
func growPieces(w *grower, x *graph.Value) {
	switch w.IntN(5) {
	case 0:
		w.node("Mul", values{x, w.node("Sigmoid", values{x})})
	case 1:
		w.node("Mul", values{w.node("HardSigmoid", values{x}, graph.FloatAttr("alpha", 1.0/6), graph.FloatAttr("beta", 0.5)), x})
	case 2:
		c := w.node("Clip", values{w.node("Add", values{x, w.number(3)}), w.constant(graph.TensorOf([]float32{0}, []int{}...)), w.constant(graph.TensorOf([]float32{6}, []int{}...))})
		if w.IntN(2) == 0 {
			w.node("Div", values{w.node("Mul", values{x, c}), w.number(6)})
		} else {
			w.node("Mul", values{x, w.node("Div", values{c, w.number(6)})})
		}
	default:
		e := w.node("Add", values{w.node("Erf", values{w.node("Div", values{x, w.number(math.Sqrt2)})}), w.number(1)})
		if w.IntN(2) == 0 {
			w.node("Mul", values{w.node("Mul", values{x, e}), w.number(0.5)})
		} else {
			w.node("Mul", values{w.node("Mul", values{x, w.number(0.5)}), e})
		}
	}
}
