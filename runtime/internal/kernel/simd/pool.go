package simd

import (
	"fmt"
	"math"
)

// PoolMax writes to y rows of c numbers that begin ldy apart. Each is, number by number, the
// largest of up to taps rows of x, which begin offsets[r*taps+t] numbers from its start. Negative
// offsets (padding) are left out. NaN wins; a row with no offset is -Inf. See M. Dukhan, The
// Indirect Convolution Algorithm, 2019, for such offsets.
func PoolMax(y, x []float32, offsets []int32, taps, rows, c, ldy int) {
	if checkPool(y, x, offsets, taps, rows, c, ldy) {
		poolMax(y, x, offsets, taps, rows, c, ldy)
	}
}

// PoolAverage is like PoolMax, but adds the rows and multiplies the sum by scale[r]. A row with no
// offset is 0 scale[r].
func PoolAverage(y, x []float32, offsets []int32, taps, rows, c, ldy int, scale []float32) {
	if checkPool(y, x, offsets, taps, rows, c, ldy) {
		poolAverage(y, x, offsets, taps, rows, c, ldy, scale[:rows])
	}
}

// checkPool panics unless the rows lie in x and y, and reports whether there is anything to do.
func checkPool(y, x []float32, offsets []int32, taps, rows, c, ldy int) bool {
	if rows <= 0 || c <= 0 {
		return false
	}
	checkRows("y", y, rows, c, ldy)
	if taps <= 0 {
		panic(fmt.Sprintf("simd: %d taps", taps))
	}
	if last := maxOffset(offsets[:rows*taps]); int(last)+c > len(x) && last >= 0 {
		panic(fmt.Sprintf("simd: x: %d numbers from %d do not fit in %d", c, last, len(x)))
	}
	return true
}

type (
	poolMaxFunc     = func(y, x []float32, offsets []int32, taps, rows, c, ldy int)
	poolAverageFunc = func(y, x []float32, offsets []int32, taps, rows, c, ldy int, scale []float32)
	maxOffsetFunc   = func(offsets []int32) int32
)

var (
	poolMax, poolMaxVariants         = register(poolMaxGo, poolMaxAsm)
	poolAverage, poolAverageVariants = register(poolAverageGo, poolAverageAsm)
	maxOffset, maxOffsetVariants     = register(maxOffsetGo, maxOffsetAsm)
)

func poolMaxGo(y, x []float32, offsets []int32, taps, rows, c, ldy int) {
	for r := range rows {
		y := y[r*ldy:][:c]
		for i := range y {
			y[i] = float32(math.Inf(-1))
		}
		for _, o := range offsets[r*taps:][:taps] {
			if o >= 0 {
				for i, v := range x[o:][:c] {
					y[i] = max(y[i], v)
				}
			}
		}
	}
}

func poolAverageGo(y, x []float32, offsets []int32, taps, rows, c, ldy int, scale []float32) {
	for r := range rows {
		y := y[r*ldy:][:c]
		clear(y)
		for _, o := range offsets[r*taps:][:taps] {
			if o >= 0 {
				for i, v := range x[o:][:c] {
					y[i] += v
				}
			}
		}
		for i := range y {
			y[i] *= scale[r]
		}
	}
}

// maxOffsetGo returns the largest offset, or -1 if all are negative.
func maxOffsetGo(offsets []int32) int32 {
	top := int32(-1)
	for _, o := range offsets {
		top = max(top, o)
	}
	return top
}
