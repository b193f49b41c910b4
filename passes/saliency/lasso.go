package saliency

import (
	"context"
	"fmt"

	"github.com/pollard-dev/pollard/passes/group"
)

// LASSO channel selection (He et al. 2017, https://arxiv.org/abs/1707.06168): which inputs X_i of a consumer suffice to
// give its output Y again,
//
//	min over b of 1/2 |Y - sum_i b_i X_i W_i^T|^2 + lambda |b|_1.
//
// Multiplied out, the data are in it as E[x x^T] only, so that no second pass over inputs is needed. A group has
// one b_i for a unit whoever reads it, and the errors of its consumers, each relative to the energy of what it computes,
// add up: that is the problem of the paper for several consumers.
func init() {
	register(Criterion{
		Name: "lasso", Doc: "LASSO channel selection: the penalty at which a unit first helps to give the outputs of its consumers again",
		NeedsData: true, Wants: wantGrams, Normalization: "none", Score: scoreLASSO,
	})
}

// scoreLASSO scores a unit by the largest lambda at which it is not zero, so that those above any score are the
// ones that the problem with that lambda selects.
func scoreLASSO(ctx context.Context, in Input, g *group.Group) ([]float64, error) {
	q, err := quadraticOf(in, g)
	if err != nil {
		return nil, err
	}
	return newDescent(q).path(ctx)
}

// quadraticOf adds up what the readers of g say: consumers with their Gram matrices, and without correlations those that
// have none and products of computed values. A group that nothing reads by constant weights falls back to the
// squared magnitude of its own, as for obs.
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
