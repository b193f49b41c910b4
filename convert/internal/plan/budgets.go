package plan

import (
	"context"
	"maps"
	"slices"

	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/saliency"
)

// curveSteps is the number of even steps at which the units of a group are measured for all
// budgets. No cut is then further from a measured one than nearby.
const curveSteps = 8

// MeasureAll measures errors at the outputs once for all budgets. It measures at even steps of
// every group rather than where one plan would cut, so that the choice for one budget does not
// depend on which others were asked for. The scores then pass through the measured errors.
func (s *Selection) MeasureAll(ctx context.Context) error {
	s.measuredAll = true
	if s.Options.NoMeasure || !s.Choice.Criterion.AddsUp(s.Options.Normalization) {
		return nil
	}
	o, err := s.outputErrors(ctx)
	if o == nil || err != nil {
		return err
	}
	if err := s.measureCuts(ctx, o, s.cutsToMeasure(), s.Scores); err != nil {
		return err
	}
	s.Scores = maps.Clone(s.Scores)
	for g, points := range o.points {
		s.Scores[g] = saliency.Through(s.Scores[g], points)
	}
	return nil
}

func (s *Selection) cutsToMeasure() []singleCut {
	var cuts []singleCut
	for _, g := range s.subject.Analysis.Groups {
		last := 0
		for k := 1; k < curveSteps && !s.Options.Budget.Excluded(g); k++ {
			if n := k * g.Units / curveSteps; n > last {
				cuts = append(cuts, singleCut{g, n})
				last = n
			}
		}
	}
	return cuts
}

// PredictedError returns the sum of the scores of the units that the plan removes.
func (s *Selection) PredictedError(p *group.Plan) float64 {
	sum := 0.0
	for _, g := range s.subject.Analysis.Groups {
		kept, cut := p.Kept[g]
		if !cut {
			continue
		}
		for u, score := range s.Scores[g] {
			if _, stays := slices.BinarySearch(kept, u); !stays {
				sum += score
			}
		}
	}
	return sum
}

// WithOptions returns a copy of s for other options and another choice. The selection must have
// measured all budgets.
func (s *Selection) WithOptions(o Options, ch Choice) *Selection {
	s.share(s.cost) // counts the original once for all copies
	c := *s
	c.Options, c.Choice = o, ch
	return &c
}
