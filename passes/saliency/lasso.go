package saliency

import (
	"context"
	"fmt"

	"github.com/pollard-dev/pollard/passes/group"
)

// LASSO channel selection (He et al. 2017, https://arxiv.org/abs/1707.06168): which inputs X_i of a consumer suffice to
// reproduce its output Y,
//
//	min over b of 1/2 |Y - sum_i b_i X_i W_i^T|^2 + lambda |b|_1.
//
// Multiplied out, the problem depends on the data through E[x x^T] only, so no second pass over inputs is needed. A
// group has one b_i for each unit, whoever reads it. The errors of its consumers, each relative to the energy of its
// output, add up, which extends the problem of the paper to several consumers.
func init() {
	register(Criterion{
		Name: "lasso", Doc: "LASSO channel selection: the penalty at which a unit first helps to reproduce the outputs of its consumers",
		NeedsData: true, Wants: wantGrams, Normalization: "none", Score: scoreLASSO,
	})
}

// scoreLASSO scores a unit by the largest lambda at which its coefficient is not zero. The units above any score are
// those that the problem with that lambda selects.
func scoreLASSO(ctx context.Context, in Input, g *group.Group) ([]float64, error) {
	q, err := quadraticOf(in, g)
	if err != nil {
		return nil, err
	}
	return newDescent(q).path(ctx)
}

// quadraticOf adds up the terms of the readers of g: of consumers with their Gram matrices, and without correlations of
// consumers that have none and of products of computed values. For a group that no constant weights read it takes the
// squared magnitude of the group's own weights, as obs does.
func quadraticOf(in Input, g *group.Group) (*quadratic, error) {
	q := newQuadratic(g.Units)
	readers, factors := reads(in.Analysis, in.Model, g), products(in.Model, g)
	for _, r := range readers {
		if gram := in.Statistics.Gram(r.Map); gram != nil {
			q.addRead(r, gram, in.Threads)
			continue
		}
		s, err := uncorrelatedShare(in, r)
		if err != nil {
			return nil, fmt.Errorf("node %s: %w", r.Node.Label(), err)
		}
		q.addShare(s)
	}
	for _, p := range factors {
		s, err := productTerm(in, g, p)
		if err != nil {
			return nil, err
		}
		q.addShare(s)
	}
	if len(readers)+len(factors) == 0 {
		s, err := ownShare(in, g)
		if err != nil {
			return nil, err
		}
		q.addShare(s)
	}
	return q, nil
}
