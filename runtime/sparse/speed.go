package sparse

import (
	"math"

	"github.com/pollard-dev/pollard/runtime/internal/nnls"
)

// Speed predicts the time of a product with a sparse matrix: T = Fixed + Beta s + Gamma B for s
// stored numbers in B blocks, in seconds. Fixed does not depend on how many there are: it is the
// time to read the operand and to write the result.
type Speed struct{ Fixed, Beta, Gamma float64 }

// Sample is a timed product.
type Sample struct {
	Stored, Blocks int
	Seconds        float64
}

// FitSpeed returns the speed that minimizes the squares of the relative errors. Samples with blocks
// of different sizes are needed to tell Beta and Gamma apart. Residual is the root mean square of
// the errors.
func FitSpeed(samples []Sample) (v Speed, residual float64) {
	var amounts [][]float64
	var times []float64
	for _, s := range samples {
		amounts = append(amounts, []float64{1, float64(s.Stored), float64(s.Blocks)})
		times = append(times, s.Seconds)
	}
	c := nnls.Relative(amounts, times)
	if len(c) != 3 {
		return Speed{}, 0
	}
	v = Speed{c[0], c[1], c[2]}
	for _, s := range samples {
		d := v.Time(s.Stored, s.Blocks)/s.Seconds - 1
		residual += d * d
	}
	return v, math.Sqrt(residual / float64(len(samples)))
}

// Time returns the predicted time of a product.
func (v Speed) Time(stored, blocks int) float64 {
	return v.Fixed + v.Beta*float64(stored) + v.Gamma*float64(blocks)
}

// Share returns the fraction of the time spent on multiplying: 1 / (1 + Gamma B / (Beta s)) of the
// part that depends on the weights, without the fixed part. It returns 0 if nothing is known.
func (v Speed) Share(stored, blocks int) float64 {
	work := v.Beta * float64(stored)
	if work == 0 {
		return 0
	}
	return work / (work + v.Gamma*float64(blocks))
}
