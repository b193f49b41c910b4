//go:build (amd64 || arm64) && !noasm

package simd

import (
	"unsafe"
)

// depthwiseArgs is what the assembly reads, in words of 8 bytes in this order (gen/depthwise.go and
// gen/neon_depthwise.go name them).
type depthwiseArgs struct {
	firstTable, firstY, firstResidual, x, zero, w, bias unsafe.Pointer

	table, y, residual uintptr // where the rows are; the assembly sets them

	taps, channels, ldy, ldr int // ldy and ldr in bytes
	lo, hi                   float32
	nothing                  int
	tiles, rest              int
	left, count              int // channels and rows still to do, which the assembly counts down
	nextTable                int
	mask                     [8]uint32 // AVX-512: bits of the last vector's channels; AVX2: -1 for each channel; NEON: unused
}

func (d *Depthwise) run(l Level) {
	if l == Generic {
		depthwiseGo(d)
		return
	}
	a := d.args(l)
	a.run(l)
}

func (d *Depthwise) args(l Level) depthwiseArgs {
	t, rows := d.Table, depthwiseRows(l)
	a := depthwiseArgs{
		firstTable: unsafe.Pointer(&t.offsets[d.First*t.taps]), firstY: unsafe.Pointer(&d.Y[d.First*d.LdY]), w: unsafe.Pointer(&d.W[0]),
		taps: t.taps, channels: d.Channels, ldy: 4 * d.LdY,
		lo: d.Lo, hi: d.Hi, tiles: d.Rows / rows, rest: d.Rows % rows, nextTable: 4 * rows * t.taps,
	}
	if t.largest >= 0 {
		a.x = unsafe.Pointer(&d.X[0])
	}
	if t.holes {
		a.zero = unsafe.Pointer(&d.Zero[0])
	}
	if d.Bias != nil {
		a.bias = unsafe.Pointer(&d.Bias[0])
	}
	if d.Residual != nil {
		a.firstResidual, a.ldr = unsafe.Pointer(&d.Residual[d.First*d.LdR]), 4*d.LdR
	}
	d.mask(l, &a)
	return a
}
