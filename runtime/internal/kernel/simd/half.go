package simd

import "math"

// RoundFloat16 rounds x to half-precision numbers (IEEE 754 binary16), ties to even, and clamps
// them: min(max(x, lo), hi). What exceeds 65504 once rounded is infinite before it is clamped. NaN
// stays NaN. y may be x.
func RoundFloat16(y, x []float32, lo, hi float32) { roundFloat16(y[:len(x)], x, lo, hi) }

// RoundBFloat16 is RoundFloat16 for bfloat16, which has the exponents of float32 and 8 bits of
// significand.
func RoundBFloat16(y, x []float32, lo, hi float32) { roundBFloat16(y[:len(x)], x, lo, hi) }

func roundFloat16Go(y, x []float32, lo, hi float32) {
	for i, v := range x {
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
		y[i] = min(max(v, lo), hi)
	}
}

func roundBFloat16Go(y, x []float32, lo, hi float32) {
	for i, v := range x {
		if b := math.Float32bits(v); v == v {
			v = math.Float32frombits((b + 0x7fff + b>>16&1) &^ 0xffff)
		}
		y[i] = min(max(v, lo), hi)
	}
}
