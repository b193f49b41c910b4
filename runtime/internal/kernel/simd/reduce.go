package simd

import "math"

// Sum returns the sum of x, computed in double precision.
func Sum(x []float32) float64 { return sum(x) }

// MaxOf returns the largest element of x, or -Inf if x is empty. NaN wins.
func MaxOf(x []float32) float32 { return maxOf(x) }

// MeanRows writes to y, which has c numbers, the mean of rows of c numbers that begin ld numbers
// apart in x, added in double precision. This is GlobalAveragePool if rows are pixels. The mean of
// no rows is NaN.
func MeanRows(y, x []float32, rows, c, ld int) { scaledSum(y, x, rows, c, ld, 1/float64(rows)) }

// SumRows is MeanRows without the division. The sum of no rows is 0.
func SumRows(y, x []float32, rows, c, ld int) { scaledSum(y, x, rows, c, ld, 1) }

func scaledSum(y, x []float32, rows, c, ld int, factor float64) {
	checkRows("x", x, rows, c, ld)
	switch {
	case c <= 0:
	case rows <= 0:
		for i := range y[:c] {
			y[i] = float32(0 * factor)
		}
	default:
		sumRows(y[:c], x, rows, c, ld, factor)
	}
}

type (
	sumFunc     = func(x []float32) float64
	maxOfFunc   = func(x []float32) float32
	sumRowsFunc = func(y, x []float32, rows, c, ld int, factor float64)
)

var (
	sum, sumVariants         = register(sumGo, sumAsm)
	maxOf, maxOfVariants     = register(maxOfGo, maxOfAsm)
	sumRows, sumRowsVariants = register(sumRowsGo, sumRowsAsm)
)

func sumGo(x []float32) float64 {
	total := 0.0
	for _, v := range x {
		total += float64(v)
	}
	return total
}

func maxOfGo(x []float32) float32 {
	top := float32(math.Inf(-1))
	for _, v := range x {
		top = max(top, v)
	}
	return top
}

func sumRowsGo(y, x []float32, rows, c, ld int, factor float64) {
	var totals [64]float64 // 64 columns at a time, on the stack: a run of a network allocates nothing
	for first := 0; first < c; first += len(totals) {
		some := totals[:min(len(totals), c-first)]
		clear(some)
		for r := range rows {
			for i, v := range x[r*ld+first:][:len(some)] {
				some[i] += float64(v)
			}
		}
		for i, t := range some {
			y[first+i] = float32(t * factor)
		}
	}
}
