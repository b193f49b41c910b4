package simd

import (
	"fmt"
	"math"
	"testing"
)

// atLevel makes the package use a level until restore is called.
func atLevel(l Level) (restore func()) {
	set := func(l Level) {
		sum, maxOf, mulNumber, addNumber = sumVariants.at(l), maxOfVariants.at(l), mulNumberVariants.at(l), addNumberVariants.at(l)
		expSum, expTotal = expSumVariants.at(l), expTotalVariants.at(l)
		scaledMax, scaledMaskedMax = scaledMaxVariants.at(l), scaledMaskedMaxVariants.at(l)
		squares, standardise, standardiseShift = squaresVariants.at(l), standardiseVariants.at(l), standardiseShiftVariants.at(l)
	}
	set(l)
	return func() { set(Active) }
}

// atEachLevel runs a test at every level of this processor.
func atEachLevel(t *testing.T, f func(t *testing.T)) {
	for _, l := range Levels() {
		t.Run(l.String(), func(t *testing.T) {
			defer atLevel(l)()
			f(t)
		})
	}
}

// softmax64 returns softmax(x scale + mask) in double precision, by the logarithm of the sum.
func softmax64(x []float32, scale float32, mask []float32) []float32 {
	y, v, top := make([]float32, len(x)), make([]float64, len(x)), math.Inf(-1)
	for i := range x {
		v[i] = float64(x[i]) * float64(scale)
		if mask != nil {
			v[i] += float64(mask[i])
		}
		top = max(top, v[i])
	}
	total := 0.0
	for _, e := range v {
		total += math.Exp(e - top)
	}
	log := math.Log(total)
	if math.IsInf(top, 0) {
		log = 0
	}
	for i, e := range v {
		y[i] = float32(math.Exp(e - top - log))
	}
	return y
}

func TestSoftmax(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	atEachLevel(t, func(t *testing.T) {
		for _, n := range append(lengths, 5000) {
			for _, special := range [][]float32{nil, {-inf}, {inf}, {nan}, {nan, inf}, {-1000}, {88, 1000}} {
				x, y, mask := guarded(n), guarded(n), guarded(n)
				spread(x.v)
				for i, s := range special {
					for k := n / 3 * i; k < n; k += 5 {
						x.v[k] = s
					}
				}
				for i := range mask.v {
					if mask.v[i] = 0; i%3 == 1 {
						mask.v[i] = -inf
					}
				}
				Softmax(y.v, x.v)
				y.relative(t, softmax64(x.v, 1, nil), 2e-6)
				SoftmaxScaled(y.v, x.v, 0.125, nil)
				y.relative(t, softmax64(x.v, 0.125, nil), 2e-6)
				SoftmaxScaled(y.v, x.v, 0.125, mask.v)
				y.relative(t, softmax64(x.v, 0.125, mask.v), 2e-6)
				LogSoftmax(y.v, x.v)
				y.same(t, logSoftmax64(x.v), 1e-6)
				want := softmax64(x.v, 1, nil)
				Softmax(x.v, x.v)
				x.relative(t, want, 2e-6)
			}
		}
	})
}

func logSoftmax64(x []float32) []float32 {
	y, top, total := make([]float32, len(x)), math.Inf(-1), 0.0
	for _, v := range x {
		top = max(top, float64(v))
	}
	for _, v := range x {
		total += math.Exp(float64(v) - top)
	}
	if !math.IsInf(top, 0) {
		top += math.Log(total)
	}
	for i, v := range x {
		y[i] = float32(float64(v) - top)
	}
	return y
}

func TestLogSumExp(t *testing.T) {
	atEachLevel(t, func(t *testing.T) {
		if got := LogSumExp(nil); !math.IsInf(got, -1) {
			t.Errorf("of nothing it is %g", got)
		}
		if got := LogSumExp([]float32{1000, 1000}); math.Abs(got-1000-math.Ln2) > 1e-6 {
			t.Errorf("of 1000 twice it is %g", got)
		}
	})
}

// relative is like same, but holds small numbers to the tolerance too.
func (g guardedSlice) relative(t *testing.T, want []float32, tolerance float64) {
	t.Helper()
	g.same(t, want, tolerance)
	for i, w := range want {
		if e := relativeError(g.v[i], float64(w)); e > tolerance {
			t.Fatalf("number %d of %d is %g, want %g: off by %.2g", i, len(want), g.v[i], w, e)
		}
	}
}

func TestSoftmaxOfAllMinusInfinity(t *testing.T) {
	atEachLevel(t, func(t *testing.T) {
		for _, n := range lengths {
			x := guarded(n)
			for i := range x.v {
				x.v[i] = float32(math.Inf(-1))
			}
			Softmax(x.v, x.v)
			x.same(t, softmax64(make([]float32, n), float32(math.NaN()), nil), 0)
		}
	})
}

func TestLayerNorm(t *testing.T) {
	atEachLevel(t, func(t *testing.T) {
		for _, n := range append(lengths[1:], 4099) {
			for _, mean := range []float32{0, 1000} {
				x, y, scale, shift := guarded(n), guarded(n), guarded(n), guarded(n)
				spread(x.v)
				spread(scale.v)
				specials(shift.v, 400)
				for i := range x.v {
					x.v[i] += mean
					shift.v[i] = float32(i % 3)
				}
				for _, s := range [][]float32{nil, shift.v} {
					LayerNorm(y.v, x.v, scale.v, s, 1e-5)
					y.same(t, layerNorm64(x.v, scale.v, s, true), 2e-6)
				}
				RMSNorm(y.v, x.v, scale.v, 1e-5)
				y.same(t, layerNorm64(x.v, scale.v, nil, false), 1e-6)
				want := layerNorm64(x.v, scale.v, shift.v, true)
				LayerNorm(x.v, x.v, scale.v, shift.v, 1e-5)
				x.same(t, want, 2e-6)
			}
		}
	})
}

func layerNorm64(x, scale, shift []float32, centred bool) []float32 {
	mean, square := 0.0, 0.0
	if centred {
		mean = sumGo(x) / float64(len(x))
	}
	for _, v := range x {
		square += (float64(v) - mean) * (float64(v) - mean)
	}
	deviation := math.Sqrt(square/float64(len(x)) + float64(float32(1e-5)))
	y := make([]float32, len(x))
	for i, v := range x {
		e := (float64(v) - mean) / deviation * float64(scale[i])
		if shift != nil {
			e += float64(shift[i])
		}
		y[i] = float32(e)
	}
	return y
}

func BenchmarkRow(b *testing.B) {
	for _, l := range Levels() {
		for _, n := range []int{64, 197, 768} {
			x, y, scale := make([]float32, n), make([]float32, n), make([]float32, n)
			spread(x)
			spread(scale)
			for name, f := range map[string]func(){
				"Softmax":       func() { Softmax(y, x) },
				"SoftmaxScaled": func() { SoftmaxScaled(y, x, 0.125, scale) },
				"LayerNorm":     func() { LayerNorm(y, x, scale, scale, 1e-5) },
				"RMSNorm":       func() { RMSNorm(y, x, scale, 1e-5) },
			} {
				b.Run(fmt.Sprint(name, "/", l, "/", n), func(b *testing.B) {
					defer atLevel(l)()
					for b.Loop() {
						f()
					}
					reportNumbers(b, n)
				})
			}
		}
	}
}
