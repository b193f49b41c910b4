package study

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/pollard-dev/pollard/convert/internal/defaults"
	"github.com/pollard-dev/pollard/convert/internal/figures"
	"github.com/pollard-dev/pollard/convert/internal/reference"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/redundancy"
	"github.com/pollard-dev/pollard/passes/surgery"
)

const (
	// survivalDraws is the number of random networks at each density, randomChoices the number of
	// draws of the random criterion.
	survivalDraws, randomChoices = 6, 3
	// survivalSamples is the most samples that a removal is measured on.
	survivalSamples = 256
)

var (
	// densities are the shares of units kept at random, denser where networks break.
	densities = []float64{0.98, 0.95, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5, 0.35}
	// budgets are the fractions of the multiply-accumulates at which criteria are compared.
	budgets  = []float64{0.75, 0.5, 0.25}
	compared = []string{"random", "l2", defaults.DefaultCriterion}
)

// removals compares the answers of networks that lost units with the original's, on the calibration
// samples.
type removals struct {
	*reference.Outputs
	first   string // name of the first output
	outputs int
	classes int // of the first output; 0 if it does not hold class scores
}

// measureRemovals measures how many answers survive random removal, and how far random, magnitude
// and data-driven choices differ.
func (x *redundancyStudy) measureRemovals(ctx context.Context, t stage.Timings) error {
	r, err := x.newRemovals(ctx)
	if err != nil {
		return err
	}
	err = t.Time("random pruning", func() error { return x.survival(ctx, r) })
	if err != nil {
		return err
	}
	return t.Time("choices", func() error { return x.choices(ctx, r) })
}

// newRemovals runs the uncut model.
func (x *redundancyStudy) newRemovals(ctx context.Context) (*removals, error) {
	total := x.data.Count()
	_, macs, _ := figures.Count(x.model, x.settings.Dims)
	runs := len(densities)*survivalDraws + len(budgets)*(randomChoices+2*len(compared))
	batch := samples.BatchOf(x.model)
	count := batch.Floor(min(total, survivalSamples, max(reference.MinSamples, reference.MaxSamples(macs, runs))))
	if count == 0 {
		return nil, fmt.Errorf("want at least %d samples, have %d", batch.Step(), total)
	}
	feeds, err := reference.Batches(x.data, count, batch.Size)
	if err != nil {
		return nil, err
	}
	o, err := reference.New(ctx, x.model, feeds, x.settings.Threads)
	if err != nil {
		return nil, err
	}
	t := &removals{Outputs: o, first: x.model.Graph.Outputs[0].Name, outputs: len(x.model.Graph.Outputs)}
	x.report.Answer, x.report.Tested = "explained variance of the outputs", count
	if out := o.Want[0][t.first]; out.Rank() == 2 && out.DType().IsFloat() && out.Shape()[1] > 1 {
		t.classes = out.Shape()[1]
		x.report.Answer = "the original's class"
	}
	return t, nil
}

// survivors returns the share of the original's answers that another network still gives, rescaled
// so that 1 is all of them and 0 is chance, the share that one class for all would get. If the
// outputs are not classes, it returns the fraction of their variance that is left.
func (t *removals) survivors(have []map[string]*graph.Tensor) float64 {
	if t.classes == 0 {
		return max(0, 1-t.Difference(have)/float64(t.outputs))
	}
	same, total := 0, 0
	for b := range t.Want {
		x, _ := graph.Floats(t.Want[b][t.first])
		y, _ := graph.Floats(have[b][t.first])
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

// largest returns the index of the first largest element.
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
	random := rand.New(rand.NewPCG(x.settings.Seed, 0x7375727669766c))
	var points []redundancy.Point
	for i, s := range densities {
		x.settings.Report("random pruning", i, len(densities))
		p := report.Survival{Density: s, Draws: survivalDraws}
		sum, square := 0.0, 0.0
		for range survivalDraws {
			cut, err := surgery.Cut(x.model, x.analysis, randomPlan(x.analysis, s, random))
			if err != nil {
				return err
			}
			have, err := t.Run(ctx, cut, x.settings.Threads)
			if err != nil {
				return err
			}
			a := t.survivors(have)
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

// randomPlan keeps each unit with probability s, and at least one unit of each group.
func randomPlan(a *group.Analysis, s float64, random *rand.Rand) *group.Plan {
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
