//go:build !noasm

package simd

var everySecondAsm = variants[everySecondFunc]{{AVX2, everySecondWhole}}

func everySecondWhole(y, x []float32) {
	n := min(len(y), len(x)/2) &^ 7
	if n > 0 {
		everySecondAVX2(&y[0], &x[0], n)
	}
	everySecondGo(y[n:], x[2*n:])
}
