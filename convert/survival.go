package convert

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/recovery"
	"github.com/pollard-dev/pollard/passes/redundancy"
	"github.com/pollard-dev/pollard/passes/saliency"
	"github.com/pollard-dev/pollard/passes/surgery"
)

const (
	// survivalDraws is how many random networks are tried at each density, randomChoices how often the random criterion draws.
	survivalDraws, randomChoices = 6, 3
	// survivalWork bounds the multiply-accumulates of all removals, survivalSamples and fewestCurveSamples the samples of each.
	survivalWork, survivalSamples = 4e11, 256
)

var (
	// densities are those at which units are dropped at random, more of them where networks break.
	densities = []float64{0.98, 0.95, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5, 0.35}
	// budgets are the parts of the multiply-accumulates at which choices are compared, by criteria.
	budgets  = []float64{0.75, 0.5, 0.25}
	compared = []string{"random", "l2", DefaultCriterion}
)

// removals answers the calibration samples by networks that lost units.
type removals struct {
	*outputErrors
	classes int // of the first output; 0 where it is no scores of classes
}

// prunings measures what random removal leaves of the answers, and how far random, magnitude and data-driven choices are apart.
func (x *redundancyStudy) prunings(ctx context.Context, timings map[string]float64) error {
	t, err := x.removals(ctx)
	if err != nil {
		return err
	}
	err = staged(timings, "random pruning", func() error { return x.survival(ctx, t) })
	if err != nil {
		return err
	}
	return staged(timings, "choices", func() error { return x.choices(ctx, t) })
}

// removals runs the uncut model.
func (x *redundancyStudy) removals(ctx context.Context) (*removals, error) {
	total, err := dataset.Samples(x.feeds)
	if err != nil {
		return nil, err
	}
	_, macs, _ := Count(x.model, x.Dims)
	runs := len(densities)*survivalDraws + len(budgets)*(randomChoices+2*len(compared))
	size := batchOf(x.model)
	samples := min(total, survivalSamples, max(fewestCurveSamples, floorInt(survivalWork/(float64(max(1, macs))*float64(runs)))))
	if size != batchSize { // the model takes that many and no other number
		samples = samples / size * size
	}
	if samples == 0 {
		return nil, fmt.Errorf("want at least %d samples, have %d", size, total)
	}
	o := &outputErrors{selection: &selection{Config: x.Config, model: x.model, analysis: x.analysis}}
	for from := 0; from < samples; from += size {
		b, err := dataset.Subset(x.feeds, from, min(samples, from+size))
		if err != nil {
			return nil, err
		}
		o.feeds = append(o.feeds, b)
	}
	if o.want, err = o.run(ctx, x.model); err != nil {
		return nil, err
	}
	t := &removals{outputErrors: o}
	x.report.Answer, x.report.Tested = "explained variance of the outputs", samples
	if out := o.want[0][x.model.Graph.Outputs[0].Name]; out.Rank() == 2 && out.DType().IsFloat() && out.Shape()[1] > 1 {
		t.classes = out.Shape()[1]
		x.report.Answer = "the original's class"
	}
	return t, nil
}

// answered is the share of the original's answers that another network gives, above what one class for all would get: 1 for all of
// them, and 0 for no more than chance. Where the outputs are no classes, it is the part of their variance that is still there.
func (t *removals) answered(have []map[string]*graph.Tensor) float64 {
	if t.classes == 0 {
		return max(0, 1-t.apart(have)/float64(len(t.model.Graph.Outputs)))
	}
	same, total := 0, 0
	name := t.model.Graph.Outputs[0].Name
	for b := range t.want {
		x, _ := graph.Floats(t.want[b][name])
		y, _ := graph.Floats(have[b][name])
		for i := 0; i+t.classes <= min(len(x), len(y)); i += t.classes {
			total++
			if largest(x[i:i+t.classes]) == largest(y[i:i+t.classes]) {
				same++
			}
		}
	}
	chance := 1 / float64(t.classes)
	return max(0, (float64(same)/float64(max(1, total))-chance)/(1-chance))
}

// largest is where the largest element stands, the first of equals.
func largest(v []float64) int {
	best := 0
	for i, x := range v {
		if x > v[best] {
			best = i
		}
	}
	return best
}

// survival drops units of all groups at random.
func (x *redundancyStudy) survival(ctx context.Context, t *removals) error {
	random := rand.New(rand.NewPCG(x.Seed, 0x7375727669766c))
	var points []redundancy.Point
	for i, s := range densities {
		x.progress("random pruning", i, len(densities))
		p := SurvivalReport{Density: s, Draws: survivalDraws}
		sum, square := 0.0, 0.0
		for range survivalDraws {
			cut, err := surgery.Cut(x.model, x.analysis, drawn(x.analysis, s, random))
			if err != nil {
				return err
			}
			have, err := t.run(ctx, cut)
			if err != nil {
				return err
			}
			a := t.answered(have)
			sum, square = sum+a, square+a*a
		}
		p.Answered = sum / survivalDraws
		p.Spread = math.Sqrt(max(0, square/survivalDraws-p.Answered*p.Answered))
		points = append(points, redundancy.Point{Density: s, Share: p.Answered})
		x.report.Survival = append(x.report.Survival, p)
	}
	x.report.Fitted = redundancy.Fit(points)
	for i := range x.report.Survival {
		x.report.Survival[i].Fitted = x.report.Fitted.At(x.report.Survival[i].Density)
	}
	return nil
}

// drawn keeps each unit with probability s, one of each group at least.
func drawn(a *group.Analysis, s float64, random *rand.Rand) *group.Plan {
	p := &group.Plan{Kept: map[*group.Group][]int{}}
	for _, g := range a.Groups {
		var kept []int
		for u := range g.Units {
			if random.Float64() < s {
				kept = append(kept, u)
			}
		}
		if len(kept) == 0 {
			kept = []int{random.IntN(g.Units)}
		}
		p.Kept[g] = kept
	}
	return p
}

// choices cuts the same part of every width by several criteria, each of which scores once for all budgets.
func (x *redundancyStudy) choices(ctx context.Context, t *removals) error {
	cost, err := budget.NewCostModel(x.model, x.analysis, x.Dims)
	if err != nil {
		return err
	}
	for i, name := range compared {
		draws := 1
		if name == "random" {
			draws = randomChoices
		}
		distances := make([]ChoiceDistance, len(budgets))
		for draw := range draws {
			x.progress("choices", i*randomChoices+draw, len(compared)*randomChoices)
			scores, err := x.scores(ctx, name, x.Seed+uint64(draw))
			if err != nil {
				return err
			}
			for k, keep := range budgets {
				d := &distances[k]
				d.Criterion, d.MACs = name, keep
				if err := x.choice(ctx, t, d, scores, cost, 1/float64(draws)); err != nil {
					return fmt.Errorf("criterion %s: %w", name, err)
				}
			}
		}
		x.report.Choices = append(x.report.Choices, distances...)
	}
	slices.SortStableFunc(x.report.Choices, func(a, b ChoiceDistance) int { return cmp.Compare(b.MACs, a.MACs) })
	return nil
}

func (x *redundancyStudy) scores(ctx context.Context, criterion string, seed uint64) (budget.Scores, error) {
	c, err := saliency.Lookup(criterion)
	if err != nil {
		return nil, err
	}
	return saliency.Scores(ctx, c, saliency.Input{Model: x.model, Original: x.original, Analysis: x.analysis, Seed: seed, Statistics: x.known, Threads: x.Threads})
}

// choice adds to d what the scores leave of the answers at its budget, with this weight.
func (x *redundancyStudy) choice(ctx context.Context, t *removals, d *ChoiceDistance, scores budget.Scores, cost *budget.CostModel, weight float64) error {
	solver, err := budget.LookupSolver(fallbackSolver)
	if err != nil {
		return err
	}
	plan, _, err := solver.Solve(x.analysis.Groups, scores, budget.Budget{Metric: budget.MACs, Keep: d.MACs}, cost)
	if err != nil {
		return err
	}
	cut, err := surgery.Cut(x.model, x.analysis, plan)
	if err != nil {
		return err
	}
	have, err := t.run(ctx, cut)
	if err != nil {
		return err
	}
	d.Error += weight * finite(t.apart(have))
	d.Answered += weight * t.answered(have)
	merge, err := recovery.Lookup(StatisticsRecovery)
	if err != nil {
		return err
	}
	if _, err := merge.Apply(ctx, recovery.Input{Original: x.model, Cut: cut, Analysis: x.analysis, Plan: plan, Statistics: x.known, Threads: x.Threads}); err != nil {
		return err
	}
	if have, err = t.run(ctx, cut); err != nil {
		return err
	}
	d.RepairedError += weight * finite(t.apart(have))
	d.RepairedAnswered += weight * t.answered(have)
	return nil
}
