package simd

// Peak does turns x PeakFlops floating-point operations in registers, multiplications and additions
// that do not wait for each other. The time that takes is a lower bound for any product.
func Peak(turns int) { peak(Active, turns) }

// PeakFlops returns the number of operations in a turn of Peak at a level.
func PeakFlops(l Level) int { return 2 * 12 * [...]int{Generic: 1, AVX2: 8, AVX512: 16, NEON: 4}[l] }

// peakGo keeps twelve sums, each starting from a different number so that the compiler keeps them
// all.
func peakGo(turns int, s *[12]float32) {
	s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11 := s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], s[9], s[10], s[11]
	const x, y = 0.5, 1
	for range turns {
		s0, s1, s2, s3 = s0*x+y, s1*x+y, s2*x+y, s3*x+y
		s4, s5, s6, s7 = s4*x+y, s5*x+y, s6*x+y, s7*x+y
		s8, s9, s10, s11 = s8*x+y, s9*x+y, s10*x+y, s11*x+y
	}
	*s = [12]float32{s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11}
}
