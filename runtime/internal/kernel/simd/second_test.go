package simd

import (
	"fmt"
	"testing"
)

func TestEverySecond(t *testing.T) {
	for _, v := range everySecondVariants {
		if !Active.Has(v.level) {
			continue
		}
		for _, n := range lengths {
			for more := range 2 { // x may end with the last number that is read, or one after it
				if n == 0 {
					continue
				}
				t.Run(fmt.Sprint(v.level, n, more), func(t *testing.T) {
					x, y, want := guarded(2*n-1+more), guarded(n), make([]float32, n)
					for i := range x.v {
						x.v[i] = float32(i)
					}
					for i := range want {
						want[i] = float32(2 * i)
					}
					v.f(y.v, x.v)
					y.same(t, want, 0)
				})
			}
		}
	}
}
