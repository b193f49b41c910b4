package simd

import (
	"fmt"
	"math"
	"testing"
)

func TestClamp(t *testing.T) {
	for _, v := range clampVariants {
		if !Active.Has(v.level) {
			continue
		}
		for _, n := range lengths {
			t.Run(fmt.Sprint(v.level, n), func(t *testing.T) {
				x, y, want := guarded(n), guarded(n), make([]float32, n)
				for i := range x.v {
					x.v[i] = float32(i%7) - 3
				}
				if n > 2 {
					x.v[n/2] = float32(math.NaN())
				}
				clampGo(want, x.v, -1, 2)
				v.f(y.v, x.v, -1, 2)
				y.same(t, want, 0)
			})
		}
	}
}
