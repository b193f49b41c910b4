package simd

import "fmt"

// Functions of two slices. Those without Rows take slices of one length, and the result may be
// either source. Those with Rows compute rows of n numbers that begin ldz, ldx and ldy numbers
// apart; a stride of 0 on a source means one row for all. The result may be a source if their
// strides are the same.

// Add writes z = x + y.
func Add(z, x, y []float32) {
	n := len(z)
	addRows(z, x[:n], y[:n], 1, n, n, n, n)
}

// AddRows writes z = x + y, row by row.
func AddRows(z, x, y []float32, rows, n, ldz, ldx, ldy int) {
	onRows(addRows, z, x, y, rows, n, ldz, ldx, ldy)
}

// Sub writes z = x - y.
func Sub(z, x, y []float32) {
	n := len(z)
	subRows(z, x[:n], y[:n], 1, n, n, n, n)
}

// SubRows writes z = x - y, row by row.
func SubRows(z, x, y []float32, rows, n, ldz, ldx, ldy int) {
	onRows(subRows, z, x, y, rows, n, ldz, ldx, ldy)
}

// Mul writes z = x y.
func Mul(z, x, y []float32) {
	n := len(z)
	mulRows(z, x[:n], y[:n], 1, n, n, n, n)
}

// MulRows writes z = x y, row by row.
func MulRows(z, x, y []float32, rows, n, ldz, ldx, ldy int) {
	onRows(mulRows, z, x, y, rows, n, ldz, ldx, ldy)
}

// Div writes z = x / y.
func Div(z, x, y []float32) {
	n := len(z)
	divRows(z, x[:n], y[:n], 1, n, n, n, n)
}

// DivRows writes z = x / y, row by row.
func DivRows(z, x, y []float32, rows, n, ldz, ldx, ldy int) {
	onRows(divRows, z, x, y, rows, n, ldz, ldx, ldy)
}

// Max writes z = max(x, y). NaN wins.
func Max(z, x, y []float32) {
	n := len(z)
	maxRows(z, x[:n], y[:n], 1, n, n, n, n)
}

// MaxRows writes z = max(x, y), row by row. NaN wins.
func MaxRows(z, x, y []float32, rows, n, ldz, ldx, ldy int) {
	onRows(maxRows, z, x, y, rows, n, ldz, ldx, ldy)
}

// Min writes z = min(x, y). NaN wins.
func Min(z, x, y []float32) {
	n := len(z)
	minRows(z, x[:n], y[:n], 1, n, n, n, n)
}

// MinRows writes z = min(x, y), row by row. NaN wins.
func MinRows(z, x, y []float32, rows, n, ldz, ldx, ldy int) {
	onRows(minRows, z, x, y, rows, n, ldz, ldx, ldy)
}

// AddClamp writes z = min(max(x + y, lo), hi); NaN stays.
func AddClamp(z, x, y []float32, lo, hi float32) {
	n := len(z)
	addClampRows(z, x[:n], y[:n], 1, n, n, n, n, lo, hi)
}

// AddClampRows writes z = min(max(x + y, lo), hi), row by row.
func AddClampRows(z, x, y []float32, rows, n, ldz, ldx, ldy int, lo, hi float32) {
	onRows(func(z, x, y []float32, rows, n, ldz, ldx, ldy int) {
		addClampRows(z, x, y, rows, n, ldz, ldx, ldy, lo, hi)
	}, z, x, y, rows, n, ldz, ldx, ldy)
}

// ScaleShift writes y = min(max(x scale + shift, lo), hi), rounded once before the clamp if the
// processor has such an instruction. NaN stays.
func ScaleShift(y, x, scale, shift []float32, lo, hi float32) {
	n := len(y)
	scaleShiftRows(y, x[:n], scale[:n], shift[:n], 1, n, n, n, lo, hi)
}

// ScaleShiftRows is ScaleShift for rows of n numbers that begin ldy and ldx numbers apart. Scale
// and shift have one row of n numbers: this is BatchNormalization if a row holds the channels of a
// pixel.
func ScaleShiftRows(y, x, scale, shift []float32, rows, n, ldy, ldx int, lo, hi float32) {
	checkRows("y", y, rows, n, ldy)
	checkRows("x", x, rows, n, ldx)
	if rows > 0 && n > 0 {
		scaleShiftRows(y, x, scale[:n], shift[:n], rows, n, ldy, ldx, lo, hi)
	}
}

// onRows treats rows without gaps as a single long one.
func onRows(f binaryFunc, z, x, y []float32, rows, n, ldz, ldx, ldy int) {
	checkRows("z", z, rows, n, ldz)
	checkRows("x", x, rows, n, ldx)
	checkRows("y", y, rows, n, ldy)
	switch {
	case rows <= 0 || n <= 0:
	case ldz == n && ldx == n && ldy == n:
		f(z, x, y, 1, rows*n, rows*n, rows*n, rows*n)
	default:
		f(z, x, y, rows, n, ldz, ldx, ldy)
	}
}

// checkRows panics unless v has rows of n numbers, ld numbers apart.
func checkRows(name string, v []float32, rows, n, ld int) {
	if rows <= 0 || n <= 0 {
		return
	}
	if ld < 0 || n > len(v) || rows > 1 && ld > (len(v)-n)/(rows-1) { // without a product that could overflow
		panic(fmt.Sprintf("simd: %s: %d rows of %d numbers, %d apart, do not fit in %d", name, rows, n, ld, len(v)))
	}
}
