//go:build !noasm

package simd

var transposeBlockAsm = variants[transposeFunc]{{AVX2, transposeBlockAVX2}, {AVX512, transposeBlockAVX512}}

func transposeBlockAVX512(y, x []float32, rows, cols, ldx, ldy int) {
	whole := rows &^ 15
	if whole > 0 {
		transposeTallAVX512(y, x, whole, cols, ldx, ldy)
	}
	if whole < rows {
		transposeBlockAVX2(y[whole:], x[whole*ldx:], rows-whole, cols, ldx, ldy)
	}
}

func transposeBlockAVX2(y, x []float32, rows, cols, ldx, ldy int) {
	whole := rows &^ 7
	if whole > 0 {
		transposeTallAVX2(y, x, whole, cols, ldx, ldy)
	}
	for i := whole; i < rows; i += 4 {
		transposeNarrowAVX2(y[i:], x[i*ldx:], min(4, rows-i), cols, ldx, ldy)
	}
}
