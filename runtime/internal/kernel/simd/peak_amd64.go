//go:build !noasm

package simd

func peak(l Level, turns int) {
	switch l {
	case AVX512:
		peakAVX512(turns)
	case AVX2:
		peakAVX2(turns)
	default:
		peakGo(turns, new([12]float32))
	}
}
