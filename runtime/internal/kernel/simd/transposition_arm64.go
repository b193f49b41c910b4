//go:build !noasm

package simd

var transposeBlockAsm = variants[transposeFunc]{{NEON, transposeBlockNEON}}

func transposeBlockNEON(y, x []float32, rows, cols, ldx, ldy int) {
	whole := rows &^ 7
	if whole > 0 {
		transposeTallNEON(y, x, whole, cols, ldx, ldy)
	}
	for i := whole; i < rows; i += 4 {
		transposeNarrowNEON(y[i:], x[i*ldx:], min(4, rows-i), cols, ldx, ldy)
	}
}
