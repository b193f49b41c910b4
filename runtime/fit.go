package runtime

import (
	"math"
	"slices"

	"github.com/pollard-dev/pollard/runtime/internal/nnls"
)

// Sample is a step's work and its measured time in nanoseconds.
type Sample struct {
	Step, Family string
	Amount       Amount
	Time         float64
}

// Fit predicts the time of steps from their work. The time of a family is a linear function of its
// amounts. A step scales that by the ratio at which it was measured.
type Fit struct {
	families map[string]Amount
	steps    map[[2]string]float64 // by step and its family
}

// NewFit returns the fit that predicts the samples best. The times of a family are fitted by least
// squares of relative errors with nonnegative coefficients.
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

// factor returns the ratio of the step's time to that of its family: the median over these samples.
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

// Time predicts the time of the step for that much work, in nanoseconds. An unknown step takes the
// time of its family. For an unknown family, Time returns 0.
func (f *Fit) Time(step, family string, a Amount) float64 {
	t := f.families[family].times(a)
	if k, seen := f.steps[[2]string{step, family}]; seen {
		t *= k
	}
	return t
}

// Residual returns the sum of the absolute prediction errors as a fraction of the total time.
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

// times returns the dot product.
func (a Amount) times(b Amount) float64 {
	sum := 0.0
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

// leastSquares returns the nonnegative coefficients that minimize the sum of the squared relative
// errors.
func leastSquares(samples []Sample) (c Amount) {
	amounts, times := make([][]float64, len(samples)), make([]float64, len(samples))
	for i := range samples {
		amounts[i], times[i] = samples[i].Amount[:], samples[i].Time
	}
	copy(c[:], nnls.Relative(amounts, times))
	return c
}
