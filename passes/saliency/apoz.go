package saliency

import (
	"github.com/pollard-dev/pollard/passes/group"
)

// Firing probability: a unit that is rarely positive matters little. It is one minus the average percentage of zeros
// (APoZ: Hu et al. 2016, https://arxiv.org/abs/1607.03250).
func init() {
	register(Criterion{
		Name: "apoz", Doc: "fraction of inputs on which a unit is positive where it is read (one minus its average percentage of zeros)",
		NeedsData: true, Wants: wantMoments, Score: scoreReads(func(in Input, r read) []float64 {
			m := in.Statistics.Moments(r.Node.In(0), r.In)
			return meanOverUnit(in, r, m.FiringShare)
		}),
	})
}

// meanOverUnit is the mean of a statistic over the positions of each unit on the axis that r reads.
func meanOverUnit(in Input, r read, of func(position int) float64) []float64 {
	sums, counts := make([]float64, r.group.Units), make([]float64, r.group.Units)
	for i, u := range in.Analysis.Units(r.group, group.Member{Value: r.Node.In(0), Axis: r.In}) {
		if u >= 0 {
			sums[u] += of(i)
			counts[u]++
		}
	}
	for u, n := range counts {
		sums[u] /= max(1, n)
	}
	return sums
}
