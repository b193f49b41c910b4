package simd

import "fmt"

// Strips returns the number of strips for n columns of weights.
func Strips(n int) int { return strips(Active, n) }

// StripAt returns, for strip s of n columns, its first column, its width in columns (a multiple of
// 16), and how many of them exist.
func StripAt(s, n int) (first, width, columns int) { return stripAt(Active, s, n) }

// PackedLen returns the length of packed weights of taps x k x n. Strip s begins at taps*k*first,
// where first is from StripAt.
func PackedLen(taps, k, n int) int { return taps * k * ((n + 15) / 16 * 16) }

func strips(l Level, n int) int { return (n + strip(l) - 1) / strip(l) }

func stripAt(l Level, s, n int) (first, width, columns int) {
	first = s * strip(l)
	columns = min(n-first, strip(l))
	return first, (columns + 15) / 16 * 16, columns
}

// PackStrips writes weights as a Product reads them, dst[strip][tap][k][width], with zeros for
// missing columns. Column n of row k of a tap is src[tap*strideTap + k*strideK + n*strideN]. If
// strideN or strideK is 1, packing is fast enough for weights that are computed while the model
// runs. It is as fast for a convolution's weights, [n][k][taps], but needs a buffer for them. Dst
// has PackedLen(taps, k, n) numbers.
func PackStrips(dst, src []float32, taps, k, n, strideTap, strideK, strideN int) {
	packStrips(Active, dst, src, taps, k, n, strideTap, strideK, strideN)
}

func packStrips(l Level, dst, src []float32, taps, k, n, strideTap, strideK, strideN int) {
	if taps < 1 || k < 1 || n < 1 || strideTap < 0 || strideK < 0 || strideN < 0 {
		panic("simd: bad extents of weights")
	}
	if want := PackedLen(taps, k, n); len(dst) < want {
		panic(fmt.Sprintf("simd: packed weights of %d, want %d", len(dst), want))
	}
	if want := (taps-1)*strideTap + (k-1)*strideK + (n-1)*strideN + 1; len(src) < want {
		panic(fmt.Sprintf("simd: weights of %d, want %d", len(src), want))
	}
	for s := range strips(l, n) {
		first, width, columns := stripAt(l, s, n)
		to, from := dst[taps*k*first:][:taps*k*width], src[first*strideN:]
		switch {
		case strideN == 1:
			packRows(to, from, taps, k, width, columns, strideTap, strideK)
		case strideK == 1:
			for tap := range taps {
				packTransposed(l, to[tap*k*width:][:k*width], from[tap*strideTap:], k, width, columns, strideN)
			}
		case strideTap == 1 && strideK == taps:
			packTaps(l, to, from, taps, k, width, columns, strideN)
		default:
			packScattered(to, from, taps, k, width, columns, strideTap, strideK, strideN)
		}
	}
}

// packRows copies the columns of each row, which are contiguous.
func packRows(dst, src []float32, taps, k, width, columns, strideTap, strideK int) {
	for tap := range taps {
		for i := range k {
			row := dst[(tap*k+i)*width:][:width]
			copy(row, src[tap*strideTap+i*strideK:][:columns])
			clear(row[columns:])
		}
	}
}

// packTransposed packs columns whose numbers are contiguous: whole vectors by the level's
// transposition, and the rest one by one.
func packTransposed(l Level, dst, src []float32, k, width, columns, strideN int) {
	if columns < width {
		clear(dst)
	}
	wholeK, wholeN := k&^7, columns&^7
	if l == Generic || wholeK == 0 {
		wholeN = 0
	}
	if wholeN > 0 {
		transpose(l, dst, src, wholeK, wholeN, width, strideN)
	}
	for n := range columns {
		from := 0
		if n < wholeN {
			from = wholeK
		}
		column := src[n*strideN:][:k]
		for i := from; i < k; i++ {
			dst[i*width+n] = column[i]
		}
	}
}

// together is the number of rows of all taps that are transposed at a time. With a few taps they
// fit in the first-level cache.
const together = 8

// packTaps packs weights of [n][k][taps], as ONNX stores those of a convolution. It transposes the
// numbers of a column as they lie, then sorts the rows by tap.
func packTaps(l Level, dst, src []float32, taps, k, width, columns, strideN int) {
	sorted := make([]float32, together*taps*width)
	for k0 := 0; k0 < k; k0 += together {
		n := min(together, k-k0)
		packTransposed(l, sorted[:n*taps*width], src[k0*taps:], n*taps, width, columns, strideN)
		for i := range n {
			for tap := range taps {
				copy(dst[(tap*k+k0+i)*width:][:width], sorted[(i*taps+tap)*width:])
			}
		}
	}
}

// packScattered packs weights of any strides.
func packScattered(dst, src []float32, taps, k, width, columns, strideTap, strideK, strideN int) {
	if columns < width {
		clear(dst)
	}
	for tap := range taps {
		for i := range k {
			for n := range columns {
				dst[(tap*k+i)*width+n] = src[tap*strideTap+i*strideK+n*strideN]
			}
		}
	}
}
