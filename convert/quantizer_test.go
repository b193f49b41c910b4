package convert_test

import (
	"math"
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

// quantized returns the model at path in QDQ form, as quantizers write it: weights in int8 with a
// scale a channel, biases in int32, and the operands of products in uint8 with one scale and zero
// point for their range on the samples.
func quantized(t *testing.T, path string, feeds map[string]*graph.Tensor) *graph.Model {
	t.Helper()
	file, err := onnx.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	m := file.Model
	q := quantizer{t: t, g: m.Graph, opset: m.Graph.Nodes[0].Version, done: map[*graph.Value]*graph.Value{}, scale: map[*graph.Value]float32{}}
	q.ranges = observed(t, m, feeds)
	for _, n := range slices.Clone(m.Graph.Nodes) {
		switch n.Op {
		case "Conv", "Gemm", "MatMul":
			q.node(n)
		}
	}
	if err := m.Graph.Sort(); err != nil {
		t.Fatal(err)
	}
	return m
}

// observed returns the least and the greatest element of every computed operand of a product.
func observed(t *testing.T, m *graph.Model, feeds map[string]*graph.Tensor) map[string][2]float32 {
	t.Helper()
	c, _ := m.Clone()
	for _, n := range c.Graph.Nodes {
		for _, v := range n.Inputs() {
			if v != nil && v.Const == nil && !v.IsOutput() && !v.IsInput() {
				c.Graph.Outputs = append(c.Graph.Outputs, v)
			}
		}
	}
	out, err := runtime.Evaluator{}.Evaluate(t.Context(), c, feeds)
	if err != nil {
		t.Fatal(err)
	}
	ranges := map[string][2]float32{}
	for _, all := range []map[string]*graph.Tensor{out, feeds} {
		for name, x := range all {
			if x.DType() == graph.Float32 && x.Len() > 0 {
				v := graph.Data[float32](x)
				ranges[name] = [2]float32{min(0, slices.Min(v)), max(0, slices.Max(v))}
			}
		}
	}
	return ranges
}

type quantizer struct {
	t      *testing.T
	g      *graph.Graph
	opset  int
	ranges map[string][2]float32
	done   map[*graph.Value]*graph.Value
	scale  map[*graph.Value]float32
}

func (q *quantizer) add(op string, in []*graph.Value, out *graph.Value, attrs ...*graph.Attr) *graph.Value {
	q.t.Helper()
	if _, err := q.g.NewNode(op, "", q.opset, in, []*graph.Value{out}, attrs...); err != nil {
		q.t.Fatal(err)
	}
	return out
}

func (q *quantizer) node(n *graph.Node) {
	x := n.In(0)
	n.SetInput(0, q.activation(x))
	w := n.In(1)
	if w.Const == nil {
		n.SetInput(1, q.activation(w))
		return
	}
	axis := w.Const.Rank() - 1
	if n.Op == "Conv" || n.Int("transB", 0) != 0 {
		axis = 0
	}
	scales := q.weight(n, axis)
	if b := n.In(2); b != nil && b.Const != nil && n.Op == "Conv" {
		q.bias(n, scales, q.scale[x])
	}
}

// activation inserts QuantizeLinear and DequantizeLinear after x, once.
func (q *quantizer) activation(x *graph.Value) *graph.Value {
	if y := q.done[x]; y != nil {
		return y
	}
	r, ok := q.ranges[x.Name]
	if !ok {
		q.t.Fatalf("no range of %q", x.Name)
	}
	scale := max((r[1]-r[0])/255, 1e-6)
	q.scale[x] = scale
	s := q.g.AddConst(x.Name+"_scale", graph.TensorOf([]float32{scale}))
	z := q.g.AddConst(x.Name+"_zero", graph.TensorOf([]uint8{uint8(math.RoundToEven(float64(-r[0] / scale)))}))
	i := q.add("QuantizeLinear", []*graph.Value{x, s, z}, q.g.Fresh(x.Name+"_quantized"))
	q.done[x] = q.add("DequantizeLinear", []*graph.Value{i, s, z}, q.g.Fresh(x.Name+"_dequantized"))
	return q.done[x]
}

// weight stores input 1 in int8 with one scale for each position of the axis.
func (q *quantizer) weight(n *graph.Node, axis int) []float32 {
	w := n.In(1)
	data, dims := graph.Data[float32](w.Const), w.Const.Shape()
	inner := 1
	for _, d := range dims[axis+1:] {
		inner *= d
	}
	scales, ints := make([]float32, dims[axis]), make([]int8, len(data))
	for i, x := range data {
		k := i / inner % dims[axis]
		scales[k] = max(scales[k], float32(math.Abs(float64(x)))/127, 1e-6)
	}
	for i, x := range data {
		ints[i] = int8(math.RoundToEven(float64(x / scales[i/inner%dims[axis]])))
	}
	s := q.g.AddConst(w.Name+"_scale", graph.TensorOf(scales, len(scales)))
	z := q.g.AddConst(w.Name+"_zero", graph.NewTensor(graph.Int8, len(scales)))
	i := q.g.AddConst(w.Name+"_quantized", graph.TensorOf(ints, dims...))
	n.SetInput(1, q.add("DequantizeLinear", []*graph.Value{i, s, z}, q.g.Fresh(w.Name+"_dequantized"), graph.IntAttr("axis", axis)))
	q.drop(w)
	return scales
}

// bias stores input 2 in int32 with the scales of the products that it is added to.
func (q *quantizer) bias(n *graph.Node, scales []float32, x float32) {
	b := n.In(2)
	ints := make([]int32, len(scales))
	scales = slices.Clone(scales)
	for k, v := range graph.Data[float32](b.Const) {
		scales[k] *= x
		ints[k] = int32(math.RoundToEven(float64(v / scales[k])))
	}
	s := q.g.AddConst(b.Name+"_scale", graph.TensorOf(scales, len(scales)))
	i := q.g.AddConst(b.Name+"_quantized", graph.TensorOf(ints, len(ints)))
	n.SetInput(2, q.add("DequantizeLinear", []*graph.Value{i, s}, q.g.Fresh(b.Name+"_dequantized"), graph.IntAttr("axis", 0)))
	q.drop(b)
}

// drop removes constants that nothing reads any more.
func (q *quantizer) drop(v *graph.Value) {
	q.t.Helper()
	if len(v.Uses()) > 0 {
		return
	}
	if err := q.g.RemoveValue(v); err != nil {
		q.t.Fatal(err)
	}
}
