package plan

import (
	"context"
	"maps"
	"slices"

	"github.com/pollard-dev/pollard/convert/internal/defaults"
	"github.com/pollard-dev/pollard/convert/internal/reference"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/recovery"
	"github.com/pollard-dev/pollard/passes/saliency"
	"github.com/pollard-dev/pollard/passes/statistics"
	"github.com/pollard-dev/pollard/passes/surgery"
)

const (
	// nearby is the distance, as a share of a group's units, within which one measurement stands
	// for another.
	nearby = 1. / 16
)

// outputErrors measures what removing units of one group at a time does to the outputs. Scores are
// errors at a group's readers, each relative to what the reader computes. How much of that reaches
// the outputs differs from group to group.
type outputErrors struct {
	model     *graph.Model
	analysis  *group.Analysis
	known     *statistics.Set
	reference *reference.Outputs
	points    map[*group.Group][]saliency.Measured
	first     map[*group.Group]int // the first node that a cut of a group affects
}

// singleCut removes a number of units from one group alone.
type singleCut struct {
	group   *group.Group
	removed int
}

// refine solves again with scores that pass through errors measured at the outputs, measuring where
// the latest plan cuts, until the plan cuts nowhere new.
func (s *Selection) refine(ctx context.Context, scores budget.Scores, plan *group.Plan, outcome *budget.Outcome,
	solve func(budget.Scores) (*group.Plan, *budget.Outcome, error)) (*group.Plan, *budget.Outcome, error) {
	o, err := s.outputErrors(ctx)
	if o == nil || err != nil {
		return plan, outcome, err
	}
	sharp := maps.Clone(scores)
	for range s.Settings.Bounds().Rounds {
		var cuts []singleCut
		for _, g := range s.subject.Analysis.Groups {
			if removed := o.next(g, plan, s.Options.Budget.Excluded(g)); removed > 0 {
				cuts = append(cuts, singleCut{g, removed})
			}
		}
		if len(cuts) == 0 {
			break
		}
		if err := s.measureCuts(ctx, o, cuts, scores); err != nil {
			return nil, nil, err
		}
		for _, c := range cuts {
			sharp[c.group] = saliency.Through(scores[c.group], o.points[c.group])
		}
		if plan, outcome, err = solve(sharp); err != nil {
			return nil, nil, err
		}
	}
	return plan, outcome, nil
}

// measureCuts measures the cuts and adds the error of each to the points of its group. The uncut
// model advances to where each cut begins, so that a cut model runs from there on only.
func (s *Selection) measureCuts(ctx context.Context, o *outputErrors, cuts []singleCut, scores budget.Scores) error {
	found := make([]float64, len(cuts))
	step := s.Settings.Counter("errors at the outputs", len(cuts))
	front := reference.NewFront(o.model, o.reference.Feeds)
	order := make([]int, len(cuts))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return o.first[cuts[a].group] - o.first[cuts[b].group] })
	workers := s.Settings.Workers()
	for some := range slices.Chunk(order, workers) {
		// What is not the work of kernels is done for several cuts at a time, a thread each.
		models, errs := make([]*graph.Model, len(some)), make([]error, len(some))
		passes.Parallel(workers, len(some), func(k int) {
			models[k], errs[k] = o.cut(ctx, cuts[some[k]], scores[cuts[some[k]].group])
		})
		for k, i := range some {
			if errs[k] != nil {
				return errs[k]
			}
			if err := front.Advance(ctx, o.first[cuts[i].group], workers); err != nil {
				return err
			}
			have, err := front.Rest(ctx, models[k], workers)
			if err != nil {
				return err
			}
			found[i] = o.reference.Difference(have)
			step()
		}
	}
	for i, c := range cuts {
		o.points[c.group] = append(o.points[c.group], saliency.Measured{Removed: c.removed, Error: found[i]})
	}
	s.Measured += len(cuts)
	return nil
}

// outputErrors runs the uncut model and prepares measurements. It returns nil without data or
// statistics.
func (s *Selection) outputErrors(ctx context.Context) (*outputErrors, error) {
	if s.subject.Data == nil || s.subject.Known == nil {
		return nil, nil
	}
	batch, bounds := samples.BatchOf(s.subject.Model), s.Settings.Bounds()
	// A cut model runs from the cut on, half of the network on average, in the first round for every
	// group and in later ones for fewer.
	most := int(bounds.Passes * float64(s.subject.Data.Count()) / float64(max(1, len(s.subject.Analysis.Groups))))
	if each := samples.LiveBytes(s.subject.Model, s.Settings.Dims); each > 0 {
		most = min(most, int(s.Settings.MemoryBound()*6/10/each))
	}
	most = max(batch.Step(), reference.MinSamples, min(most, bounds.Judged))
	var spread passes.Batches
	var count int
	var err error
	if s.subject.Known.Held != nil {
		spread, count, err = samples.HeldOut(s.subject.Model, s.subject.Data, recovery.Folds, most)
	}
	if count == 0 && err == nil {
		spread, count, err = samples.Spread(s.subject.Model, s.subject.Data, most)
	}
	if err != nil {
		return nil, err
	}
	s.Judged = count
	var feeds []map[string]*graph.Tensor
	for b := range spread.Len() {
		f, err := spread.Read(b, nil)
		if err != nil {
			return nil, err
		}
		feeds = append(feeds, f)
	}
	o := &outputErrors{model: s.subject.Model, analysis: s.subject.Analysis, known: s.subject.Known, points: map[*group.Group][]saliency.Measured{}, first: map[*group.Group]int{}}
	for _, g := range o.analysis.Groups {
		o.first[g] = reference.FirstAffected(o.model, g)
	}
	if o.reference, err = reference.New(ctx, s.subject.Model, feeds, s.Settings.Threads); err != nil {
		return nil, err
	}
	return o, nil
}

// next returns how many units of g to remove in the next measurement: as many as the plan removes
// or, if the plan leaves the group alone and it is not excluded, a third. It returns 0 if that, or
// nearly that, was measured before.
func (o *outputErrors) next(g *group.Group, plan *group.Plan, excluded bool) int {
	removed := 0
	if kept := plan.Kept[g]; kept != nil {
		removed = g.Units - len(kept)
	}
	if removed == 0 && len(o.points[g]) == 0 && !excluded {
		removed = g.Units / 3
	}
	for _, m := range o.points[g] {
		if distance := m.Removed - removed; float64(max(distance, -distance)) <= nearby*float64(g.Units) {
			return 0
		}
	}
	return removed
}

// cut returns the model without the units with the lowest scores that c removes, in which the rest
// compensates as far as statistics allow.
func (o *outputErrors) cut(ctx context.Context, c singleCut, scores []float64) (*graph.Model, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	order := saliency.Ascending(scores)
	p := &group.Plan{Kept: map[*group.Group][]int{c.group: slices.Sorted(slices.Values(order[c.removed:]))}}
	cut, err := surgery.Cut(o.model, o.analysis, p)
	if err != nil {
		return nil, err
	}
	merge, err := recovery.Lookup(defaults.StatisticsRecovery)
	if err != nil {
		return nil, err
	}
	_, err = merge.Apply(ctx, recovery.Input{Original: o.model, Cut: cut, Analysis: o.analysis, Plan: p, Statistics: o.known, Held: o.known.Held, Threads: 1})
	return cut, err
}
