package runtime

import (
	"math"
	"slices"

	"github.com/pollard-dev/pollard/runtime/internal/nnls"
)

// Sample is a step's work and the time it was seen to take, in nanoseconds.
type Sample struct {
	Step, Family string
	Amount       Amount
	Time         float64
}

// Fit predicts the time of steps from their work: that of a family is a sum of its amounts, each times what one takes, and
// a step takes as many times that as it was seen to take.
type Fit struct {
	families map[string]Amount
	steps    map[[2]string]float64 // by step and the family that it was of
}

// NewFit finds what predicts the samples best: times of a family by least squares of relative errors, where nothing takes less
// than no time.
func NewFit(samples []Sample) *Fit {
	f := &Fit{families: map[string]Amount{}, steps: map[[2]string]float64{}}
	byFamily, byStep := map[string][]Sample{}, map[[2]string][]Sample{}
	for _, s := range samples {
		if s.Time > 0 {
			byFamily[s.Family] = append(byFamily[s.Family], s)
			at := [2]string{s.Step, s.Family}
			byStep[at] = append(byStep[at], s)
		}
	}
	for family, all := range byFamily {
		f.families[family] = leastSquares(all)
	}
	for step, all := range byStep {
		f.steps[step] = f.factor(all)
	}
	return f
}

// factor is how many times what its family takes the step of these samples does: the ratio that is in the middle.
func (f *Fit) factor(samples []Sample) float64 {
	var ratios []float64
	for _, s := range samples {
		if t := f.families[s.Family].times(s.Amount); t > 0 {
			ratios = append(ratios, math.Log(s.Time/t))
		}
	}
	if len(ratios) == 0 {
		return 1
	}
	slices.Sort(ratios)
	n := len(ratios)
	return math.Exp((ratios[(n-1)/2] + ratios[n/2]) / 2)
}

// Time is how long the step takes for so much work, in nanoseconds. A step that was never seen takes what its family does,
// and of a family that was never seen nothing is known: no time.
func (f *Fit) Time(step, family string, a Amount) float64 {
	t := f.families[family].times(a)
	if k, seen := f.steps[[2]string{step, family}]; seen {
		t *= k
	}
	return t
}

// Residual is how far the predictions are from the samples: the absolute differences, added up, as a fraction of the times.
func (f *Fit) Residual(samples []Sample) float64 {
	off, all := 0.0, 0.0
	for _, s := range samples {
		d := f.Time(s.Step, s.Family, s.Amount) - s.Time
		off += math.Abs(d)
		all += s.Time
	}
	if all == 0 {
		return 0
	}
	return off / all
}

// times is the sum of products.
func (a Amount) times(b Amount) float64 {
	sum := 0.0
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

// leastSquares is what one of each amount takes so that the squares of the relative errors add up to the least, none less than 0.
func leastSquares(samples []Sample) (c Amount) {
	amounts, times := make([][]float64, len(samples)), make([]float64, len(samples))
	for i := range samples {
		amounts[i], times[i] = samples[i].Amount[:], samples[i].Time
	}
	copy(c[:], nnls.Relative(amounts, times))
	return c
}
