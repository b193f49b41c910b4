package kernel

import (
	"math"
	"testing"
)

func TestApproximations(t *testing.T) {
	for _, f := range []struct {
		name   string
		fast   func(float32) float64
		exact  func(float64) float64
		lo, hi float64
	}{
		{"erf", erf, math.Erf, -7, 7}, {"tanh", tanh, math.Tanh, -20, 20},
	} {
		const steps = 200000
		worst, at := 0.0, float32(0)
		for i := range steps + 1 {
			x := float32(f.lo + (f.hi-f.lo)*float64(i)/steps)
			want := f.exact(float64(x))
			if e := math.Abs(f.fast(x)-want) / math.Abs(want); e > worst {
				worst, at = e, x
			}
		}
		if worst > 1e-7 {
			t.Errorf("%s: relative error %.2g at %g, want at most 1e-7", f.name, worst, at)
		}
		for _, x := range special {
			got, want := float32(f.fast(x)), float32(f.exact(float64(x)))
			if got != want && math.Abs(float64(got-want)) > 1e-7*math.Abs(float64(want)) && !(math.IsNaN(float64(got)) && math.IsNaN(float64(want))) {
				t.Errorf("%s(%g): want %g, have %g", f.name, x, want, got)
			}
		}
	}
}
