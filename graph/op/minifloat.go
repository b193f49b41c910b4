package op

import (
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/pollard-dev/pollard/graph"
)

// minifloat is a floating-point type of 8 or 4 bits (https://onnx.ai/onnx/technical/float8.html, float4.html; E8M0 is
// that of OCP Microscaling Formats 1.0).
type minifloat struct {
	bits, mantissa, bias int
	signed               bool
	infinite             bool // the largest exponent has infinities and NaN, as in IEEE 754
	noNegativeZero       bool // the code of negative zero is NaN
	nan                  int  // the code of NaN, or -1 if there is none
	nans                 int  // codes from nan on that are NaN
}

var minifloats = map[graph.DType]minifloat{
	graph.Float8E4M3FN:   {8, 3, 7, true, false, false, 0x7f, 1},
	graph.Float8E4M3FNUZ: {8, 3, 8, true, false, true, 0x80, 1},
	graph.Float8E5M2:     {8, 2, 15, true, true, false, 0x7d, 3},
	graph.Float8E5M2FNUZ: {8, 2, 16, true, false, true, 0x80, 1},
	graph.Float8E8M0:     {8, 0, 127, false, false, false, 0xff, 1},
	graph.Float4E2M1:     {4, 1, 1, true, false, false, -1, 0},
}

// value returns the number that a code without its sign stands for.
func (f minifloat) value(code int) float64 {
	exponent, fraction := code>>f.mantissa, code&(1<<f.mantissa-1)
	switch {
	case !f.signed: // there are no subnormal numbers, and no zero
		return math.Ldexp(1, exponent-f.bias)
	case f.infinite && exponent == 1<<(f.bits-1-f.mantissa)-1 && fraction == 0:
		return math.Inf(1)
	case exponent == 0:
		return math.Ldexp(float64(fraction), 1-f.bias-f.mantissa)
	}
	return math.Ldexp(float64(fraction|1<<f.mantissa), exponent-f.bias-f.mantissa)
}

// magnitudes returns the finite numbers of a type that are not negative, by code and so ascending.
var magnitudes = sync.OnceValue(func() map[graph.DType][]float64 {
	all := map[graph.DType][]float64{}
	for d, f := range minifloats {
		sign := 0
		if f.signed {
			sign = 1
		}
		for code := range 1 << (f.bits - sign) {
			if v := f.value(code); code != f.nan && !math.IsInf(v, 0) && (code < f.nan || f.nan < 0 || f.nan >= 0x80) {
				all[d] = append(all[d], v)
			}
		}
	}
	return all
})

// minifloatNumbers returns the elements of a tensor of such a type.
func minifloatNumbers(t *graph.Tensor) ([]float64, bool) {
	f, ok := minifloats[t.DType()]
	if !ok {
		return nil, false
	}
	raw, out := t.Raw(), make([]float64, t.Len())
	for i := range out {
		code := int(raw[i*f.bits/8]) >> (i * f.bits % 8) & (1<<f.bits - 1)
		size := code
		if f.signed {
			size &= 1<<(f.bits-1) - 1
		}
		switch {
		case f.nan >= 0 && (f.noNegativeZero && code == f.nan || !f.noNegativeZero && size >= f.nan && size < f.nan+f.nans):
			out[i] = math.NaN()
		default:
			out[i] = f.value(size)
		}
		if f.signed && code != size {
			out[i] = -out[i]
		}
	}
	return out, true
}

// rounding is how a Cast to a minifloat treats what the type does not have.
type rounding struct {
	saturate bool
	mode     string // to E8M0: up, down or nearest
}

func roundingOf(n *graph.Node) rounding {
	return rounding{n.Int("saturate", 1) != 0, n.Str("round_mode", "up")}
}

// toMinifloats returns numbers in such a type: the nearest, and of two the one with an even code.
func toMinifloats(d graph.DType, v []float64, dims []int, how rounding) (*graph.Tensor, error) {
	f, ok := minifloats[d]
	if !ok {
		return nil, fmt.Errorf("elements of type %v are not supported", d)
	}
	raw := make([]byte, graph.RawLen(d, len(v)))
	for i, x := range v {
		raw[i*f.bits/8] |= byte(f.code(d, x, how) << (i * f.bits % 8))
	}
	return graph.FromRaw(d, dims, raw)
}

func (f minifloat) code(d graph.DType, x float64, how rounding) int {
	all := magnitudes()[d]
	if !f.signed {
		return f.power(all, x, how)
	}
	sign := 0
	if math.Signbit(x) {
		sign = 1 << (f.bits - 1)
	}
	size, most := math.Abs(x), all[len(all)-1]
	switch {
	case math.IsNaN(x) && f.nan < 0: // the type has none; the reference implementation makes it a negative zero
		return 1 << (f.bits - 1)
	case math.IsNaN(x) && f.noNegativeZero:
		return f.nan
	case math.IsNaN(x) && f.infinite: // a quiet one
		return sign | (f.nan + 1)
	case math.IsNaN(x):
		return sign | f.nan
	}
	at := nearest(all, size)
	// A number is too large if it rounds to one more than there is, where the mantissa had no end.
	next := most + (most - all[len(all)-2])
	if f.nan >= 0 && !how.saturate && (size > (most+next)/2 || size == (most+next)/2 && (len(all)-1)%2 == 1) {
		switch {
		case f.infinite:
			return sign | len(all)
		case f.noNegativeZero:
			return f.nan
		}
		return sign | f.nan
	}
	if at == 0 && f.noNegativeZero {
		return 0
	}
	return sign | at
}

// power returns the code of a power of two.
func (f minifloat) power(all []float64, x float64, how rounding) int {
	last := len(all) - 1
	if math.IsNaN(x) || !how.saturate && (math.IsInf(x, 0) || x > all[last] || x < all[0]) {
		return f.nan
	}
	at := min(max(firstFrom(all, x), 0), last) // the first that is not below x
	if x >= all[last] {
		return last
	}
	if at == 0 || all[at] == x || how.mode == "up" || how.mode == "nearest" && x-all[at-1] >= all[at]-x {
		return at
	}
	return at - 1
}

// firstFrom returns where the first of the ascending numbers is that is not below x.
func firstFrom(all []float64, x float64) int {
	at, _ := slices.BinarySearch(all, x)
	return at
}

// nearest returns the index of the number that is nearest to x, and of two the even one.
func nearest(all []float64, x float64) int {
	at := firstFrom(all, x)
	switch {
	case at == len(all):
		return at - 1
	case at == 0 || all[at] == x:
		return at
	}
	below, above := x-all[at-1], all[at]-x
	if below < above || below == above && (at-1)%2 == 0 {
		return at - 1
	}
	return at
}
