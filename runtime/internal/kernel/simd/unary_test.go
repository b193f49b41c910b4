package simd

import (
	"math"
	"testing"
)

// unaryCases are the functions of one number with their parameters, and their values in double
// precision.
var unaryCases = []struct {
	name  string
	forms variants[unaryFunc]
	f     func(float64) float64
	nano  float64 // the relative error allowed, in 1e-9
}{
	{"Exp", expVariants, math.Exp, 120},
	{"Log", logVariants, math.Log, 200},
	{"Sigmoid", sigmoidVariants, logistic64, 300},
	{"Tanh", tanhVariants, math.Tanh, 300},
	{"Erf", erfVariants, math.Erf, 200},
	{"Gelu", geluVariants, gelu64, 400},
	{"GeluTanh", geluTanhVariants, func(x float64) float64 {
		return finite64(x) * logistic64(2*math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x))
	}, 400},
	{"Silu", siluVariants, func(x float64) float64 { return finite64(x) * logistic64(x) }, 300},
	{"HardSwish", hardSwishVariants, func(x float64) float64 { return finite64(x) * min(max(x+3, 0), 6) / 6 }, 200},
	{"Softplus", softplusVariants, func(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }, 200},
	{"Mish", mishVariants, func(x float64) float64 { return finite64(x) * mishFactor64(x) }, 400},
	{"Sqrt", sqrtVariants, math.Sqrt, 60},
	{"Abs", absVariants, math.Abs, 0},
	{"QuickGelu", with(quickGeluVariants, 1.702), func(x float64) float64 {
		return finite64(x) * logistic64(float64(float32(1.702))*x)
	}, 300},
	{"QuickGelu/slow", with(quickGeluVariants, 0.01), func(x float64) float64 {
		return finite64(x) * logistic64(float64(float32(0.01))*x)
	}, 300},
	{"Elu", with(eluVariants, 0.7), func(x float64) float64 { return elu64(x, float64(float32(0.7))) }, 300},
	{"LeakyRelu", with(leakyReluVariants, 0.1), func(x float64) float64 { return leakyRelu64(x, float64(float32(0.1))) }, 60},
	{"HardSigmoid", hardSigmoid3(), func(x float64) float64 { return min(max(0.25*x+0.5, 0), 1) }, 60},
	{"RoundFloat16", within(roundFloat16Variants, -1e6, 1e6), func(x float64) float64 { return min(max(rounded(x, 11, -24, 65504), -1e6), 1e6) }, 0},
	{"RoundBFloat16", within(roundBFloat16Variants, -3, 7), func(x float64) float64 { return min(max(rounded(x, 8, -133, 0x1.fep127), -3), 7) }, 0},
	{"AddNumber", with(addNumberVariants, 3), func(x float64) float64 { return x + 3 }, 60},
	{"MulNumber", with(mulNumberVariants, 3), func(x float64) float64 { return x * 3 }, 60},
	{"DivNumber", with(divNumberVariants, 3), func(x float64) float64 { return x / 3 }, 60},
	{"SubFrom", with(subFromVariants, 3), func(x float64) float64 { return 3 - x }, 60},
	{"DivInto", with(divIntoVariants, 3), func(x float64) float64 { return 3 / x }, 60},
	{"MaxNumber", with(maxNumberVariants, 3), func(x float64) float64 { return max(x, 3) }, 0},
	{"MinNumber", with(minNumberVariants, 3), func(x float64) float64 { return min(x, 3) }, 0},
	{"MaxNumber/NaN", with(maxNumberVariants, float32(math.NaN())), func(x float64) float64 { return math.NaN() }, 0},
}

func with(v variants[unaryFunc1], parameter float32) (w variants[unaryFunc]) {
	for _, x := range v {
		w = append(w, variant[unaryFunc]{x.level, func(y, v []float32) { x.f(y, v, parameter) }})
	}
	return w
}

func within(v variants[roundFunc], lo, hi float32) (w variants[unaryFunc]) {
	for _, x := range v {
		w = append(w, variant[unaryFunc]{x.level, func(y, v []float32) { x.f(y, v, 1, len(v), len(v), len(v), lo, hi) }})
	}
	return w
}

// rounded returns x rounded to a significand of some bits, ties to even, and to a multiple of 2^least. It
// is infinite beyond the largest number.
func rounded(x float64, bits, least int, largest float64) float64 {
	if x == 0 || math.IsInf(x, 0) || math.IsNaN(x) {
		return x
	}
	_, e := math.Frexp(x)
	unit := math.Ldexp(1, max(e-bits, least))
	y := math.Copysign(math.RoundToEven(x/unit)*unit, x)
	if math.Abs(y) > largest {
		return math.Inf(int(math.Copysign(1, x)))
	}
	return y
}

func hardSigmoid3() (w variants[unaryFunc]) {
	for _, x := range hardSigmoidVariants {
		w = append(w, variant[unaryFunc]{x.level, func(y, v []float32) { x.f(y, v, 0.25, 0.5) }})
	}
	return w
}

// sweep returns every 10007th single-precision number, of both signs, and numbers near the points
// where functions change.
func sweep() (x []float32) {
	for b := uint32(0); b < 0x7f800000; b += 10007 {
		x = append(x, math.Float32frombits(b), -math.Float32frombits(b))
	}
	for v := -110.0; v < 110; v += 0.00173 {
		x = append(x, float32(v))
	}
	inf := float32(math.Inf(1))
	return append(x, 0, float32(math.Copysign(0, -1)), inf, -inf, float32(math.NaN()), math.MaxFloat32, -math.MaxFloat32,
		math.SmallestNonzeroFloat32, 0x1p-126, 1, -1, -3, 3, 0x1.fffffep-1, 0x1.000002p0)
}

func TestUnaryAccuracy(t *testing.T) {
	x := sweep()
	y := make([]float32, len(x))
	for _, c := range unaryCases {
		for _, v := range c.forms {
			if !Active.Has(v.level) {
				continue
			}
			t.Run(c.name+"/"+v.level.String(), func(t *testing.T) {
				v.f(y, x)
				worst, at := 0.0, 0
				for i := range x {
					if e := relativeError(y[i], c.f(float64(x[i]))); e > worst {
						worst, at = e, i
					}
				}
				t.Logf("relative error %.3g at %g: %g, want %g", worst, x[at], y[at], c.f(float64(x[at])))
				if worst > c.nano*1e-9 {
					t.Fail()
				}
			})
		}
	}
}

// relativeError returns the relative error of y. It is 0 if want rounds to y, or if both are below
// the normal numbers.
func relativeError(y float32, want float64) float64 {
	switch {
	case math.IsNaN(want) || math.IsNaN(float64(y)):
		if math.IsNaN(want) && math.IsNaN(float64(y)) {
			return 0
		}
		return math.Inf(1)
	case y == float32(want) && (y != 0 || math.Signbit(float64(y)) == math.Signbit(want)):
		return 0
	case math.Abs(want) < 0x1p-126 && math.Abs(float64(y)) <= 0x1p-126:
		return 0
	}
	return math.Abs(float64(y)-want) / math.Abs(want)
}

func TestUnaryLengths(t *testing.T) {
	for _, c := range unaryCases {
		for _, v := range c.forms {
			if !Active.Has(v.level) {
				continue
			}
			t.Run(c.name+"/"+v.level.String(), func(t *testing.T) {
				for _, n := range lengths {
					x, y, want := guarded(n), guarded(n), make([]float32, n)
					for i := range x.v {
						x.v[i] = float32(i%13)*0.7 - 3
						want[i] = float32(c.f(float64(x.v[i])))
					}
					v.f(y.v, x.v)
					y.same(t, want, 1e-6)
					v.f(x.v, x.v)
					x.same(t, want, 1e-6)
				}
			})
		}
	}
}

func BenchmarkUnary(b *testing.B) {
	x, y := make([]float32, 4096), make([]float32, 4096)
	for i := range x {
		x[i] = float32(i%29)*0.3 - 4
	}
	for _, c := range unaryCases {
		for _, v := range c.forms {
			if Active.Has(v.level) {
				b.Run(c.name+"/"+v.level.String(), func(b *testing.B) {
					for b.Loop() {
						v.f(y, x)
					}
					reportNumbers(b, len(x))
				})
			}
		}
	}
}

// reportNumbers reports how many numbers were computed per nanosecond.
func reportNumbers(b *testing.B, n int) {
	b.ReportMetric(float64(n)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "numbers/ns")
}
