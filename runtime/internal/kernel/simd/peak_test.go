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

// fastest times a function that does count operations or moves count bytes. It reports the rate of
// the fastest turn, which other load on the machine disturbs least, in thousand millions per
// second.
func fastest(b *testing.B, count int, unit string, f func()) {
	least := time.Duration(math.MaxInt64)
	for b.Loop() {
		start := time.Now()
		f()
		least = min(least, time.Since(start))
	}
	b.ReportMetric(float64(count)/float64(least.Nanoseconds()), unit)
}
