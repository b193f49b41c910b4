package kernel

import (
	"math"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime/internal/kernel/simd"
)

// Takes says what a kernel can apply as its epilogue.
type Takes int

const (
	// ActivationOnly allows an activation.
	ActivationOnly Takes = iota
	// SumAndActivation allows a bias, an addend of the same extents, and an activation.
	SumAndActivation
)

// EpilogueOf says what the bound kernels of ONNX's own operators can apply. Operators that are not
// listed apply nothing.
var EpilogueOf = map[string]Takes{
	"Conv": SumAndActivation, "MatMul": SumAndActivation, "Gemm": SumAndActivation,
	"Add": ActivationOnly, "Sub": ActivationOnly, "Mul": ActivationOnly, "Div": ActivationOnly,
	"BatchNormalization": ActivationOnly, "ConvTranspose": ActivationOnly,
}

// ActivationOf returns n, which has one float32 input, as an activation. It returns ok == false if
// n is none.
func ActivationOf(n *graph.Node) (a Activation, ok bool) {
	a = NoActivation
	switch n.Op {
	case "Relu":
		a.Lo = 0
		return a, true
	case "Clip":
		if n.Version < 11 {
			a.Lo, a.Hi = n.Float("min", -math.MaxFloat32), n.Float("max", math.MaxFloat32)
			return a, true
		}
		lo, okLo := bound(n.In(1), a.Lo)
		hi, okHi := bound(n.In(2), a.Hi)
		a.Lo, a.Hi = lo, hi
		return a, okLo && okHi && lo <= hi
	}
	if n.Domain == Own && n.Op == Quantize {
		return quantizing(n), true
	}
	if Rounds(n) {
		return rounding(n.Op, a.Lo, a.Hi), true
	}
	if n.Domain != "" && n.Op == "QuickGelu" {
		alpha := n.Float("alpha", 1.702)
		a.F, a.Cost = func(y, x []float32) { simd.QuickGelu(y, x, alpha) }, 5
		return a, alpha > 0
	}
	for _, u := range unary {
		if u.name == n.Op {
			a.F, a.Cost = u.f(n), u.cost
			return a, true
		}
	}
	if of := withNumber[n.Op]; of != nil {
		if number, ok := scalar(n); ok {
			return of(number), true
		}
	}
	return a, false
}

// withNumber lists the binary operators that are functions of one element if the second input is a
// single number.
var withNumber = map[string]func(number float32) Activation{
	"Pow":   power,
	"PRelu": simple(simd.LeakyRelu),
	"Mul":   simple(simd.MulNumber),
	"Div":   simple(simd.DivNumber),
	"Add":   simple(simd.AddNumber),
	"Sub":   simple(func(y, x []float32, number float32) { simd.AddNumber(y, x, -number) }),
	"Max":   simple(simd.MaxNumber),
	"Min":   simple(simd.MinNumber),
}

func simple(f func(y, x []float32, number float32)) func(float32) Activation {
	return func(number float32) Activation {
		a := NoActivation
		a.F, a.Cost = func(y, x []float32) { f(y, x, number) }, 1
		return a
	}
}

// scalar returns the number that one of n's two inputs holds (the second, or either if the operator
// commutes), provided that it adds no axis to the other.
func scalar(n *graph.Node) (float32, bool) {
	if len(n.Inputs()) != 2 || n.In(0) == nil || n.In(1) == nil {
		return 0, false
	}
	x, number := n.In(0), n.In(1)
	if x.Const != nil && slices.Contains([]string{"Mul", "Add", "Max", "Min"}, n.Op) {
		x, number = number, x
	}
	c := number.Const
	if c == nil || c.Len() != 1 {
		return 0, false
	}
	v, ok := graph.Floats(c)
	if !ok || c.Rank() > len(x.Type.Shape) || !c.DType().IsFloat() && n.Op != "Pow" {
		return 0, false
	}
	return float32(v[0]), true
}

// bound returns the number that v holds, or byDefault if v is nil.
func bound(v *graph.Value, byDefault float32) (float32, bool) {
	if v == nil {
		return byDefault, true
	}
	if v.Const == nil || v.Const.DType() != graph.Float32 || v.Const.Len() != 1 {
		return 0, false
	}
	x := graph.Data[float32](v.Const)[0]
	return x, !math.IsNaN(float64(x))
}
