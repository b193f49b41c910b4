package simd

import (
	"fmt"
	"math"
)

// RoundFloat16 rounds x to half-precision numbers (IEEE 754 binary16), ties to even, and clamps
// them: min(max(x, lo), hi). What exceeds 65504 once rounded is infinite before it is clamped. NaN
// stays NaN. It takes rows of n numbers that begin ldy and ldx numbers apart. y may be x if the
// strides are the same.
func RoundFloat16(y, x []float32, rows, n, ldy, ldx int, lo, hi float32) {
	onRounded(roundFloat16, y, x, rows, n, ldy, ldx, lo, hi)
}

// RoundBFloat16 is RoundFloat16 for bfloat16, which has the exponents of float32 and 8 bits of
// significand.
func RoundBFloat16(y, x []float32, rows, n, ldy, ldx int, lo, hi float32) {
	onRounded(roundBFloat16, y, x, rows, n, ldy, ldx, lo, hi)
}

type roundFunc = func(y, x []float32, rows, n, ldy, ldx int, lo, hi float32)

var (
	roundFloat16, roundFloat16Variants   = register(roundFloat16Go, roundFloat16Asm)
	roundBFloat16, roundBFloat16Variants = register(roundBFloat16Go, roundBFloat16Asm)
)

// onRounded checks the extents, which the assembly does not, and joins rows that are adjacent.
func onRounded(f roundFunc, y, x []float32, rows, n, ldy, ldx int, lo, hi float32) {
	if rows <= 0 || n <= 0 {
		return
	}
	if ldy < 0 || ldx < 0 || len(y) < (rows-1)*ldy+n || len(x) < (rows-1)*ldx+n {
		panic(fmt.Sprintf("simd: %d rows of %d numbers, %d and %d apart, in slices of %d and %d", rows, n, ldy, ldx, len(y), len(x)))
	}
	if ldy == n && ldx == n {
		rows, n = 1, rows*n
	}
	f(y, x, rows, n, ldy, ldx, lo, hi)
}

func roundFloat16Go(y, x []float32, rows, n, ldy, ldx int, lo, hi float32) {
	for r := range rows {
		to := y[r*ldy:][:n]
		for i, v := range x[r*ldx:][:n] {
			b := math.Float32bits(v)
			sign, size := b&(1<<31), b&^(1<<31)
			switch {
			case size > 0x7f800000: // NaN
			case size >= 0x477ff000: // 65520
				v = math.Float32frombits(sign | 0x7f800000)
			case size < 0x38800000: // 2^-14: multiples of 2^-24
				s := math.Float32frombits(size)
				s += 0.5
				s -= 0.5
				v = math.Float32frombits(sign | math.Float32bits(s))
			default:
				v = math.Float32frombits((b + 0xfff + b>>13&1) &^ 0x1fff)
			}
			to[i] = min(max(v, lo), hi)
		}
	}
}

func roundBFloat16Go(y, x []float32, rows, n, ldy, ldx int, lo, hi float32) {
	for r := range rows {
		to := y[r*ldy:][:n]
		for i, v := range x[r*ldx:][:n] {
			if b := math.Float32bits(v); v == v {
				v = math.Float32frombits((b + 0x7fff + b>>16&1) &^ 0xffff)
			}
			to[i] = min(max(v, lo), hi)
		}
	}
}
