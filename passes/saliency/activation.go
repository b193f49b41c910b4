package saliency

import (
	"context"
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/passes/group"
)

// Activation-weighted magnitude: the weights that read a unit times the norm of what they read. This is Wanda's metric
// (Sun et al. 2023, https://arxiv.org/abs/2306.11695) summed over a structure.
func init() {
	register(Criterion{
		Name: "activation", Doc: "weights of a unit's consumers times the root mean square of what they read (Wanda)",
		NeedsData: true, Wants: wantMoments, Score: scoreReads(func(in Input, r read) []float64 {
			m := in.Statistics.Moments(r.Node.In(0), r.In)
			return weighted(r, func(w, input float64) float64 { return math.Abs(w) * input }, func(i int) float64 { return math.Sqrt(m.SecondMoment(i)) })
		}),
	})
}

// scoreReads makes a criterion of a score that each consumer gives its units, on any scale: the scores of each are
// scaled to the mean 1 before the group's reduction joins them. For products of computed values the score is the product
// of the operands' root mean squares. A group that nothing reads is scored by its L2 norm.
func scoreReads(score func(Input, read) []float64) func(context.Context, Input, *group.Group) ([]float64, error) {
	return func(ctx context.Context, in Input, g *group.Group) ([]float64, error) {
		reduce, err := reduction(in.Reduction)
		if err != nil {
			return nil, err
		}
		var members [][]float64
		for _, r := range reads(in.Analysis, in.Model, g) {
			if in.Statistics.Moments(r.Node.In(0), r.In) == nil {
				return nil, fmt.Errorf("node %s: no statistics of what it reads", r.Node.Label())
			}
			members = append(members, score(in, r))
		}
		for _, p := range products(in.Model, g) {
			a, b := in.Statistics.Moments(p.a.Value, p.a.Axis), in.Statistics.Moments(p.b.Value, p.b.Axis)
			if a == nil || b == nil {
				return nil, fmt.Errorf("no statistics of %q and %q", p.a.Value.Name, p.b.Value.Name)
			}
			sums := make([]float64, g.Units)
			for i, u := range in.Analysis.Units(g, p.a) {
				if u >= 0 {
					sums[u] += math.Sqrt(a.SecondMoment(i) * b.SecondMoment(i))
				}
			}
			members = append(members, sums)
		}
		if len(members) == 0 {
			return criteria[DataFree].Score(ctx, in, g)
		}
		for i, m := range members {
			members[i] = scaled(m, total(m)/float64(len(m)))
		}
		return joined(members, g.Units, reduce), nil
	}
}
