package sparsify

import (
	"context"
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/convert/internal/calibrate"
	"github.com/pollard-dev/pollard/convert/internal/defaults"
	"github.com/pollard-dev/pollard/convert/internal/figures"
	"github.com/pollard-dev/pollard/convert/internal/reference"
	"github.com/pollard-dev/pollard/convert/internal/repair"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/linear"
	"github.com/pollard-dev/pollard/passes/recovery"
	"github.com/pollard-dev/pollard/passes/sparsity"
	"github.com/pollard-dev/pollard/runtime"
)

// Input is a cut model and the data by which its weights are chosen and fitted.
type Input struct {
	// Original is the simplified model. Cut is Original without the units that Plan removes; its
	// weights become zero.
	Original, Cut *graph.Model
	Analysis      *group.Analysis
	Plan          *group.Plan
	// Recovery names the recovery, From is what it learns from, and Cuts reports whether units were
	// removed.
	Recovery string
	From     calibrate.Source
	Cuts     bool
}

// sparsifier is a run of Apply.
type sparsifier struct {
	options   Options
	settings  stage.Settings
	in        Input
	result    *report.Sparsity
	from      *report.Calibration
	pattern   sparsity.Pattern
	criterion sparsity.Criterion
	nodes     []*linear.Map
	density   map[string]float64 // by node title
}

// Apply sets weights of the cut model to zero. It also returns a report of the calibration if
// anything was learnt from samples.
func Apply(ctx context.Context, o Options, in Input, s stage.Settings) (*report.Sparsity, *report.Calibration, error) {
	t := &sparsifier{options: o, settings: s, in: in, density: map[string]float64{}}
	var err error
	if t.pattern, err = sparsity.Parse(o.Pattern); err != nil {
		return nil, nil, err
	}
	wanted := o.Share
	if t.pattern.Fixed() {
		wanted = 1 - t.pattern.Density()
	}
	t.result = &report.Sparsity{Pattern: t.pattern.Name, Wanted: wanted, Allocation: AllocateUniform}
	for _, n := range in.Cut.Graph.Nodes {
		switch l, why := sparsity.Of(n, t.pattern); {
		case l != nil:
			t.nodes = append(t.nodes, l)
			t.density[n.Title()] = 1 - wanted
		case why != "":
			t.result.Dense = append(t.result.Dense, report.DenseNode{Node: n.Title(), Why: why})
		}
	}
	err = t.run(ctx)
	return t.result, t.from, err
}

func (t *sparsifier) run(ctx context.Context) error {
	if len(t.nodes) == 0 {
		return t.noNodes()
	}
	if err := t.choose(); err != nil {
		return err
	}
	repairs, err := t.fit(ctx)
	if err != nil {
		return fmt.Errorf("sparsity: %w", err)
	}
	if err := t.sparsifyRest(repairs); err != nil {
		return fmt.Errorf("sparsity: %w", err)
	}
	t.summarize(repairs)
	return t.in.Cut.Check()
}

// noNodes returns the failed gate that no node can have the pattern, with the reason.
func (t *sparsifier) noNodes() error {
	why := "the model has no product with constant weights"
	if d := t.result.Dense; len(d) > 0 {
		why = d[0].Node + ": " + d[0].Why
	}
	if t.pattern.Fixed() && t.in.Cuts {
		why += fmt.Sprintf("; use --round-to %d to cut groups to multiples of it", t.pattern.Of)
	}
	return &stage.Gate{Reason: fmt.Sprintf("sparsity: no node can have pattern %s: %s", t.pattern.Name, why)}
}

// learns reports whether there are inputs to learn from. Made-up inputs tell less than the weights
// do.
func (t *sparsifier) learns() bool { return defaults.Recovers(t.in.Recovery) && t.in.From.Data != nil }

// choose resolves the criterion and the allocation.
func (t *sparsifier) choose() (err error) {
	name := t.options.Criterion
	if name == "" {
		name = sparseCriterion
		if !t.learns() {
			name = blindCriterion
		}
	}
	if t.criterion, err = sparsity.Lookup(name); err != nil {
		return err
	}
	switch {
	case t.learns():
	case t.criterion.NeedsData:
		return fmt.Errorf("sparsity criterion %s: want data to learn from, see --calibration and --recovery", name)
	case t.options.Allocation == AllocateError:
		return fmt.Errorf("allocation %s: want data to learn from, see --calibration and --recovery", AllocateError)
	}
	t.result.Criterion = name
	return nil
}

// sparseCriterion is the default with data, blindCriterion without.
const sparseCriterion, blindCriterion = "obs", "magnitude"

// fit lets the weights that stay compensate for the others, as far as there are inputs to learn
// from.
func (t *sparsifier) fit(ctx context.Context) (map[string]recovery.Repair, error) {
	if !t.learns() {
		return nil, nil
	}
	feeds, from, err := repair.Inputs(t.in.Original, t.in.Recovery, t.in.From, t.settings)
	t.from = from
	if err != nil || feeds == nil {
		return nil, err
	}
	if !samples.BatchOf(t.in.Original).Fixed {
		if feeds, err = withShifted(feeds, t.maxSamples(from.Samples), t.settings.Seed); err != nil {
			return nil, err
		}
	}
	threads := t.settings.Workers()
	in := recovery.Input{
		Original: t.in.Original, Cut: t.in.Cut, Analysis: t.in.Analysis, Plan: t.in.Plan, Feeds: feeds, Hold: repair.Hold(t.in.Original, feeds, t.settings), Sampling: t.settings.Bounds().Repairs,
		Stepper: runtime.NewStepper(threads), Threads: threads, Seed: t.settings.Seed,
		Progress: func(done, total int) { t.settings.Report("sparsity", done, total) },
	}
	s := recovery.Sparse{Pattern: t.pattern, Criterion: t.criterion, Density: t.density, Work: t.maxExact()}
	if !t.pattern.Fixed() && t.options.Allocation != AllocateUniform {
		if err := t.allocate(ctx, in, s); err != nil {
			return nil, err
		}
	}
	repairs, err := recovery.Sparsify(ctx, in, s)
	if err != nil {
		return nil, err
	}
	done := map[string]recovery.Repair{}
	for _, r := range repairs {
		done[r.Node] = r
	}
	return done, nil
}

// exactWork bounds the multiply-accumulates that exact rankings of all nodes together take.
const exactWork = 3e11

// maxExact returns the most that the exact ranking of one group may take. The cheapest groups are
// ranked exactly, as many as stay within exactWork together.
func (t *sparsifier) maxExact() float64 {
	var each []float64
	for _, l := range t.nodes {
		for range l.Groups {
			each = append(each, sparsity.Exact(l.Outs, l.Cols, t.pattern))
		}
	}
	slices.Sort(each)
	sum, most := 0.0, 1.0
	for _, work := range each {
		if sum += work; sum > exactWork {
			break
		}
		most = max(most, work)
	}
	return most
}

// shiftedWork bounds the multiply-accumulates that shifted copies may add to a run of both
// networks.
const shiftedWork = 5e11

// maxSamples returns how many samples, copies included, are worth their cost.
func (t *sparsifier) maxSamples(samples int) int {
	_, macs, _ := figures.Count(t.in.Original, t.settings.Dims)
	return samples + reference.FloorInt(shiftedWork/float64(max(1, macs)))
}

// sparsifyRest sets weights to zero in the nodes that nothing could be learnt for.
func (t *sparsifier) sparsifyRest(done map[string]recovery.Repair) error {
	by, err := sparsity.Lookup(blindCriterion)
	if err != nil {
		return err
	}
	for _, l := range t.nodes {
		if _, ok := done[l.Node.Title()]; ok {
			continue
		}
		if err := sparsity.Thin(l, t.pattern, by, t.density[l.Node.Title()], t.settings.Workers()); err != nil {
			return err
		}
	}
	return nil
}
