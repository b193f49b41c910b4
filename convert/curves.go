package convert

import (
	"context"
	"maps"
	"slices"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/recovery"
	"github.com/pollard-dev/pollard/passes/saliency"
	"github.com/pollard-dev/pollard/passes/surgery"
	"github.com/pollard-dev/pollard/runtime"
)

const (
	// curveSamples is how many samples errors at the outputs are measured on, fewestCurveSamples how many it takes.
	curveSamples, fewestCurveSamples = 128, 16
	// curveWork bounds the multiply-accumulates of all measurements.
	curveWork = 4e11
	// curveRounds is how often errors are measured where a plan would cut.
	curveRounds = 3
	// nearby is the share of a group's units within which one measurement speaks for another.
	nearby = 1. / 16
)

// outputErrors measures what removing units of one group at a time does to the outputs. Scores are errors at a group's
// readers, each relative to what the reader computes: what of it arrives at the outputs differs from group to group.
type outputErrors struct {
	*selection
	feeds  []map[string]*graph.Tensor
	want   []map[string]*graph.Tensor
	points map[*group.Group][]saliency.Measured
}

// sharpen solves again with scores that pass through errors measured at the outputs where the plan cuts, until it has been
// followed there.
func (s *selection) sharpen(ctx context.Context, scores budget.Scores, plan *group.Plan, outcome *budget.Outcome,
	solve func(budget.Scores) (*group.Plan, *budget.Outcome, error)) (*group.Plan, *budget.Outcome, error) {
	o, err := s.outputErrors(ctx, curveRounds)
	if o == nil || err != nil {
		return plan, outcome, err
	}
	sharp := maps.Clone(scores)
	for range curveRounds {
		before := s.measured
		for i, g := range s.analysis.Groups {
			s.progress("errors at the outputs", i, len(s.analysis.Groups))
			removed := o.next(g, plan)
			if removed == 0 {
				continue
			}
			e, err := o.measure(ctx, g, scores[g], removed)
			if err != nil {
				return nil, nil, err
			}
			s.measured++
			o.points[g] = append(o.points[g], saliency.Measured{Removed: removed, Error: e})
			sharp[g] = saliency.Through(scores[g], o.points[g])
		}
		if s.measured == before {
			break
		}
		if plan, outcome, err = solve(sharp); err != nil {
			return nil, nil, err
		}
	}
	return plan, outcome, nil
}

// outputErrors runs the model uncut, for so many measurements of each group; nil where there are too few samples for the work they take, or no outputs to compare.
func (s *selection) outputErrors(ctx context.Context, rounds int) (*outputErrors, error) {
	if s.data == nil || s.known == nil {
		return nil, nil
	}
	o := &outputErrors{selection: s, points: map[*group.Group][]saliency.Measured{}}
	total, err := dataset.Samples(s.data)
	if err != nil {
		return nil, err
	}
	_, macs, _ := Count(s.model, s.Dims)
	most := floorInt(curveWork / (float64(max(1, macs)) * float64(rounds) * float64(max(1, len(s.analysis.Groups)))))
	size := batchOf(s.model)
	samples := min(total, curveSamples, most)
	if size != batchSize { // the model takes that many and no other number
		samples = samples / size * size
	}
	if samples < fewestCurveSamples {
		return nil, nil
	}
	for from := 0; from < samples; from += size {
		b, err := dataset.Subset(s.data, from, min(samples, from+size))
		if err != nil {
			return nil, err
		}
		o.feeds = append(o.feeds, b)
	}
	if o.want, err = o.run(ctx, s.model); err != nil {
		return nil, err
	}
	return o, nil
}

// next is how many units of g to measure the removal of: those of the plan, or a part where it leaves the group alone;
// 0 where that was measured, or nearly.
func (o *outputErrors) next(g *group.Group, plan *group.Plan) int {
	removed := 0
	if kept := plan.Kept[g]; kept != nil {
		removed = g.Units - len(kept)
	}
	if removed == 0 && len(o.points[g]) == 0 && !o.Budget.Excluded(g) {
		removed = g.Units / 3
	}
	for _, m := range o.points[g] {
		if apart := m.Removed - removed; float64(max(apart, -apart)) <= nearby*float64(g.Units) {
			return 0
		}
	}
	return removed
}

// measure removes that many units of g alone, those with the lowest scores, lets what is left make up for them as far as
// statistics tell, and compares the outputs.
func (o *outputErrors) measure(ctx context.Context, g *group.Group, scores []float64, removed int) (float64, error) {
	order := saliency.Ascending(scores)
	p := &group.Plan{Kept: map[*group.Group][]int{g: slices.Sorted(slices.Values(order[removed:]))}}
	cut, err := surgery.Cut(o.model, o.analysis, p)
	if err != nil {
		return 0, err
	}
	merge, err := recovery.Lookup("merge")
	if err != nil {
		return 0, err
	}
	if _, err := merge.Apply(ctx, recovery.Input{Original: o.model, Cut: cut, Analysis: o.analysis, Plan: p, Statistics: o.known, Threads: o.Threads}); err != nil {
		return 0, err
	}
	have, err := o.run(ctx, cut)
	if err != nil {
		return 0, err
	}
	return o.apart(have), nil
}

func (o *outputErrors) run(ctx context.Context, m *graph.Model) ([]map[string]*graph.Tensor, error) {
	s, err := runtime.Compile(m, runtime.Options{Threads: o.Threads})
	if err != nil {
		return nil, err
	}
	var all []map[string]*graph.Tensor
	for _, f := range o.feeds {
		out, err := s.Run(ctx, f)
		if err != nil {
			return nil, err
		}
		all = append(all, out)
	}
	return all, nil
}

// apart is the energy of the difference to the uncut model's outputs, that of each output as a fraction of its own variance.
func (o *outputErrors) apart(have []map[string]*graph.Tensor) float64 {
	total := 0.0
	for _, v := range o.model.Graph.Outputs {
		apart, sum, square, n := 0.0, 0.0, 0.0, 0.0
		for b := range o.want {
			x, y := o.want[b][v.Name], have[b][v.Name]
			if !x.DType().IsFloat() || !slices.Equal(x.Shape(), y.Shape()) {
				continue
			}
			w, _ := graph.Floats(x)
			h, _ := graph.Floats(y)
			for i := range w {
				apart += (w[i] - h[i]) * (w[i] - h[i])
				sum += w[i]
				square += w[i] * w[i]
				n++
			}
		}
		if variance := square - sum*sum/max(1, n); variance > 0 {
			total += apart / variance
		}
	}
	return total
}
