package simd

import "testing"

func BenchmarkPeak(b *testing.B) {
	for l := Go; l <= Best; l++ {
		b.Run(l.String(), func(b *testing.B) {
			for b.Loop() {
				peak(l, 10000)
			}
			gflops(b, 10000*PeakFlops(l))
		})
	}
}

// gflops reports the speed of a benchmark that makes so many operations a turn.
func gflops(b *testing.B, operations int) {
	b.ReportMetric(float64(operations)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
}
