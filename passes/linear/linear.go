package linear

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// Map is a node that computes y = W x + b, once for each group and each row of its input. Only grouped convolutions and
// diagonal maps have several groups. A row is an output position of a convolution, a row of a matrix product, or a
// position of a normalization or of a product with a vector, of which each channel is a group.
type Map struct {
	Node *graph.Node
	// Operand is the index of the input that is not constant: 0 except for a product whose constant comes first.
	Operand int
	// Groups is the number of groups; W of each is Outs x Cols.
	Groups, Outs, Cols int
	// In is the axis of the operand that is contracted. Each position of it has Taps adjacent columns of its group (the
	// kernel positions of a convolution, in row-major order).
	In, Taps int
	// Out is the axis of the output that counts outputs, group after group.
	Out int
	// Result is the value after both weights and bias: the node's output, or that of an Add right behind it.
	Result *graph.Value
	// HasBias reports whether there is a place for a bias, even if there is no bias yet. A bias can make up for a change
	// of the inputs' means.
	HasBias bool
	// Quantized reports whether weights or bias are integers behind a DequantizeLinear. What is written is then rounded.
	Quantized bool
	// Opaque reports whether something computed, or something that varies from row to row, is also added to the product.
	Opaque bool

	layout layout
	// normal computes what the weights multiply, if that is not the operand itself.
	normal func(*graph.Tensor) (*graph.Tensor, error)
	// taps returns where a convolution reads its input; nil for matrices.
	taps func(in []int) (*window, error)
	seen windows
}

// layout knows how a node stores its numbers.
type layout struct {
	weights func() []float64 // Groups x Outs x Cols
	bias    func() []float64 // Groups x Outs
	write   func(weights, bias []float64)
	restate func(weights, bias []float64) bool // nil if there are no statistics
}

// readers read nodes of one operator of the ONNX domain as a Map; they return nil if a node is not one. Input 1 is
// constant floating-point numbers, or quantized ones; of a Mul, one of its inputs is constant floating-point numbers.
var readers = map[string]func(n *graph.Node, w *graph.Tensor) *Map{}

// products are the operators whose weights, and bias, may come from a DequantizeLinear of constants.
var products = map[string]bool{"Conv": true, "ConvTranspose": true, "Gemm": true, "MatMul": true}

func register(op string, f func(n *graph.Node, w *graph.Tensor) *Map) { readers[op] = f }

// Of returns n as a Map, or nil if it is not one.
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

// Name returns the name of the map in statistics and reports.
func (m *Map) Name() string { return m.Node.Out(0).Name }

// Weights returns W as Groups x Outs x Cols numbers, in a new slice.
func (m *Map) Weights() []float64 { return m.layout.weights() }

// Bias returns b as Groups x Outs numbers in a new slice, zeroes if there is no bias yet. It is nil without HasBias.
func (m *Map) Bias() []float64 {
	if !m.HasBias {
		return nil
	}
	return m.layout.bias()
}

// X returns the operand, whose rows are read.
func (m *Map) X() *graph.Value { return m.Node.In(m.Operand) }

// W returns the constant that holds the weights.
func (m *Map) W() *graph.Tensor { return contents(m.Node, 1-m.Operand) }

// Write writes W and, with HasBias, b into the model, in the element type of the weights. Other readers of the same
// tensors are not affected.
func (m *Map) Write(weights, bias []float64) { m.layout.write(weights, bias) }

// Restate writes W and b into the statistics that the node normalizes with and leaves its scale and shift as they are.
// It returns false, and changes nothing, if there are no constant statistics or none that would do. Afterwards the Map
// is out of date; use Of again.
func (m *Map) Restate(weights, bias []float64) bool {
	return m.layout.restate != nil && m.layout.restate(weights, bias)
}

// Fixed returns the contents of input i if they are floating-point numbers and the same in every run.
func Fixed(n *graph.Node, i int) *graph.Tensor {
	v := n.In(i)
	if v == nil || !v.IsConstant() || !v.Const.DType().IsFloat() {
		return nil
	}
	if _, ok := graph.FromFloats(v.Const.DType(), nil, 0); !ok {
		return nil // 8-bit floats, which nothing here computes with
	}
	return v.Const
}

// Floats returns the elements of t, a result of Fixed.
func Floats(t *graph.Tensor) []float64 {
	v, _ := graph.Floats(t)
	return v
}

// set sets the contents of input i of n to v, in element type like, or quantized if they were.
func set(n *graph.Node, i int, like graph.DType, v []float64, shape ...int) {
	if from := dequantizer(n.In(i)); from != nil {
		if factors := requantize(from, v); i == 1 {
			follow(n, factors)
		}
		return
	}
	t, ok := graph.FromFloats(like, v, shape...)
	if !ok {
		panic(fmt.Sprintf("linear: no tensor of %v", like)) // Fixed checked it
	}
	n.SetConstInput(i, t)
}

// takesBias reports whether input i of n, a vector of count numbers or a single one for all, is a bias that can be
// changed: constant, or not there yet.
func takesBias(n *graph.Node, i, count int) bool {
	if n.In(i) == nil {
		return true
	}
	b := contents(n, i)
	return b != nil && (b.Len() == 1 || b.Len() == count && lastIs(b, count))
}

// biasAt returns the bias at input i of n, count numbers, which are zeroes if the input is omitted.
func biasAt(n *graph.Node, i, count int) []float64 {
	if n.In(i) == nil {
		return make([]float64, count)
	}
	b := Floats(contents(n, i))
	if len(b) == 1 { // so far the same for all outputs
		b = slices.Repeat(b, count)
	}
	return b
}

// lastIs reports whether t's last axis has that extent.
func lastIs(t *graph.Tensor, extent int) bool { return t.Rank() > 0 && t.Shape()[t.Rank()-1] == extent }

// scaled returns v times by.
func scaled(v []float64, by float64) []float64 {
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = x * by
	}
	return out
}

// OnlyReader returns the only node that reads v, once, or nil if there are more or v is an output.
func OnlyReader(v *graph.Value) *graph.Node {
	if v == nil || len(v.Uses()) != 1 || v.IsOutput() {
		return nil
	}
	return v.Uses()[0].Node
}
