package simd

// Clamp writes min(max(x, lo), hi) to y, which may be x. NaN stays.
func Clamp(y, x []float32, lo, hi float32) { clamp(y, x, lo, hi) }

type clampFunc = func(y, x []float32, lo, hi float32)

var clamp, clampVariants = register(clampGo, clampAsm)

func clampGo(y, x []float32, lo, hi float32) {
	y = y[:len(x)]
	for i, v := range x {
		y[i] = min(max(v, lo), hi)
	}
}
