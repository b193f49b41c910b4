package simd

import "fmt"

// Depthwise is a convolution of each channel with weights of its own, for a range of rows
// (positions of y), with channels interleaved:
//
//	y[r*LdY + c] = clamp(Bias[c] + sum over taps t of X[at(r, t) + c] * w[t, c] + Residual[r*LdR + c], lo, hi)
//
// where at(r, t) is given by Table. Terms are added in that order, each with a fused multiply-add
// (Generic: as the compiler does it), whatever the number of channels and rows. NaN stays NaN
// through the clamp. Nothing is allocated.
type Depthwise struct {
	X        []float32
	Table    *Table    // rows of X, in tiles of DepthwiseRows()
	Zero     []float32 // Channels zeros at least, if the table has rows of zeros
	Channels int
	W        []float32 // as PackDepthwise writes it

	Y        []float32
	LdY      int
	Bias     []float32 // Channels numbers, or nil
	Residual []float32 // as Y, but not Y itself, or nil
	LdR      int
	Lo, Hi   float32 // -Inf, +Inf: no clamp

	First, Rows int // the rows of y to compute; First is a multiple of DepthwiseRows()
}

// DepthwiseRows returns how many rows a depthwise convolution computes at once, which is also the
// tile of its tables.
func DepthwiseRows() int { return depthwiseRows(Active) }

func depthwiseRows(l Level) int { return [...]int{Generic: 1, AVX2: 3, AVX512: 7, NEON: 2}[l] }

// Run computes the rows. It panics if a slice is too short.
func (d *Depthwise) Run() { d.runAt(Active) }

func (d *Depthwise) runAt(l Level) {
	if d.Rows <= 0 {
		return
	}
	d.check(l)
	d.run(l)
}

// check panics unless every slice covers what the convolution reads and writes.
func (d *Depthwise) check(l Level) {
	end := d.First + d.Rows
	short := func(name string, have, want int) {
		if have < want {
			panic(fmt.Sprintf("simd: %s of %d, want %d", name, have, want))
		}
	}
	if d.Channels < 1 || d.First < 0 || d.LdY < d.Channels || d.LdR < 0 || d.Table.taps < 1 || d.First%d.Table.tile != 0 {
		panic("simd: bad extents of a depthwise convolution")
	}
	short("w", len(d.W), depthwiseLen(l, d.Table.taps, d.Channels))
	short("y", len(d.Y), (end-1)*d.LdY+d.Channels)
	if d.Bias != nil {
		short("bias", len(d.Bias), d.Channels)
	}
	if d.Residual != nil {
		short("residual", len(d.Residual), (end-1)*d.LdR+d.Channels)
	}
	d.Table.check(d.First, d.Rows, depthwiseRows(l), d.Channels, len(d.X), len(d.Zero))
}

// DepthwiseLen returns the length of a depthwise convolution's packed weights.
func DepthwiseLen(taps, channels int) int { return depthwiseLen(Active, taps, channels) }

// PackDepthwise writes weights as a Depthwise reads them, dst[strip][tap][channel of the strip],
// where a strip is computed at once. The weight of a channel under a tap is src[tap*strideTap +
// channel*strideChannel].
func PackDepthwise(dst, src []float32, taps, channels, strideTap, strideChannel int) {
	packDepthwise(Active, dst, src, taps, channels, strideTap, strideChannel)
}

// depthwiseStrip returns the width of a strip in channels if left are left, and how many channels
// it has.
func depthwiseStrip(l Level, left int) (width, channels int) {
	switch {
	case l == Generic:
		width = left
	case l == AVX512:
		width = min(64, (left+15)/16*16)
	case left >= 32:
		width = 32
	case left >= 16:
		width = 16
	case left >= 8 || l == AVX2:
		width = 8
	default:
		width = 4
	}
	return width, min(left, width)
}

func depthwiseLen(l Level, taps, channels int) int {
	n := 0
	for channels > 0 {
		width, columns := depthwiseStrip(l, channels)
		n += taps * width
		channels -= columns
	}
	return n
}

func packDepthwise(l Level, dst, src []float32, taps, channels, strideTap, strideChannel int) {
	if want := depthwiseLen(l, taps, channels); len(dst) < want {
		panic(fmt.Sprintf("simd: packed weights of %d, want %d", len(dst), want))
	}
	for first := 0; first < channels; {
		width, columns := depthwiseStrip(l, channels-first)
		for tap := range taps {
			row := dst[tap*width:][:width]
			if strideChannel == 1 {
				copy(row[:columns], src[tap*strideTap+first:])
				clear(row[columns:])
				continue
			}
			for c := range columns {
				row[c] = src[tap*strideTap+(first+c)*strideChannel]
			}
			clear(row[columns:])
		}
		first, dst = first+columns, dst[taps*width:]
	}
}

// depthwiseGo accumulates the sums of a row in y.
func depthwiseGo(d *Depthwise) {
	for r := d.First; r < d.First+d.Rows; r++ {
		y := d.Y[r*d.LdY:][:d.Channels]
		clear(y)
		copy(y, d.Bias)
		for tap := range d.Table.taps {
			x := d.Zero
			if at := d.Table.at(r, tap); at >= 0 {
				x = d.X[at:]
			}
			x = x[:len(y)]
			for c, w := range d.W[tap*d.Channels:][:len(y)] {
				y[c] += x[c] * w
			}
		}
		if d.Residual != nil {
			for c, v := range d.Residual[r*d.LdR:][:len(y)] {
				y[c] += v
			}
		}
		for c, v := range y {
			y[c] = min(max(v, d.Lo), d.Hi)
		}
	}
}
