package saliency

import (
	"context"
	"math"

	"gonum.org/v1/gonum/blas/blas64"
)

const (
	// pathSteps is the number of penalties that are tried. Each is the same fraction of the one before, down to pathEnd
	// of the first.
	pathSteps, pathEnd = 128, 1e-3
	// descentTolerance is how far an optimality condition may be violated, as a fraction of lambda.
	descentTolerance = 1e-3
	// mostSweeps bounds the work for one lambda when inputs are nearly the same.
	mostSweeps = 1000
)

// descent minimises 1/2 (1-b)^T A (1-b) + lambda |b|_1 by coordinate descent. It keeps the gradient up to date
// ("covariance updates", Friedman et al. 2010, https://doi.org/10.18637/jss.v033.i01), so a coordinate that does not
// move costs nothing. At the optimum gradient_i is lambda times the sign of b_i, or at most lambda where b_i is 0.
type descent struct {
	*quadratic
	beta []float64
	// gradient is A (1-b), what remains to be explained.
	gradient []float64
}

// newDescent starts at b = 0, the optimum for the largest penalty.
func newDescent(q *quadratic) *descent {
	d := &descent{quadratic: q, beta: make([]float64, q.n), gradient: make([]float64, q.n)}
	for i := range q.n {
		d.gradient[i] = total(q.a[i*q.n:][:q.n])
	}
	return d
}

// path follows the optimum from the least lambda at which b is 0 downwards, each from the one before, and returns the
// lambda at which each b_i became nonzero. Units that do so in the same step lie between its ends, ordered by their
// gradients before. Those that never do come last, ordered by their gradients at the end.
func (d *descent) path(ctx context.Context) ([]float64, error) {
	scores, in := make([]float64, d.n), make([]bool, d.n)
	before := d.largest()
	if !(before > 0) {
		return scores, nil
	}
	ratio := math.Pow(pathEnd, 1.0/pathSteps)
	was := make([]float64, d.n)
	for range pathSteps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		copy(was, d.gradient)
		lambda := before * ratio
		d.solve(lambda)
		for i, b := range d.beta {
			if b != 0 && !in[i] {
				in[i], scores[i] = true, lambda+(before-lambda)*min(1, math.Abs(was[i])/before)
			}
		}
		before = lambda
	}
	for i, yes := range in {
		if !yes {
			scores[i] = min(before, math.Abs(d.gradient[i]))
		}
	}
	return scores, nil
}

func (d *descent) largest() float64 {
	most := 0.0
	for _, x := range d.gradient {
		most = max(most, math.Abs(x))
	}
	return most
}

// solve finds the optimum for lambda from the present b. It sweeps over the nonzero coordinates until they settle, then
// moves any coordinate that violates its optimality condition, zeros included, until none does.
func (d *descent) solve(lambda float64) {
	active := make([]int, 0, d.n)
	for sweeps := 0; sweeps < mostSweeps; sweeps++ {
		active = active[:0]
		for i, b := range d.beta {
			if b != 0 {
				active = append(active, i)
			}
		}
		for most := math.Inf(1); most > descentTolerance*lambda && sweeps < mostSweeps; sweeps++ {
			most = 0
			for _, i := range active {
				most = max(most, d.move(i, lambda))
			}
		}
		rests := true
		for i := range d.beta {
			if d.off(i, lambda) > descentTolerance*lambda {
				rests = d.move(i, lambda) == 0 && rests
			}
		}
		if rests {
			return
		}
	}
}

// off is how far b_i violates its optimality condition.
func (d *descent) off(i int, lambda float64) float64 {
	if b := d.beta[i]; b != 0 {
		return math.Abs(d.gradient[i] - math.Copysign(lambda, b))
	}
	return max(0, math.Abs(d.gradient[i])-lambda)
}

// move sets b_i to its optimum given the others, and returns how far its condition was violated.
func (d *descent) move(i int, lambda float64) float64 {
	row := d.a[i*d.n:][:d.n]
	if !(row[i] > 0) {
		return 0
	}
	to := d.gradient[i] + row[i]*d.beta[i]
	to = math.Copysign(max(0, math.Abs(to)-lambda), to) / row[i]
	by := to - d.beta[i]
	if by == 0 {
		return 0
	}
	d.beta[i] = to
	blas64.Axpy(-by, blas64.Vector{N: d.n, Inc: 1, Data: row}, blas64.Vector{N: d.n, Inc: 1, Data: d.gradient})
	return math.Abs(by) * row[i]
}
