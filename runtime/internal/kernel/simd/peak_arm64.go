//go:build !noasm

package simd

func peak(l Level, turns int) {
	if l == NEON {
		peakNEON(turns)
		return
	}
	peakGo(turns, new([12]float32))
}
