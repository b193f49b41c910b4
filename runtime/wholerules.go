package runtime

import (
	"math"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime/internal/kernel"
)

// wholeRules rewrite the nodes of operators so that quantized numbers are held as wholes says. A rule
// returns done == false, and inserts nothing that changes a result, if the node stays as it is.
var wholeRules map[string]func(w *wholes, n *graph.Node) (done bool, err error)

func init() {
	wholeRules = map[string]func(w *wholes, n *graph.Node) (done bool, err error){
		"QuantizeLinear": (*wholes).quantize, "DequantizeLinear": (*wholes).dequantize, "DynamicQuantizeLinear": (*wholes).quantizeByRange,
		"QLinearConv": (*wholes).convolve, "ConvInteger": (*wholes).convolve, "QLinearMatMul": (*wholes).multiply, "MatMulInteger": (*wholes).multiply,
		"Cast": (*wholes).cast, "Concat": (*wholes).concat, "Pad": (*wholes).pad,
	}
	for _, name := range []string{"Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity", "Transpose", "Slice", "Split", "Gather", "Expand", "Tile",
		"DepthToSpace", "SpaceToDepth", "MaxPool"} {
		wholeRules[name] = (*wholes).move
	}
}

// quantize holds what a QuantizeLinear with one constant scale computes. If it is only dequantized again,
// with one scale, it is held as what that makes of it.
func (w *wholes) quantize(n *graph.Node) (bool, error) {
	x, y := n.In(0), n.Out(0)
	lo, hi, ok := wholeRange(y.Type.DType)
	scale, single := scaleOf(n.In(1))
	zero, known := wholeNumber(n.In(2))
	if p := graph.DType(n.Int("precision", 0)); !ok || !single || !known || x.Type.DType != graph.Float32 || p != graph.Undefined && p != graph.Float32 ||
		n.Int("block_size", 0) != 0 {
		return false, nil
	}
	x, err := w.stored(x)
	if err != nil {
		return false, err
	}
	lo, hi = lo-float64(zero), hi-float64(zero)
	t := y.Type
	t.DType = graph.Float32
	step, dequantizers := w.dequantizers(y, zero)
	u, err := w.insert(kernel.Quantize, kernel.Own, 1, []*graph.Value{x}, t, graph.FloatAttr("scale", scale),
		graph.FloatAttr("lo", float32(lo)), graph.FloatAttr("hi", float32(hi)), graph.FloatAttr("step", step))
	if err != nil {
		return false, err
	}
	if len(dequantizers) == 0 {
		w.held[y] = wholeValue{value: u, zero: zero, most: max(-lo, hi)}
		return true, nil
	}
	for _, d := range dequantizers {
		w.dead[d] = true
		w.replace(d.Out(0), u)
	}
	return true, nil
}

// dequantizers returns the nodes that dequantize y, and their scale, if they are all that reads y and have
// the same scale and that zero point. Otherwise the scale is 1.
func (w *wholes) dequantizers(y *graph.Value, zero int64) (float32, []*graph.Node) {
	var all []*graph.Node
	var scale float32
	if y.IsOutput() || w.session.shown[y.Name] {
		return 1, nil
	}
	for _, u := range y.Uses() {
		s, z, ok := dequantizer(u.Node)
		if !ok || u.Index != 0 || u.Node.Graph() != w.graph || z != zero || len(all) > 0 && s != scale {
			return 1, nil
		}
		scale, all = s, append(all, u.Node)
	}
	if len(all) == 0 {
		return 1, nil
	}
	return scale, all
}

// dequantizer returns the scale and the zero point of a DequantizeLinear to float32 that has one constant
// scale.
func dequantizer(n *graph.Node) (scale float32, zero int64, ok bool) {
	if n.Op != "DequantizeLinear" || n.Domain != "" || n.Out(0) == nil || n.Out(0).Type.DType != graph.Float32 || n.Int("block_size", 0) != 0 || known(n) {
		return 0, 0, false
	}
	scale, ok = scaleOf(n.In(1))
	zero, single := wholeNumber(n.In(2))
	return scale, zero, ok && single
}

func (w *wholes) dequantize(n *graph.Node) (bool, error) {
	if w.dead[n] { // its QuantizeLinear does the work
		return true, nil
	}
	scale, _, ok := dequantizer(n)
	if _, isHeld := w.held[n.In(0)]; !ok || !isHeld { // of other values there is a kernel
		return false, nil
	}
	x, _, err := w.from(n.In(0), n.In(2))
	if x == nil || err != nil {
		return false, err
	}
	y, err := w.times(x, scale)
	w.replace(n.Out(0), y)
	return true, err
}

func (w *wholes) quantizeByRange(n *graph.Node) (bool, error) {
	x, y := n.In(0), n.Out(0)
	if x.Type.DType != graph.Float32 || y == nil || y.Type.Shape.Elems().Is(0) {
		return false, nil
	}
	x, err := w.stored(x)
	if err != nil {
		return false, err
	}
	t := y.Type
	t.DType = graph.Float32
	none := graph.Shape{}
	out, err := w.insertAll(kernel.QuantizeByRange, kernel.Own, 1, []*graph.Value{x},
		[]graph.Type{t, graph.TensorType(graph.Float32, none), graph.TensorType(graph.Uint8, none)})
	if err != nil {
		return false, err
	}
	for i := 1; i < 3; i++ {
		if v := n.Out(i); v != nil {
			w.replace(v, out[i])
		}
	}
	w.held[y] = wholeValue{value: out[0], dynamic: out[2], most: math.MaxUint8}
	return true, nil
}

// cast takes integers that are held as they are where float32 is wanted.
func (w *wholes) cast(n *graph.Node) (bool, error) {
	x, y := n.In(0), n.Out(0)
	h, ok := w.held[x]
	if !ok || h.dynamic != nil || y.Type.DType != graph.Float32 {
		return false, nil
	}
	u := h.value
	if h.zero != 0 {
		var err error
		if u, err = w.plus(u, float32(h.zero)); err != nil {
			return false, err
		}
	}
	w.replace(y, u)
	return true, nil
}

// move lets a node move numbers, or choose the largest, as they are held.
func (w *wholes) move(n *graph.Node) (bool, error) {
	h, ok := w.held[n.In(0)]
	if !ok || n.Op == "MaxPool" && n.Out(1) != nil || slices.Contains(n.Outputs(), nil) {
		return false, nil
	}
	return true, w.moved(n, h, []int{0}, []*graph.Value{h.value})
}

// moved inserts n with other inputs at some places and outputs held as h says.
func (w *wholes) moved(n *graph.Node, h wholeValue, at []int, inputs []*graph.Value) error {
	all := slices.Clone(n.Inputs())
	for i, k := range at {
		all[k] = inputs[i]
	}
	for i, v := range all {
		var err error
		if all[i], err = w.stored(v); err != nil {
			return err
		}
	}
	var types []graph.Type
	for _, v := range n.Outputs() {
		t := v.Type
		t.DType = graph.Float32
		types = append(types, t)
	}
	out, err := w.insertAll(n.Op, n.Domain, n.Version, all, types, n.Attrs...)
	if err != nil {
		return err
	}
	for i, v := range n.Outputs() {
		own := h
		own.value = out[i]
		w.held[v] = own
	}
	return nil
}

// concat counts all parts from the zero point of the first that is held.
func (w *wholes) concat(n *graph.Node) (bool, error) {
	i := slices.IndexFunc(n.Inputs(), func(v *graph.Value) bool { h, ok := w.held[v]; return ok && h.dynamic == nil })
	if i < 0 {
		return false, nil
	}
	h := w.held[n.In(i)]
	zero := w.graph.AddConst("zero", graph.TensorOf([]int64{h.zero}))
	var at []int
	var parts []*graph.Value
	for k, v := range n.Inputs() {
		x, most, err := w.from(v, zero)
		if x == nil || err != nil {
			return false, err
		}
		h.most = max(h.most, most)
		at, parts = append(at, k), append(parts, x)
	}
	return true, w.moved(n, h, at, parts)
}

// pad counts what is padded with from the zero point.
func (w *wholes) pad(n *graph.Node) (bool, error) {
	h, ok := w.held[n.In(0)]
	if !ok || h.dynamic != nil || n.Version < 11 {
		return false, nil
	}
	at, inputs := []int{0}, []*graph.Value{h.value}
	if n.Str("mode", "constant") == "constant" {
		with, ok := wholeNumber(n.In(2))
		if !ok || n.In(2) == nil && h.zero != 0 {
			return false, nil
		}
		if n.In(2) != nil {
			at, inputs = append(at, 2), append(inputs, w.graph.AddConst("padding", graph.TensorOf([]float32{float32(with - h.zero)})))
			h.most = max(h.most, math.Abs(float64(with-h.zero)))
		}
	}
	return true, w.moved(n, h, at, inputs)
}
