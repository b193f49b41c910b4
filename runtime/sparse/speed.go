package sparse

import (
	"math"

	"github.com/pollard-dev/pollard/runtime/internal/nnls"
)

// Speed is how long a product with a sparse matrix takes: T = Fixed + Beta s + Gamma B for s stored numbers in B blocks, in seconds. Fixed is what
// does not depend on how many there are: what is read and written for them.
type Speed struct{ Fixed, Beta, Gamma float64 }

// Sample is a product that was timed.
type Sample struct {
	Stored, Blocks int
	Seconds        float64
}

// FitSpeed finds the speed for which the squares of the relative errors are least. Beta and Gamma are told apart by blocks of
// different sizes. Residual is the root of the mean of the squares.
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

// Time is how long a product takes.
func (v Speed) Time(stored, blocks int) float64 {
	return v.Fixed + v.Beta*float64(stored) + v.Gamma*float64(blocks)
}

// Share is the part of the time that multiplies: 1 / (1 + Gamma B / (Beta s)) of what depends on the weights, what is fixed left out. 0 where nothing
// is told of it.
func (v Speed) Share(stored, blocks int) float64 {
	work := v.Beta * float64(stored)
	if work == 0 {
		return 0
	}
	return work / (work + v.Gamma*float64(blocks))
}
