package simd

// Transpose writes the transpose of rows x cols numbers of x: y[j*ldy+i] = x[i*ldx+j]. It converts
// planes to channels-last order if rows are channels and cols pixels, and back if rows are pixels.
func Transpose(y, x []float32, rows, cols, ldx, ldy int) {
	checkRows("x", x, rows, cols, ldx)
	checkRows("y", y, cols, rows, ldy)
	if rows <= 0 || cols <= 0 {
		return
	}
	// The number of columns at a time keeps the part of y within the second-level cache. With many
	// rows, it also limits how many places are written at once to the number of ways of the
	// first-level cache, because their addresses may map to the same set.
	block := max(32, 65536/rows&^15)
	if ldy%512 == 0 {
		block = 8
	}
	for j := 0; j < cols; j += block {
		transposeBlock(y[j*ldy:], x[j:], rows, min(block, cols-j), ldx, ldy)
	}
}

type transposeFunc = func(y, x []float32, rows, cols, ldx, ldy int)

var transposeBlock, transposeBlockVariants = register(transposeBlockGo, transposeBlockAsm)

func transposeBlockGo(y, x []float32, rows, cols, ldx, ldy int) {
	const strip = 16 // rows: one cache line in y
	for first := 0; first < rows; first += strip {
		end := min(first+strip, rows)
		for j := range cols {
			for i, from := first, first*ldx+j; i < end; i, from = i+1, from+ldx {
				y[j*ldy+i] = x[from]
			}
		}
	}
}
