package kernel

import "github.com/pollard-dev/pollard/runtime/internal/kernel/simd"

// zipper combines runs of elements: two runs, a run and a number, or a number and a run.
type zipper struct {
	vv func(z, x, y []float32)
	vs func(z, x []float32, y float32)
	sv func(z []float32, x float32, y []float32)

	rows func(z, x, y []float32, rows, n, ldz, ldx, ldy int) // vv for many short runs with the given distances between their starts
}

// commuting returns the zipper of a commutative operation.
func commuting(vv func(z, x, y []float32), vs func(z, x []float32, y float32), rows func(z, x, y []float32, rows, n, ldz, ldx, ldy int)) zipper {
	return zipper{vv, vs, reversed(vs), rows}
}

var binary = map[string]zipper{
	"Add": commuting(simd.Add, simd.AddNumber, simd.AddRows), "Sum": commuting(simd.Add, simd.AddNumber, simd.AddRows),
	"Mul": commuting(simd.Mul, simd.MulNumber, simd.MulRows),
	"Max": commuting(simd.Max, simd.MaxNumber, simd.MaxRows), "Min": commuting(simd.Min, simd.MinNumber, simd.MinRows),
	"Sub": {simd.Sub, func(z, x []float32, y float32) { simd.AddNumber(z, x, -y) }, reversed(simd.SubFrom), simd.SubRows},
	"Div": {simd.Div, simd.DivNumber, reversed(simd.DivInto), simd.DivRows},
	"Pow": {powEach, powNumber, powOfNumber, powRows},
}

func reversed(f func(z, y []float32, x float32)) func(z []float32, x float32, y []float32) {
	return func(z []float32, x float32, y []float32) { f(z, y, x) }
}
