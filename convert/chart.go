package convert

import (
	"context"
	"maps"
	"slices"

	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/saliency"
)

// chartSteps is in how many steps the units of a group go where errors at the outputs are measured for every budget there may be: no cut
// is then further from a measured one than nearby says.
const chartSteps = 8

// chart measures errors at the outputs once for all budgets: at even steps of every group, and not where one plan would cut, so that
// what is chosen for one budget does not depend on which others were asked for. Scores then pass through what was measured.
func (s *selection) chart(ctx context.Context) error {
	s.charted = true
	if s.NoMeasure || !s.criterion.AddsUp(s.Normalization) {
		return nil
	}
	single := *s
	single.Threads = 1 // cuts are measured side by side: one alone leaves most of several threads idle
	o, err := single.outputErrors(ctx, chartSteps-1)
	if o == nil || err != nil {
		return err
	}
	cuts := s.chartedCuts()
	found, errs := make([]float64, len(cuts)), make([]error, len(cuts))
	report := counter(s.Progress, "errors at the outputs", len(cuts))
	passes.Parallel(s.threads(), len(cuts), func(i int) {
		if errs[i] = ctx.Err(); errs[i] == nil {
			found[i], errs[i] = o.measure(ctx, cuts[i].group, s.scores[cuts[i].group], cuts[i].removed)
		}
		report()
	})
	for i, err := range errs {
		if err != nil {
			return err
		}
		g := cuts[i].group
		o.points[g] = append(o.points[g], saliency.Measured{Removed: cuts[i].removed, Error: found[i]})
	}
	s.measured += len(cuts)
	s.scores = maps.Clone(s.scores)
	for g, points := range o.points {
		s.scores[g] = saliency.Through(s.scores[g], points)
	}
	return nil
}

// chartedCut is so many units removed from one group alone.
type chartedCut struct {
	group   *group.Group
	removed int
}

func (s *selection) chartedCuts() []chartedCut {
	var cuts []chartedCut
	for _, g := range s.analysis.Groups {
		last := 0
		for k := 1; k < chartSteps && !s.Budget.Excluded(g); k++ {
			if n := k * g.Units / chartSteps; n > last {
				cuts = append(cuts, chartedCut{g, n})
				last = n
			}
		}
	}
	return cuts
}

// lost is the sum of the scores of the units that the plan removes.
func (s *selection) lost(p *group.Plan) float64 {
	sum := 0.0
	for _, g := range s.analysis.Groups {
		kept, cut := p.Kept[g]
		if !cut {
			continue
		}
		for u, score := range s.scores[g] {
			if _, stays := slices.BinarySearch(kept, u); !stays {
				sum += score
			}
		}
	}
	return sum
}
