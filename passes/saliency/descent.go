package saliency

import (
	"context"
	"math"

	"gonum.org/v1/gonum/blas/blas64"
)

const (
	// pathSteps penalties are tried, each the same fraction of the one before, down to pathEnd of the first.
	pathSteps, pathEnd = 128, 1e-3
	// descentTolerance is how far a condition of optimality may be off, as a fraction of lambda.
	descentTolerance = 1e-3
	// mostSweeps bounds the work for one lambda where inputs are nearly the same.
	mostSweeps = 1000
)

// descent minimises 1/2 (1-b)^T A (1-b) + lambda |b|_1 by coordinate descent with the gradient kept up to date
// ("covariance updates", Friedman et al. 2010, https://doi.org/10.18637/jss.v033.i01): a coordinate that does
// not move costs nothing. At the optimum gradient_i is lambda times the sign of b_i, or at most lambda where b_i is 0.
type descent struct {
	*quadratic
	beta []float64
	// gradient is A (1-b), what is still to explain.
	gradient []float64
}

// newDescent starts where the penalty lets nothing in: b = 0.
func newDescent(q *quadratic) *descent {
	d := &descent{quadratic: q, beta: make([]float64, q.n), gradient: make([]float64, q.n)}
	for i := range q.n {
		d.gradient[i] = total(q.a[i*q.n:][:q.n])
	}
	return d
}

// path follows the optimum from the least lambda that leaves nothing down, each from that before, and gives the
// lambda at which each b_i left 0. Units that leave between the same two steps lie between them, in the order
// of their gradients before; those that never do come last, by theirs at the end.
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

// solve finds the optimum for lambda from where d is: it sweeps over what is not zero until that rests, then moves
// whatever is not where it should be, zeroes among them, until everything is.
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

// off is how far the condition of optimality of b_i is from being met.
func (d *descent) off(i int, lambda float64) float64 {
	if b := d.beta[i]; b != 0 {
		return math.Abs(d.gradient[i] - math.Copysign(lambda, b))
	}
	return max(0, math.Abs(d.gradient[i])-lambda)
}

// move puts b_i where it is best while the others stay, and says how far its condition was off.
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
