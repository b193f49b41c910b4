package saliency

import (
	"math"
	"testing"
)

// A covariance of inputs that hardly vary is rounding, and may have negative numbers on its diagonal: it is damped until it
// is definite. What is not finite is an error.
func TestInvertedDampsUntilDefinite(t *testing.T) {
	h := []float64{1e-16, -3e-16, -3e-16, -2e-16}
	out, err := inverted(h, 2)
	if err != nil {
		t.Fatal(err)
	}
	if !(out.Data[0] > 0 && out.Data[3] > 0) {
		t.Errorf("have %v", out.Data)
	}
	if _, err := inverted([]float64{1, 0, 0, math.NaN()}, 2); err == nil {
		t.Error("NaN is inverted")
	}
}
