package saliency

import (
	"context"
	"fmt"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/statistics"
)

// Optimal Brain Damage (LeCun et al. 1990,
// https://proceedings.neurips.cc/paper/1989/hash/6c9882bbac1c7093bd25041881277658-Abstract.html): removing a weight
// changes an error by half its square times the diagonal of the error's Hessian. The error is that of the outputs of the
// unit's consumers. Its Hessian is E[x x^T] for each row of W, less the product of means where a bias makes up for
// means. The cost of a structure is the sum over its weights, which are taken to be independent of each other.
func init() {
	register(Criterion{
		Name: "obd", Doc: "optimal brain damage: half the squared weights of a unit's consumers times the mean square of what they read, over the energy of what the consumers compute",
		NeedsData: true, Wants: wantEnergies, Normalization: "none", Additive: true, Score: scoreOBD,
	})
}

// wantEnergies asks for the moments of what consumers read and of what they compute. Gram matrices would also account
// for the padding of convolutions, at many times the cost.
func wantEnergies(a *group.Analysis, m *graph.Model) statistics.Request {
	r := wantMoments(a, m)
	for _, g := range a.Groups {
		for _, c := range reads(a, m, g) {
			if y := c.Node.Out(0); y != nil && c.Out < len(y.Type.Shape) {
				r.Axes = append(r.Axes, group.Member{Value: y, Axis: c.Out})
			}
		}
	}
	return r
}

func scoreOBD(_ context.Context, in Input, g *group.Group) ([]float64, error) {
	var shares []share
	for _, r := range reads(in.Analysis, in.Model, g) {
		s, err := diagonalShare(in, r)
		if err != nil {
			return nil, fmt.Errorf("node %s: %w", r.Node.Label(), err)
		}
		shares = append(shares, s)
	}
	for _, p := range products(in.Model, g) {
		s, err := productTerm(in, g, p)
		if err != nil {
			return nil, err
		}
		shares = append(shares, s)
	}
	if len(shares) == 0 {
		s, err := ownShare(in, g)
		if err != nil {
			return nil, err
		}
		shares = append(shares, s)
	}
	scores := make([]float64, g.Units)
	for _, s := range shares {
		for u, x := range s {
			scores[u] += x / 2
		}
	}
	return scores, nil
}

// diagonalShare is each unit's sum of w^2 H_cc over the energy of r's output. That energy may be less than the sum over
// all units, where inputs cancel each other.
func diagonalShare(in Input, r read) (share, error) {
	m := in.Statistics.Moments(r.Node.In(0), r.In)
	if m == nil {
		return nil, fmt.Errorf("no statistics of what it reads")
	}
	out := in.Statistics.Moments(r.Node.Out(0), r.Out)
	seen := 1.0
	if r.Node.Op == "ConvTranspose" && out != nil && out.Count > m.Count { // its windows see zeroes between inputs
		seen = m.Count / out.Count
	}
	second := func(i int) float64 {
		if mean := seen * m.Mean(i); r.HasBias {
			return max(0, seen*m.SecondMoment(i)-mean*mean)
		}
		return seen * m.SecondMoment(i)
	}
	// The variance of an output that hardly varies is mostly rounding error.
	uncorrelated := energyOf(r, second)
	energy := 1e-6 * uncorrelated
	switch {
	case out == nil || r.Opaque: // the output is more than the product
		energy = uncorrelated
	case r.HasBias:
		energy = max(energy, sumOf(out.Variance, len(out.Sum)))
	default:
		energy = max(energy, sumOf(out.SecondMoment, len(out.Sum)))
	}
	return scaled(weighted(r, func(w, input float64) float64 { return w * w * input }, second), energy), nil
}

func sumOf(f func(position int) float64, positions int) float64 {
	s := 0.0
	for i := range positions {
		s += f(i)
	}
	return s
}
