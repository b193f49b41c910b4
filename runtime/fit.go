package runtime

import (
	"math"
	"slices"
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

// leastSquares is what one of each amount takes so that the squares of the relative errors add up to the least, none less than
// 0 (Lawson and Hanson 1974, chapter 23, https://doi.org/10.1137/1.9781611971217). There are so few amounts that every set of
// those which take anything is tried.
func leastSquares(samples []Sample) Amount {
	var gram [amounts][amounts]float64
	var right Amount
	for _, s := range samples {
		for i, x := range s.Amount {
			for j, y := range s.Amount {
				gram[i][j] += x / s.Time * y / s.Time
			}
			right[i] += x / s.Time
		}
	}
	best, least := Amount{}, math.Inf(1)
	for set := 1; set < 1<<amounts; set++ {
		c, ok := solve(gram, right, set)
		if !ok {
			continue
		}
		off := 0.0 // the squares, less the number of samples
		for i := range c {
			off -= 2 * c[i] * right[i]
			for j := range c {
				off += c[i] * gram[i][j] * c[j]
			}
		}
		if off < least-1e-12 {
			best, least = c, off
		}
	}
	return best
}

// solve solves the equations of the amounts in the set, the others being 0; ok is false where they do not tell these apart, or
// one would be less than 0.
func solve(gram [amounts][amounts]float64, right Amount, set int) (c Amount, ok bool) {
	var at []int
	for i := range amounts {
		if set>>i&1 == 1 {
			if gram[i][i] == 0 {
				return c, false
			}
			at = append(at, i)
		}
	}
	n := len(at)
	rows := make([][]float64, n) // scaled, for amounts are of very different sizes
	for i, p := range at {
		rows[i] = make([]float64, n+1)
		for j, q := range at {
			rows[i][j] = gram[p][q] / math.Sqrt(gram[p][p]*gram[q][q])
		}
		rows[i][n] = right[p] / math.Sqrt(gram[p][p])
	}
	for i := range n { // the matrix is positive definite: no pivoting
		if rows[i][i] < 1e-9 {
			return c, false
		}
		for j := i + 1; j < n; j++ {
			f := rows[j][i] / rows[i][i]
			for k := i; k <= n; k++ {
				rows[j][k] -= f * rows[i][k]
			}
		}
	}
	for i := n - 1; i >= 0; i-- {
		x := rows[i][n]
		for j := i + 1; j < n; j++ {
			x -= rows[i][j] * rows[j][n]
		}
		if rows[i][n] = x / rows[i][i]; rows[i][n] < 0 {
			return c, false
		}
		c[at[i]] = rows[i][n] / math.Sqrt(gram[at[i]][at[i]])
	}
	return c, true
}
