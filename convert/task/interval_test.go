package task

import (
	"math"
	"testing"
)

// The examples are those of Newcombe 1998, Statistics in Medicine 17, 857-872, table I, and
// 2635-2650, table II.
func TestIntervalsAreThoseOfTheLiterature(t *testing.T) {
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-4 }
	for _, c := range []struct {
		k, n      int
		low, high float64
	}{{81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718}} {
		if i := wilson(c.k, c.n); !near(i.Low, c.low) || !near(i.High, c.high) {
			t.Errorf("%d of %d: want %v to %v, have %+v", c.k, c.n, c.low, c.high, i)
		}
	}
	if d, i := (pairs{36, 12, 2, 0}).difference(); !near(d, 0.2) || !near(i.Low, 0.0569) || !near(i.High, 0.3404) {
		t.Errorf("paired: want 0.2, 0.0569 to 0.3404, have %v, %+v", d, i)
	}
	if d, i := (pairs{both: 50}).difference(); d != 0 || i.Low >= 0 || i.High <= 0 {
		t.Errorf("no failure at all: have %v, %+v", d, i)
	}
}
