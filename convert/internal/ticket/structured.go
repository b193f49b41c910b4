package ticket

import (
	"context"
	"fmt"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/canonical"
	"github.com/pollard-dev/pollard/convert/internal/checkpoint"
	"github.com/pollard-dev/pollard/convert/internal/defaults"
	"github.com/pollard-dev/pollard/convert/internal/pipeline"
	"github.com/pollard-dev/pollard/convert/internal/plan"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/saliency"
	"github.com/pollard-dev/pollard/passes/simplify"
)

// Checkpoints are models of one network, with the paths that messages call them.
type Checkpoints struct {
	// Trained selects the structure. Initial is the network before training. Source supplies the
	// ticket's values: it is Initial or a checkpoint from early in training.
	Trained, Initial, Source             *graph.Model
	TrainedPath, InitialPath, SourcePath string
}

// New returns a Builder for the source, in which BatchNormalization stays in place.
func New(ctx context.Context, of Checkpoints) (*Builder, error) {
	base, a, err := canonical.SimplifyWith(ctx, of.Source, simplify.Unfused())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", of.SourcePath, err)
	}
	return &Builder{base: base, analysis: a}, nil
}

// Structured removes from the source the units that the trained network can do without. calibration
// may be nil.
func (c *Builder) Structured(ctx context.Context, of Checkpoints, o pipeline.Options, calibration dataset.Source, r *report.Report) error {
	selected, err := selectUnits(ctx, of, o, calibration, r.Timings)
	if selected != nil && selected.Choice != nil {
		r.Choice = selected.Choice
	}
	if stage.IsGate(err) {
		return err
	}
	if err != nil {
		return fmt.Errorf("%s: %w", of.TrainedPath, err)
	}
	source, _, err := canonical.Simplify(ctx, of.Source)
	if err != nil {
		return fmt.Errorf("%s: %w", of.SourcePath, err)
	}
	pairs, err := checkpoint.Pair(selected.Simplified, source)
	if err != nil {
		return fmt.Errorf("%s: is not the network of %s: %w", of.SourcePath, of.TrainedPath, err)
	}
	if err := c.cutBase(selected.Analysis, selected.Plan, pairs); err != nil {
		return fmt.Errorf("%s: %w", of.SourcePath, err)
	}
	r.Groups = plan.Groups(c.analysis, c.plan, nil)
	r.Pinned = c.analysis.Pinned
	out, b := selected.Outcome, o.Plan.Budget
	r.Budget = &report.Budget{Metric: string(b.Metric), Keep: b.Keep, Reached: out.Reached, Met: out.Met, Why: out.Why, Widths: selected.Widths}
	return pipeline.BudgetGate(b, selected)
}

// selectUnits plans the trained model without merging, rotating or repairing it: the source could
// not follow.
func selectUnits(ctx context.Context, of Checkpoints, o pipeline.Options, calibration dataset.Source, t stage.Timings) (*pipeline.Result, error) {
	o.NoLossless, o.NoRotation, o.Recovery = true, true, defaults.NoRecovery
	name := o.Plan.Criterion
	if name == "" {
		name = defaults.DefaultCriterion
	}
	criterion, err := saliency.Lookup(name)
	if err != nil {
		return nil, err
	}
	if criterion.NeedsInitial {
		o.Initial, o.InitialPath = of.Initial, of.InitialPath
	}
	if err := o.Check(); err != nil {
		return nil, err
	}
	b, err := pipeline.Prepare(ctx, of.Trained, o, pipeline.Samples{Calibration: calibration}, t)
	if err != nil {
		return nil, err
	}
	if err := b.Study(ctx, t, o.Plan.Criterion); err != nil {
		return nil, err
	}
	r := b.Candidate()
	return r, b.ChoosePlan(ctx, r, t)
}

// cutBase cuts base as the plan cuts the simplified trained model, whose groups are a's. pairs
// leads from that model to the equally simplified source, whose computed values have the same names
// in base.
func (c *Builder) cutBase(a *group.Analysis, p *group.Plan, pairs *checkpoint.Pairs) error {
	c.plan = &group.Plan{Kept: map[*group.Group][]int{}}
	for _, g := range a.Groups {
		kept, cut := p.Kept[g]
		if !cut || len(kept) == g.Units {
			continue
		}
		same := c.sameUnits(a, g, pairs)
		if same == nil {
			return fmt.Errorf("group %s: its units are not found in the model with BatchNormalization in place", g.Name)
		}
		c.plan.Kept[same] = kept
	}
	return c.cut()
}
