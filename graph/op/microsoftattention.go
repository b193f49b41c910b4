package op

import (
	"fmt"
	"math"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "Attention", Domain: microsoft,
		Doc:   "projection to queries, keys and values, and their attention; https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.Attention",
		Since: 1, Until: 1, MinIn: 2, MaxIn: 7, MinOut: 1, MaxOut: 2,
		Tolerance: Tolerance{1e-5, 1e-5},
		Takes: func(n *graph.Node, i int) Interval {
			if i == 3 && len(inShape(n, i)) == 1 { // lengths; a mask of more axes is 0 or 1
				return atLeastOne(i)(n, i)
			}
			return Any
		},
		Infer: inferProjectedAttention, Couple: coupleProjectedAttention, Resize: resizeProjectedAttention,
		Cost: costProjectedAttention, Eval: evalProjectedAttention,
	})
}

// microsoft is the domain of the operators that ONNX Runtime adds to ONNX's own.
const microsoft = "com.microsoft"

// projectedWidths returns the widths of queries, keys and values that the weights have side by
// side.
func projectedWidths(n *graph.Node, width graph.Dim) ([]graph.Dim, error) {
	if sizes := n.Ints("qkv_hidden_sizes"); len(sizes) > 0 {
		if len(sizes) != 3 || sizes[0] != sizes[1] || slices.Min(sizes) < 0 || slices.Max(sizes) > mostElements {
			return nil, fmt.Errorf("qkv_hidden_sizes: want three widths, those of queries and keys the same, have %v", sizes)
		}
		if all := sizes[0] + sizes[1] + sizes[2]; width.Known() && !width.Is(all) {
			return nil, fmt.Errorf("weights: want %d columns as qkv_hidden_sizes says, have %v", all, width)
		}
		return graph.ShapeOf(sizes...), nil
	}
	each, ok := width.Div(graph.Size(3))
	if !ok && width.Known() {
		return nil, fmt.Errorf("weights: %v columns do not divide into queries, keys and values", width)
	}
	return slices.Repeat([]graph.Dim{each}, 3), nil
}

// projectedHeads returns num_heads, the positions of a head of queries and keys, and those of a
// head of values.
func projectedHeads(n *graph.Node, widths []graph.Dim) (heads int, size, values graph.Dim, err error) {
	heads = n.Int("num_heads", 0)
	if size, err = perHead("weights", widths[0], heads); err == nil {
		values, err = perHead("weights", widths[2], heads)
	}
	return heads, size, values, err
}

func inferProjectedAttention(n *graph.Node) ([]graph.Type, error) {
	x := inType(n, 0)
	for i, name := range []string{"input", "weights", "bias", "", "past", "attention_bias"} {
		ranks := []int{3, 2, 1, 0, 5, 4}
		if name == "" {
			continue
		}
		if err := wantRank(n, i, name, ranks[i]); err != nil {
			return nil, err
		}
	}
	out, present := graph.TensorType(x.DType, unknownShape(3)), graph.TensorType(x.DType, unknownShape(5))
	w := inShape(n, 1)
	if w == nil {
		return []graph.Type{out, present}, nil
	}
	widths, err := projectedWidths(n, w[1])
	if err != nil {
		return nil, err
	}
	heads, size, _, err := projectedHeads(n, widths)
	if err != nil {
		return nil, err
	}
	if b := inShape(n, 2); b != nil && b[0].Known() && w[1].Known() && b[0] != w[1] {
		return nil, fmt.Errorf("bias: want %v elements, have %v", w[1], b[0])
	}
	out.Shape[2] = widths[2]
	present.Shape = graph.Shape{graph.Size(2), graph.Unknown, graph.Size(heads), graph.Unknown, size}
	if s := x.Shape; s != nil {
		if s[2].Known() && w[0].Known() && s[2] != w[0] {
			return nil, fmt.Errorf("weights: want %v rows to go with the input, have %v", s[2], w[0])
		}
		out.Shape[0], out.Shape[1] = s[0], s[1]
		present.Shape[1], present.Shape[3] = s[0], s[1].Add(pastPositions(n, 4, 3))
	}
	return []graph.Type{out, present}, nil
}

// pastPositions returns how many positions the cache in input i already holds, or 0 if it is
// omitted.
func pastPositions(n *graph.Node, i, axis int) graph.Dim {
	if n.In(i) == nil {
		return graph.Size(0)
	}
	if s := inShape(n, i); axis < len(s) {
		return s[axis]
	}
	return graph.Unknown
}

func coupleProjectedAttention(n *graph.Node) (c Coupling, err error) {
	w := inShape(n, 1)
	widths, err := projectedWidths(n, w[1])
	if err != nil {
		return c, err
	}
	heads, size, values, err := projectedHeads(n, widths)
	if err != nil {
		return c, err
	}
	a := newHeadAxes(&c, graph.Size(heads), graph.Size(1), size, values)
	parts := a.packed(&c)
	c.Sum = append(c.Sum, Sum{In(1, 1), parts})
	if n.In(2) != nil {
		c.Sum = append(c.Sum, Sum{In(2, 0), parts})
	}
	c.link(In(0, 0), Out(0, 0))
	c.pinAxis(In(0, 1), attended)
	c.pinAxis(Out(0, 1), attended)
	c.link(In(0, 2), In(1, 0))
	c.link(parts[2], Out(0, 2))
	pinInput(&c, n, 3, isParameter)
	pinSamples(&c, n, Out(0, 0), 3)
	a.bias(&c, n, 5, Out(0, 0))
	pinInput(&c, n, 6, isParameter)
	if n.In(4) != nil || n.Out(1) != nil {
		a.tied(&c)
	}
	if n.In(4) != nil {
		c.pinAxis(In(4, 0), "its positions are keys and values")
		a.cache(&c, func(d int) Axis { return In(4, 1+d) }, a.size, Out(0, 0))
	}
	if n.Out(1) != nil {
		c.pinAxis(Out(1, 0), "its positions are keys and values")
		a.cache(&c, func(d int) Axis { return Out(1, 1+d) }, a.size, Out(0, 0))
	}
	if n.Int("do_rotary", 0) != 0 {
		c.pinAxis(a.size.axis, rotates)
	}
	return c, nil
}

func resizeProjectedAttention(n *graph.Node, kept Kept) error {
	w := inShape(n, 1)
	widths, err := projectedWidths(n, w[1])
	if err != nil {
		return err
	}
	_, size, _, err := projectedHeads(n, widths)
	if err != nil {
		return err
	}
	sizes := make([]int, 3)
	for i, d := range widths {
		old, _ := d.Value()
		sizes[i] = keptCount(kept, VirtualAxis(virtualValues+1+i), old)
	}
	if n.Attr("qkv_hidden_sizes") != nil || sizes[0] != sizes[2] {
		n.SetAttr(graph.IntsAttr("qkv_hidden_sizes", sizes...))
	}
	resizeHeads(n, kept, "num_heads", "num_heads", size, n.Float("scale", 0) != 0)
	return nil
}

// costProjectedAttention counts the projection, the scores and the weighted values. It does not
// read attributes: widths are those of the tensors, which a plan may have changed already. Queries
// and keys share what values leave of the weights.
func costProjectedAttention(n *graph.Node) Cost {
	x, w, y := inShape(n, 0), inShape(n, 1), n.Out(0).Type.Shape
	if len(x) != 3 || len(w) != 2 || len(y) != 3 {
		return Cost{graph.Unknown}
	}
	both, known := w[1].Sub(y[2]).Value()
	if !known {
		return Cost{graph.Unknown}
	}
	rows := x[0].Mul(x[1])
	keys := x[1].Add(pastPositions(n, 4, 3))
	return Cost{rows.Mul(w.Elems().Add(keys.Mul(graph.Size(both / 2).Add(y[2]))))}
}

func evalProjectedAttention(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	if n.Int("do_rotary", 0) != 0 || n.Int("past_present_share_buffer", 0) != 0 {
		return nil, fmt.Errorf("do_rotary and past_present_share_buffer are not supported")
	}
	x, w := in[0], in[1]
	if x.Rank() != 3 || w.Rank() != 2 {
		return nil, fmt.Errorf("want input of 3 axes and weights of 2, have %v and %v", x.Shape(), w.Shape())
	}
	batch, rows, width := x.Shape()[0], x.Shape()[1], w.Shape()[1]
	widths, err := projectedWidths(n, graph.Size(width))
	if err != nil {
		return nil, err
	}
	heads, sizeDim, valuesDim, err := projectedHeads(n, widths)
	if err != nil {
		return nil, err
	}
	size, _ := sizeDim.Value()
	values, _ := valuesDim.Value()
	p, err := project(in, width)
	if err != nil {
		return nil, err
	}
	q := splitHeads(p, batch, rows, width, 0, heads, size)
	k := splitHeads(p, batch, rows, width, heads*size, heads, size)
	v := splitHeads(p, batch, rows, width, 2*heads*size, heads, values)
	before := 0
	if past := tensorAt(in, 4); past != nil {
		c, err := floatsAt(in, 4, "past", 2, batch, heads, -1, size)
		if err != nil || size != values {
			return nil, fmt.Errorf("past and widths %v do not go together: %w", widths, err)
		}
		before = past.Shape()[3]
		k = behind(c[:len(c)/2], k, batch*heads, before, rows, size)
		v = behind(c[len(c)/2:], v, batch*heads, before, rows, size)
	}
	a := dotProduct{batch: batch, heads: heads, repeat: 1, rows: rows, keys: before + rows, size: size, values: values,
		scale: statedScale(n, size)}
	if a.bias, err = microsoftBias(n, &a, tensorAt(in, 3), tensorAt(in, 5)); err != nil {
		return nil, err
	}
	if err := a.check(); err != nil {
		return nil, err
	}
	y, err := fromFloats(x.DType(), joinHeads(a.run(q, k, v), batch, heads, rows, values), []int{batch, rows, heads * values})
	if err != nil || n.Out(1) == nil {
		return []*graph.Tensor{y}, err
	}
	if size != values {
		return nil, fmt.Errorf("present holds keys and values of the same size, have %d and %d", size, values)
	}
	present, err := fromFloats(x.DType(), append(k, v...), []int{2, batch, heads, a.keys, size})
	return []*graph.Tensor{y, present}, err
}

// project multiplies the input by the weights and adds the bias.
func project(in []*graph.Tensor, width int) ([]float64, error) {
	x, w := in[0], in[1]
	inner := x.Shape()[2]
	if err := mustFit([]int{x.Shape()[0], x.Shape()[1], width}); err != nil {
		return nil, err
	}
	a, errA := floatsAt(in, 0, "input", -1, -1, w.Shape()[0])
	b, errB := floatsAt(in, 1, "weights", -1, -1)
	bias, errC := floatsAt(in, 2, "bias", width)
	for _, err := range []error{errA, errB, errC} {
		if err != nil {
			return nil, err
		}
	}
	out := make([]float64, x.Shape()[0]*x.Shape()[1]*width)
	for i := range out {
		row, column := i/width, i%width
		if bias != nil {
			out[i] = bias[column]
		}
		for d := range inner {
			out[i] += a[row*inner+d] * b[d*width+column]
		}
	}
	return out, nil
}

// microsoftBias returns what com.microsoft's attentions add to the scores: a mask of whole numbers,
// a bias, and what hides later keys. Masked keys get a large negative number, later keys no weight
// at all.
func microsoftBias(n *graph.Node, a *dotProduct, mask, bias *graph.Tensor) (f func(b, h, row, key int) float64, err error) {
	if mask != nil {
		if f, err = paddingBias(a, mask, float64(n.Float("mask_filter_value", -10000))); err != nil {
			return nil, err
		}
	}
	if bias != nil {
		v, ok := graph.Floats(bias)
		if !ok {
			return nil, fmt.Errorf("attention_bias: elements of type %v are not supported", bias.DType())
		}
		g, err := scoreBias(v, bias.Shape(), [4]int{a.batch, a.heads, a.rows, a.keys})
		if err != nil {
			return nil, err
		}
		f = both(f, g)
	}
	if n.Int("unidirectional", 0) != 0 {
		f = both(f, causal(a.keys-a.rows))
	}
	return f, nil
}

// paddingBias reads a mask for every key, for every query and key, or as the end (and start) of the
// keys that count in each sample.
func paddingBias(a *dotProduct, mask *graph.Tensor, filter float64) (func(b, h, row, key int) float64, error) {
	v, ok := graph.Ints(mask)
	if !ok {
		return nil, fmt.Errorf("mask: want whole numbers, have %v", mask.DType())
	}
	hide := func(hidden bool) float64 {
		if hidden {
			return filter
		}
		return 0
	}
	switch s := mask.Shape(); {
	case slices.Equal(s, []int{a.batch, a.keys}):
		return func(b, _, _, key int) float64 { return hide(v[b*a.keys+key] <= 0) }, nil
	case slices.Equal(s, []int{a.batch, a.rows, a.keys}):
		return func(b, _, row, key int) float64 { return hide(v[(b*a.rows+row)*a.keys+key] <= 0) }, nil
	case slices.Equal(s, []int{a.batch}):
		return func(b, _, _, key int) float64 { return hide(int64(key) >= v[b]) }, nil
	case slices.Equal(s, []int{2 * a.batch}):
		return func(b, _, _, key int) float64 {
			return hide(int64(key) >= v[b] || int64(key) < min(v[a.batch+b], math.MaxInt32))
		}, nil
	default:
		return nil, fmt.Errorf("a mask of shape %v for %d x %d scores of %d samples is not supported", s, a.rows, a.keys, a.batch)
	}
}
