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
// allows. Each scale becomes the smallest that represents its numbers, so that narrower ones are not written in coarse
// steps. The scales of biases, which are 32 bits wide, are those of the sums that they are added to, and only grow.
// It returns what each scale was multiplied by.
func requantize(n *graph.Node, v []float64) (factors []float64) {
	x, scales := n.In(0).Const, n.In(1).Const
	spread, err := op.DecodeScales(n, x.Shape(), scales.Shape())
	if err != nil {
		panic("linear: " + err.Error()) // Dequantized checked it
	}
	var zeroes *graph.Tensor
	if z := n.In(2); z != nil {
		zeroes = z.Const
	}
	scale := Floats(scales)
	wanted := make([]float64, len(scale))
	if x.DType() == graph.Int32 {
		copy(wanted, scale)
	}
	ends := op.Representable(x.DType(), zeroes, len(scale))
	for i, y := range v {
		k := spread.Of(i)
		for _, end := range ends[k] {
			if end != 0 && y/end > wanted[k] && !math.IsInf(y, 0) {
				wanted[k] = y / end
			}
		}
	}
	rescale(n, wanted)
	for k, s := range Floats(n.In(1).Const) {
		factors = append(factors, s/scale[k])
	}
	q, err := op.Quantize(n, graph.TensorOf(v, x.Shape()...), x.DType())
	if err != nil {
		panic("linear: " + err.Error())
	}
	n.SetConstInput(0, q)
	return factors
}

// rescale sets the scales of n. One that would be zero, or too small for its type, stays as it is.
func rescale(n *graph.Node, wanted []float64) {
	scales := n.In(1).Const
	scale := Floats(scales)
	t, _ := graph.FromFloats(scales.DType(), wanted, scales.Shape()...)
	rounded, changed := Floats(t), false
	for k := range wanted {
		if !(rounded[k] >= 0x1p-100) {
			wanted[k] = scale[k]
		}
		changed = changed || wanted[k] != scale[k]
	}
	if changed {
		t, _ = graph.FromFloats(scales.DType(), wanted, scales.Shape()...)
		n.SetConstInput(1, t)
	}
}

// follow keeps the scales of n's bias, if it is 32 bits wide, those of its sums when the scales of its weights have been
// multiplied by the factors: runtimes that compute with integers add such a bias to the sums as it is.
func follow(n *graph.Node, factors []float64) {
	from := dequantizer(n.In(2))
	if from == nil || from.In(0).Const.DType() != graph.Int32 || from.In(1).Const.Len() != len(factors) {
		return
	}
	numbers, scale := Floats(Dequantized(n.In(2))), Floats(from.In(1).Const)
	wanted := slices.Clone(scale)
	for k, f := range factors {
		wanted[k] *= f
	}
	rescale(from, wanted)
	requantize(from, numbers)
}
