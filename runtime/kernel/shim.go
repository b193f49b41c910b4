package kernel

import "github.com/pollard-dev/pollard/runtime/kernel/simd"

func clampTo(y, x []float32, lo, hi float32) { simd.Clamp(y, x, lo, hi) }

func transpose(y, x []float32, rows, cols, ldx, ldy int) {
	for i := range rows {
		for j := range cols {
			y[j*ldy+i] = x[i*ldx+j]
		}
	}
}

func softmaxRow(y, x []float32) { copy(y, x); softmax(y) }

func layerNormRow(y, x, scale, shift []float32, epsilon float32) {
	standardise(y, x, scale, shift, float64(epsilon))
}

func scaleShiftRows(y, x, scale, shift []float32, lo, hi float32) {
	for i := 0; i < len(y); i += len(scale) {
		for j, a := range scale {
			y[i+j] = min(max(x[i+j]*a+shift[j], lo), hi)
		}
	}
}

func sumOf(x []float32) float64 { return sum(x) }

func sumColumns(y, x []float32, rows, ld int, scale float64) {
	for j := range y {
		t := 0.0
		for i := range rows {
			t += float64(x[i*ld+j])
		}
		y[j] = float32(t * scale)
	}
}
