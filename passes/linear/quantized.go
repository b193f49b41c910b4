package linear

import (
	"math"
	"runtime"
	"slices"
	"sync"
	"weak"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// dequantizer returns the DequantizeLinear that computes v from constants, as QDQ models store weights. It is nil if v
// has other readers, because they would read what is written for one.
func dequantizer(v *graph.Value) *graph.Node {
	if v == nil || v.Const != nil || len(v.Uses()) != 1 || v.IsOutput() {
		return nil
	}
	n, _ := v.Def()
	if n == nil || n.Op != "DequantizeLinear" || n.Domain != "" {
		return nil
	}
	for i, x := range n.Inputs() {
		if x == nil && i < 2 || x != nil && !x.IsConstant() {
			return nil
		}
	}
	return n
}

// dequantized caches the result of DequantizeLinears of constants, because Of is called again and again. Tensors never
// change, and an entry is dropped with the quantized numbers that it belongs to.
var dequantized sync.Map // weak.Pointer[graph.Tensor] -> dequantization

// dequantization holds the contents and the parameters that they depend on besides the quantized
// numbers: two nodes may apply the same scales along different axes.
type dequantization struct {
	scale, zero weak.Pointer[graph.Tensor]
	spread      op.Scales
	stated      int // the element type, if the node states one
	contents    *graph.Tensor
}

// Dequantized returns the numbers of v if a DequantizeLinear computes them from constants for a single reader, and nil
// otherwise.
func Dequantized(v *graph.Value) *graph.Tensor {
	n := dequantizer(v)
	if n == nil {
		return nil
	}
	in := make([]*graph.Tensor, 3)
	for i, x := range n.Inputs() {
		if x != nil && i < len(in) {
			in[i] = x.Const
		}
	}
	spread, err := op.DecodeScales(n, in[0].Shape(), in[1].Shape())
	if err != nil {
		return nil
	}
	key, made := weak.Make(in[0]), dequantization{weak.Make(in[1]), weak.Make(in[2]), spread, n.Int("output_dtype", 0), nil}
	e, found := dequantized.Load(key)
	if found {
		known := e.(dequantization)
		if made.contents = known.contents; made == known {
			return known.contents
		}
	}
	d := op.Lookup(n)
	if d == nil {
		return nil
	}
	out, err := d.Eval(n, in)
	if err != nil {
		return nil // types that nothing here computes with
	}
	made.contents = out[0]
	dequantized.Store(key, made)
	if !found {
		runtime.AddCleanup(in[0], func(key weak.Pointer[graph.Tensor]) { dequantized.Delete(key) }, key)
	}
	return out[0]
}

// contents returns the numbers of input i if they are constant, or dequantized from constants, and nil otherwise.
func contents(n *graph.Node, i int) *graph.Tensor {
	if t := Fixed(n, i); t != nil {
		return t
	}
	return Dequantized(n.In(i))
}

// requantize makes n, a DequantizeLinear that dequantizer found, produce the numbers v as nearly as its element type
// allows. A scale grows if its numbers have become too large for it.
func requantize(n *graph.Node, v []float64) {
	x, scales := n.In(0).Const, n.In(1).Const
	spread, err := op.DecodeScales(n, x.Shape(), scales.Shape())
	if err != nil {
		panic("linear: " + err.Error()) // Dequantized checked it
	}
	var zeroes *graph.Tensor
	if z := n.In(2); z != nil {
		zeroes = z.Const
	}
	scale, wanted := Floats(scales), slices.Clone(Floats(scales))
	ends := op.Representable(x.DType(), zeroes, len(scale))
	for i, y := range v {
		k := spread.Of(i)
		for _, end := range ends[k] {
			if end != 0 && y/end > wanted[k] && !math.IsInf(y, 0) {
				wanted[k] = y / end
			}
		}
	}
	if !slices.Equal(scale, wanted) {
		t, _ := graph.FromFloats(scales.DType(), wanted, scales.Shape()...)
		n.SetConstInput(1, t)
	}
	q, err := op.Quantize(n, graph.TensorOf(v, x.Shape()...), x.DType())
	if err != nil {
		panic("linear: " + err.Error())
	}
	n.SetConstInput(0, q)
}
