package recovery

import (
	"context"
	"fmt"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/linear"
	"github.com/pollard-dev/pollard/passes/sparsity"
)

// Try returns the error at the outputs if a node of the cut model has other weights and biases.
type Try func(l *linear.Map, weights, bias []float64) (float64, error)

// Curves returns, for each node of the cut model that s.Density names, the error at each of the densities, the first of
// which is 1 and has the error 0. Errors are those at the node, as fractions of what it computes. If try is set, it is
// called at the densities that measured marks, and errors in between are scaled to match. Nothing is changed.
func Curves(ctx context.Context, in Input, s Sparse, densities []float64, measured []bool, try Try) (map[string]sparsity.Curve, error) {
	w := newWalker(in, way{columns: maxColumns, alone: true})
	curves := map[string]sparsity.Curve{}
	err := w.walk(ctx, func(n, o *graph.Node) error {
		if _, wanted := s.Density[n.Title()]; !wanted {
			return nil
		}
		c, err := w.curve(n, o, s, densities, measured, try)
		if c != nil {
			curves[n.Title()] = *c
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return curves, nil
}

// curve returns the curve of one node, or nil if the node cannot be made sparse.
func (w *walker) curve(n, o *graph.Node, s Sparse, densities []float64, measured []bool, try Try) (*sparsity.Curve, error) {
	p := w.problem(n, o)
	if p == nil || !p.whole {
		return nil, nil
	}
	p.aim()
	if err := p.look(); err != nil {
		return nil, err
	}
	train, _ := p.draw(n.Title())
	fits := make([]*trial, p.Groups)
	errs := make([]error, p.Groups)
	passes.Parallel(p.Threads, p.Groups, func(g int) {
		fits[g], errs[g] = newTrial(&thinning{problem: p, Sparse: s, g: g, train: train})
		train.slabs[g] = nil
	})
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	c := &sparsity.Curve{Weights: p.Groups * p.Outs * p.Cols, Densities: densities, Errors: make([]float64, len(densities))}
	known := make([]float64, len(densities)) // ratio of what try returns to the error at the node
	for i, d := range densities[1:] {
		energy, lost := 0.0, 0.0
		for _, f := range fits {
			energy += f.energy
			lost += f.ranking.Costs([]float64{d})[0]
		}
		if energy > 0 {
			c.Errors[i+1] = lost / energy
		}
		if try == nil || !measured[i+1] || !(lost > 0) || fits[0].ranking.Mask(d).Expensive() {
			continue
		}
		weights, bias := p.weightsAt(fits, d)
		e, err := try(p.Map, weights, bias)
		if err != nil {
			return nil, fmt.Errorf("at density %g: %w", d, err)
		}
		known[i+1] = e / c.Errors[i+1]
	}
	scale(c.Errors, known)
	return c, nil
}

// scale multiplies errors by the known ratios. An unknown ratio is interpolated between its known neighbours, or equals
// the nearest one.
func scale(errors, known []float64) {
	last := -1
	for i, k := range known {
		if k == 0 {
			continue
		}
		for j := last + 1; j < i; j++ {
			at := k
			if last >= 0 {
				share := float64(j-last) / float64(i-last)
				at = known[last]*(1-share) + k*share
			}
			errors[j] *= at
		}
		errors[i] *= k
		last = i
	}
	for j := last + 1; last >= 0 && j < len(errors); j++ {
		errors[j] *= known[last]
	}
}

// trial holds what it takes to make one group of a node sparse at any density.
type trial struct {
	*thinning
	ranking   *sparsity.Ranking
	equations *sparsity.Equations
	energy    float64
}

func newTrial(t *thinning) (*trial, error) {
	m, err := t.moments(t.g, t.train)
	if err != nil {
		return nil, err
	}
	r, err := t.Criterion.Rank(t.matrix(t.current(), m), t.Pattern, t.threads())
	if err != nil {
		return nil, fmt.Errorf("its inputs: %w", err)
	}
	clear(m.cross) // the target is what the node computes now
	return &trial{t, r, t.equations(m), m.energy}, nil
}

// trialStrength is the strength of the regularisation if it is not chosen.
const trialStrength = 1e-5

// weightsAt returns the weights and biases of the node at a density.
func (p *problem) weightsAt(fits []*trial, density float64) (weights, bias []float64) {
	weights, bias = append(weights, p.weights...), append(bias, p.bias...)
	for g, f := range fits {
		mask := f.ranking.Mask(density)
		d := f.moved(f.equations.Fit(mask, trialStrength, p.Threads))
		if finite(d) {
			p.change(weights, bias, g, d)
			continue
		}
		mask.Apply(weights[g*p.Outs*p.Cols:][:p.Outs*p.Cols])
	}
	return weights, bias
}
