//go:build !noasm

package simd

var everySecondAsm = variants[everySecondFunc]{{NEON, everySecondWhole}}

func everySecondWhole(y, x []float32) {
	n := min(len(y), len(x)/2) &^ 7
	if n > 0 {
		everySecondNEON(&y[0], &x[0], n)
	}
	everySecondGo(y[n:], x[2*n:])
}
