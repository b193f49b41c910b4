package sparse

import (
	"math"
	"testing"
)

func TestFitSpeedTellsNumbersFromBlocks(t *testing.T) {
	want := Speed{Fixed: 2e-6, Beta: 3e-10, Gamma: 5e-10}
	var samples []Sample
	for _, stored := range []int{1000, 4000, 16000} {
		for _, block := range []int{1, 4} {
			samples = append(samples, Sample{stored, stored / block, want.Time(stored, stored/block)})
		}
	}
	v, residual := FitSpeed(samples)
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-6*b }
	if !near(v.Fixed, want.Fixed) || !near(v.Beta, want.Beta) || !near(v.Gamma, want.Gamma) || residual > 1e-6 {
		t.Errorf("have %+v, residual %g; want %+v", v, residual, want)
	}
	if s := want.Share(4000, 1000); !near(s, 1/(1+5e-10*1000/(3e-10*4000))) {
		t.Errorf("share %v", s)
	}
	if (Speed{}).Share(1, 1) != 0 {
		t.Error("of no speed nothing is told")
	}
	if v, _ := FitSpeed(nil); v != (Speed{}) {
		t.Errorf("of no samples: %+v", v)
	}
}
