package simd

// Peak makes turns x PeakFlops floating-point operations in registers, multiplications and additions that do not wait
// for each other: the time it takes is what any product can hope for.
func Peak(turns int) { peak(Best, turns) }

// PeakFlops is the operations of a turn of Peak at a level.
func PeakFlops(l Level) int { return 2 * 12 * [...]int{1, 8, 16}[l] }

func peakGo(turns int) float32 {
	var s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, x float32
	for range turns {
		s0, s1, s2, s3 = s0+x*x, s1+x*x, s2+x*x, s3+x*x
		s4, s5, s6, s7 = s4+x*x, s5+x*x, s6+x*x, s7+x*x
		s8, s9, s10, s11 = s8+x*x, s9+x*x, s10+x*x, s11+x*x
	}
	return s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + s10 + s11
}
