package simd

import (
	"math"
	"testing"
	"time"
)

func TestPeak(t *testing.T) {
	for _, l := range Levels() {
		peak(l, 0)
		peak(l, 3)
	}
}

func BenchmarkPeak(b *testing.B) {
	for _, l := range Levels() {
		b.Run(l.String(), func(b *testing.B) {
			fastest(b, 10000*PeakFlops(l), "GFLOP/s", func() { peak(l, 10000) })
		})
	}
}

// fastest times a function that makes so many operations or moves so many bytes, and reports the fastest turn, which other work
// on the machine disturbs least: in thousand millions a second.
func fastest(b *testing.B, count int, unit string, f func()) {
	least := time.Duration(math.MaxInt64)
	for b.Loop() {
		start := time.Now()
		f()
		least = min(least, time.Since(start))
	}
	b.ReportMetric(float64(count)/float64(least.Nanoseconds()), unit)
}
