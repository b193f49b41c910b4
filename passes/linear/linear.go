package linear

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// Map is a node that computes y = W x + b, one such product for each group (several in
// grouped convolutions and diagonal maps only) and each row of its input: an output position of a convolution, a
// row of a matrix product, a position of a normalisation or of a product with a vector, of which each
// channel is a group.
type Map struct {
	Node *graph.Node
	// Operand is the index of the input that is not constant: 0 but for a product whose constant comes first.
	Operand int
	// Groups, and the extents of one group's W: Outs x Cols.
	Groups, Outs, Cols int
	// In is the axis of the operand that is contracted. Each position of it owns Taps
	// neighbouring columns of its group (the kernel positions of a convolution, in row-major order).
	In, Taps int
	// Out is the axis of the output that counts outputs, group after group.
	Out int
	// Result is the value in which weights and bias have both done their work: the node's output, or
	// that of an Add right behind it.
	Result *graph.Value
	// HasBias says whether there is a place for a bias, whether or not one is there yet: then a
	// change of the inputs' means can be made up for.
	HasBias bool
	// Quantized says that weights or bias are kept as integers behind a DequantizeLinear: what is written is rounded.
	Quantized bool
	// Opaque says that something computed, or different from row to row, is added to the product
	// as well.
	Opaque bool

	layout layout
	// normal computes what the weights multiply where that is not the operand itself.
	normal func(*graph.Tensor) (*graph.Tensor, error)
	// taps tells where the input of a convolution is read; nil for matrices.
	taps func(in []int) (*window, error)
}

// layout knows where a node keeps its numbers.
type layout struct {
	weights func() []float64 // Groups x Outs x Cols
	bias    func() []float64 // Groups x Outs
	write   func(weights, bias []float64)
	restate func(weights, bias []float64) bool // nil where there are no statistics
}

// readers see nodes of one operator of the ONNX domain as a Map; nil when a node is none. Input 1 holds constant
// floating-point numbers, or quantized ones; of a Mul, one of its inputs holds constant floating-point numbers.
var readers = map[string]func(n *graph.Node, w *graph.Tensor) *Map{}

// products are the operators whose weights, and bias, may come from a DequantizeLinear of constants.
var products = map[string]bool{"Conv": true, "ConvTranspose": true, "Gemm": true, "MatMul": true}

func register(op string, f func(n *graph.Node, w *graph.Tensor) *Map) { readers[op] = f }

// Of sees n as a Map; nil when it is none.
func Of(n *graph.Node) *Map {
	f := readers[n.Op]
	if f == nil || n.Domain != "" || n.In(0) == nil || n.In(0).Type.Shape == nil {
		return nil
	}
	w := Fixed(n, 1)
	quantized := w == nil && products[n.Op]
	if quantized {
		w = Dequantized(n.In(1))
	}
	if n.Op != "Mul" && (w == nil || n.In(0).Const != nil) {
		return nil
	}
	m := f(n, w)
	if m != nil {
		m.Node = n
		m.Quantized = quantized || products[n.Op] && dequantizer(n.In(2)) != nil
		if m.Result == nil {
			m.Result = n.Out(0)
		}
	}
	return m
}

// Name is what statistics of the map are filed under, and what reports call it by.
func (m *Map) Name() string { return m.Node.Out(0).Name }

// Weights is W as Groups x Outs x Cols numbers, a new slice.
func (m *Map) Weights() []float64 { return m.layout.weights() }

// Bias is b as Groups x Outs numbers, zeroes where none is there yet, a new slice; nil without HasBias.
func (m *Map) Bias() []float64 {
	if !m.HasBias {
		return nil
	}
	return m.layout.bias()
}

// X is the operand, whose rows are read.
func (m *Map) X() *graph.Value { return m.Node.In(m.Operand) }

// W is the constant that holds the weights.
func (m *Map) W() *graph.Tensor { return contents(m.Node, 1-m.Operand) }

// Write puts W and, where HasBias, b into the model, in the element type that the weights have. A tensor that others
// read as well is not changed for them.
func (m *Map) Write(weights, bias []float64) { m.layout.write(weights, bias) }

// Restate puts W and b into the statistics that the node normalises by and leaves its scale and shift as they are. It reports
// false, and changes nothing, where there are no constant statistics, or none that would do. The Map is then that of
// another node: see it again.
func (m *Map) Restate(weights, bias []float64) bool {
	return m.layout.restate != nil && m.layout.restate(weights, bias)
}

// Fixed is the contents of input i where they are floating-point numbers and nobody can feed others.
func Fixed(n *graph.Node, i int) *graph.Tensor {
	v := n.In(i)
	if v == nil || !v.IsConstant() || !v.Const.DType().IsFloat() {
		return nil
	}
	if _, ok := graph.FromFloats(v.Const.DType(), nil, 0); !ok {
		return nil // 8-bit floats: nothing here computes with them
	}
	return v.Const
}

// Floats is the elements of t, which Fixed gave.
func Floats(t *graph.Tensor) []float64 {
	v, _ := graph.Floats(t)
	return v
}

// set gives input i of n the contents v, in the element type of like, or quantized where it was so.
func set(n *graph.Node, i int, like graph.DType, v []float64, shape ...int) {
	if from := dequantizer(n.In(i)); from != nil {
		requantize(from, v)
		return
	}
	t, ok := graph.FromFloats(like, v, shape...)
	if !ok {
		panic(fmt.Sprintf("linear: no tensor of %v", like)) // Fixed saw to it
	}
	n.SetConstInput(i, t)
}

// takesBias reports whether input i of n, a vector of count numbers or one for all, is a bias that can be
// changed: constant, or not there yet.
func takesBias(n *graph.Node, i, count int) bool {
	if n.In(i) == nil {
		return true
	}
	b := contents(n, i)
	return b != nil && (b.Len() == 1 || b.Len() == count && lastIs(b, count))
}

// biasAt is the bias at input i of n, count numbers: zeroes where the input is left out.
func biasAt(n *graph.Node, i, count int) []float64 {
	if n.In(i) == nil {
		return make([]float64, count)
	}
	b := Floats(contents(n, i))
	if len(b) == 1 { // the same for all outputs, up to now
		b = slices.Repeat(b, count)
	}
	return b
}

// lastIs reports whether t's last axis has that extent.
func lastIs(t *graph.Tensor, extent int) bool { return t.Rank() > 0 && t.Shape()[t.Rank()-1] == extent }

// scaled is v times by.
func scaled(v []float64, by float64) []float64 {
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = x * by
	}
	return out
}

// OnlyReader is the one node that reads v, once; nil when there are more or v is an output.
func OnlyReader(v *graph.Value) *graph.Node {
	if v == nil || len(v.Uses()) != 1 || v.IsOutput() {
		return nil
	}
	return v.Uses()[0].Node
}
