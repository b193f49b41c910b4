package simd

// Quantize writes multiples of step to y: x in whole steps of scale, rounded to even and held between lo
// and hi, which are whole numbers of less than 2^22. NaN becomes 0, and no result is a negative zero if step
// is positive. With a step of 1 the results are the whole numbers. It takes rows of n numbers that begin
// ldy and ldx numbers apart. y may be x if the strides are the same.
func Quantize(y, x []float32, rows, n, ldy, ldx int, scale, lo, hi, step float32) {
	if rows <= 0 || n <= 0 {
		return
	}
	checkRows("y", y, rows, n, ldy)
	checkRows("x", x, rows, n, ldx)
	if ldy == n && ldx == n {
		rows, n = 1, rows*n
	}
	quantize(y, x, rows, n, ldy, ldx, scale, lo, hi, step)
}

// Rescale writes to y what is nearest to x times a scale for each of the n numbers of a row, rounded and held
// as Quantize does.
func Rescale(y, x, scale []float32, rows, n, ldy, ldx int, lo, hi float32) {
	if rows <= 0 || n <= 0 {
		return
	}
	checkRows("y", y, rows, n, ldy)
	checkRows("x", x, rows, n, ldx)
	rescale(y, x, scale[:n], rows, n, ldy, ldx, lo, hi)
}

type (
	quantizeFunc = func(y, x []float32, rows, n, ldy, ldx int, scale, lo, hi, step float32)
	rescaleFunc  = func(y, x, scale []float32, rows, n, ldy, ldx int, lo, hi float32)
)

var (
	quantize, quantizeVariants = register(quantizeGo, quantizeAsm)
	rescale, rescaleVariants   = register(rescaleGo, rescaleAsm)
)

func quantizeGo(y, x []float32, rows, n, ldy, ldx int, scale, lo, hi, step float32) {
	for r := range rows {
		to := y[r*ldy:][:n]
		for i, v := range x[r*ldx:][:n] {
			to[i] = whole(v/scale, lo, hi) * step
		}
	}
}

func rescaleGo(y, x, scale []float32, rows, n, ldy, ldx int, lo, hi float32) {
	for r := range rows {
		to := y[r*ldy:][:n]
		for i, v := range x[r*ldx:][:n] {
			to[i] = whole(v*scale[i], lo, hi)
		}
	}
}

// whole rounds by adding and subtracting a number so large that the sum has no room for a fraction.
func whole(x, lo, hi float32) float32 {
	const large = 3 << 22
	if x != x {
		return 0
	}
	x = min(max(x, lo), hi)
	return float32(x+large) - large
}
