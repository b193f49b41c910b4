package sparsity

import "github.com/pollard-dev/pollard/passes/internal/linalg"

const (
	// factored bounds the multiply-accumulates that a fit spends on factorizations. A fit that would take more descends
	// instead.
	factored = 2e10
	// descents bounds the steps of a descent. It stops earlier once the gradient's energy is settled of what it was at
	// first.
	descents, settled = 24, 1e-8
)

// Expensive reports whether a fit under the mask takes long, so that few should be made.
func (m *Mask) Expensive() bool {
	work := 0.0
	for _, kept := range m.Kept {
		n := float64(len(kept))
		work += n * n * n / 3
	}
	return work > factored
}

// descend is Fit by conjugate gradients for all outputs at a time, with the diagonal as the preconditioner. Each step
// takes a product with the Gram matrix. It starts from the prior under the mask.
func (e *Equations) descend(m *Mask, lambda float64, threads int) []float64 {
	n := e.Cols
	mask := make([]float64, m.Outs*n)
	full := make([]float64, n*n)
	for i := range n {
		for j := i; j < n; j++ {
			full[i*n+j], full[j*n+i] = e.Gram[i*n+j], e.Gram[i*n+j]
		}
		full[i*n+i] += lambda
	}
	for b, kept := range m.Kept {
		from, to := m.Pattern.rows(b, m.Outs)
		for r := from; r < to; r++ {
			for _, c := range kept {
				mask[r*n+c] = 1
			}
			if e.Bias {
				mask[r*n+n-1] = 1
			}
		}
	}
	w, left := make([]float64, m.Outs*n), make([]float64, m.Outs*n) // left is the residual of the right-hand side
	for r := range m.Outs {
		for c := range n {
			w[r*n+c] = mask[r*n+c] * e.Prior[r*n+c]
			left[r*n+c] = e.Cross[c*m.Outs+r] + lambda*e.Prior[r*n+c]
		}
	}
	times := func(x []float64) []float64 {
		y := make([]float64, len(x))
		linalg.AddProduct(linalg.Of(y, m.Outs, n, n), linalg.Of(x, m.Outs, n, n), linalg.Of(full, n, n, n), threads)
		return y
	}
	for i, y := range times(w) {
		left[i] = (left[i] - y) * mask[i]
	}
	c := conjugate{n: n, outs: m.Outs, full: full, mask: mask, times: times}
	c.run(w, left)
	return w
}

// conjugate minimises for each output separately, all in step.
type conjugate struct {
	n, outs    int
	full, mask []float64
	times      func([]float64) []float64
}

// run updates w step by step. left is the residual, which goes to zero.
func (c *conjugate) run(w, left []float64) {
	way := make([]float64, len(w))
	first, last := make([]float64, c.outs), make([]float64, c.outs)
	for step := range descents {
		going := false
		for r := range c.outs {
			energy := 0.0
			for i := r * c.n; i < (r+1)*c.n; i++ {
				if c.mask[i] > 0 {
					energy += left[i] * left[i] / c.full[(i-r*c.n)*(c.n+1)]
				}
			}
			if step == 0 {
				first[r] = energy
			}
			keep := 0.0
			if last[r] > 0 {
				keep = energy / last[r]
			}
			last[r] = energy
			if energy <= settled*first[r] {
				clear(way[r*c.n:][:c.n])
				last[r] = 0
				continue
			}
			going = true
			for i := r * c.n; i < (r+1)*c.n; i++ {
				way[i] *= keep
				if c.mask[i] > 0 {
					way[i] += left[i] / c.full[(i-r*c.n)*(c.n+1)]
				}
			}
		}
		if !going {
			return
		}
		turned := c.times(way)
		for r := range c.outs {
			bend := 0.0
			for i := r * c.n; i < (r+1)*c.n; i++ {
				bend += way[i] * turned[i]
			}
			if !(bend > 0) {
				continue
			}
			far := last[r] / bend
			for i := r * c.n; i < (r+1)*c.n; i++ {
				w[i] += far * way[i]
				left[i] -= far * turned[i] * c.mask[i]
			}
		}
	}
}
