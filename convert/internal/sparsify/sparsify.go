package sparsify

import (
	"context"
	"fmt"
	"math"
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

// Options say which weights of what is left are to be zero.
type Options struct {
	// Pattern names it: see sparsity.Parse. Empty for no sparsity at all.
	Pattern string
	// Share is the share of zeroes among the weights that can be zero, over 0 and below 1; 0 where the pattern says it.
	Share float64
	// Criterion says which weights go: see sparsity.Criteria. Empty for what suits the data.
	Criterion string
	// Allocation distributes the zeroes over nodes: AllocateUniform, AllocateError or empty for what suits the data.
	Allocation string
}

// Ways to distribute zeroes over nodes.
const (
	AllocateUniform = "uniform" // the same share of each
	AllocateError   = "error"   // by the errors that they cause
)

// Check reports what is wrong before any work is done.
func (s *Options) Check() error {
	if s.Pattern == "" {
		if s.Share != 0 || s.Criterion != "" || s.Allocation != "" {
			return fmt.Errorf("sparsity: want a pattern")
		}
		return nil
	}
	p, err := sparsity.Parse(s.Pattern)
	if err != nil {
		return err
	}
	switch {
	case p.Fixed() && s.Share != 0 && math.Abs(s.Share-(1-p.Density())) > 1e-6:
		return fmt.Errorf("sparsity: pattern %s makes it %g, have %g", s.Pattern, 1-p.Density(), s.Share)
	case !p.Fixed() && !(s.Share > 0 && s.Share < 1):
		return fmt.Errorf("sparsity: want a number over 0 and below 1, have %g", s.Share)
	case s.Allocation != "" && s.Allocation != AllocateUniform && s.Allocation != AllocateError:
		return fmt.Errorf("allocation: want %s or %s, have %q", AllocateUniform, AllocateError, s.Allocation)
	case p.Fixed() && s.Allocation == AllocateError:
		return fmt.Errorf("allocation: pattern %s is %s", s.Pattern, AllocateUniform)
	}
	if s.Criterion != "" {
		_, err = sparsity.Lookup(s.Criterion)
	}
	return err
}

// On reports whether weights are to be zero.
func (s *Options) On() bool { return s.Pattern != "" }

// Input is a cut model and what its weights are chosen and fitted by.
type Input struct {
	// Original is the simplified model, Cut what the plan for its groups left of it; its weights become zero.
	Original, Cut *graph.Model
	Analysis      *group.Analysis
	Plan          *group.Plan
	// Recovery is the name of the recovery, From what there is to learn from, Cuts whether units were removed.
	Recovery string
	From     calibrate.Source
	Cuts     bool
}

// thinning makes the cut model sparse.
type thinning struct {
	options   Options
	settings  stage.Settings
	in        Input
	said      *report.Sparsity
	from      *report.Calibration
	pattern   sparsity.Pattern
	criterion sparsity.Criterion
	nodes     []*linear.Map
	density   map[string]float64 // by the node's title
}

// Apply sets weights of the cut model to zero. The second report is there where something was learnt for it.
func Apply(ctx context.Context, o Options, in Input, s stage.Settings) (*report.Sparsity, *report.Calibration, error) {
	t := &thinning{options: o, settings: s, in: in, density: map[string]float64{}}
	var err error
	if t.pattern, err = sparsity.Parse(o.Pattern); err != nil {
		return nil, nil, err
	}
	wanted := o.Share
	if t.pattern.Fixed() {
		wanted = 1 - t.pattern.Density()
	}
	t.said = &report.Sparsity{Pattern: t.pattern.Name, Wanted: wanted, Allocation: AllocateUniform}
	for _, n := range in.Cut.Graph.Nodes {
		switch l, why := sparsity.Of(n, t.pattern); {
		case l != nil:
			t.nodes = append(t.nodes, l)
			t.density[n.Title()] = 1 - wanted
		case why != "":
			t.said.Dense = append(t.said.Dense, report.DenseNode{Node: n.Title(), Why: why})
		}
	}
	err = t.run(ctx)
	return t.said, t.from, err
}

func (t *thinning) run(ctx context.Context) error {
	if len(t.nodes) == 0 {
		return t.nothing()
	}
	if err := t.choose(); err != nil {
		return err
	}
	repairs, err := t.fit(ctx)
	if err != nil {
		return fmt.Errorf("sparsity: %w", err)
	}
	if err := t.rest(repairs); err != nil {
		return fmt.Errorf("sparsity: %w", err)
	}
	t.report(repairs)
	return t.in.Cut.Check()
}

// nothing says why no weight can be zero.
func (t *thinning) nothing() error {
	why := "the model has no product with constant weights"
	if d := t.said.Dense; len(d) > 0 {
		why = d[0].Node + ": " + d[0].Why
	}
	if t.pattern.Fixed() && t.in.Cuts {
		why += fmt.Sprintf("; --round-to %d cuts groups to multiples of it", t.pattern.Of)
	}
	return &stage.Gate{Reason: fmt.Sprintf("sparsity: no node can have pattern %s: %s", t.pattern.Name, why)}
}

// learns reports whether there are inputs to learn from: made-up ones tell less than the weights do.
func (t *thinning) learns() bool { return defaults.Recovers(t.in.Recovery) && t.in.From.Data != nil }

// choose settles which weights go first.
func (t *thinning) choose() (err error) {
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
	t.said.Criterion = name
	return nil
}

// sparseCriterion is for a model with data, blindCriterion for one without.
const sparseCriterion, blindCriterion = "obs", "magnitude"

// fit lets what stays make up for what goes, as far as there are inputs to learn from.
func (t *thinning) fit(ctx context.Context) (map[string]recovery.Repair, error) {
	if !t.learns() {
		return nil, nil
	}
	feeds, from, err := repair.Inputs(t.in.Original, t.in.Recovery, t.in.From, t.settings)
	t.from = from
	if err != nil || feeds == nil {
		return nil, err
	}
	if samples.BatchSize(t.in.Original) == samples.DefaultBatch { // the model takes any number
		if feeds, err = withShifted(feeds, t.most(from.Samples), t.settings.Seed); err != nil {
			return nil, err
		}
	}
	threads := t.settings.Workers()
	in := recovery.Input{
		Original: t.in.Original, Cut: t.in.Cut, Analysis: t.in.Analysis, Plan: t.in.Plan, Feeds: feeds,
		Stepper: runtime.NewStepper(threads), Threads: threads, Seed: t.settings.Seed,
		Progress: func(done, total int) { t.settings.Report("sparsity", done, total) },
	}
	s := recovery.Sparse{Pattern: t.pattern, Criterion: t.criterion, Density: t.density, Work: t.mostExact()}
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

// mostExact is what the exact ranking of one group may take so that those of all groups which do not take more keep within
// exactWork: the cheapest are ranked exactly.
func (t *thinning) mostExact() float64 {
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

// shiftedWork bounds the multiply-accumulates that moved copies may add to a run of both networks.
const shiftedWork = 5e11

// most is how many samples, with copies, fit memory and are worth their work.
func (t *thinning) most(samples int) int {
	_, macs, _ := figures.Count(t.in.Original, t.settings.Dims)
	return repair.MaxSamples(t.in.Original, t.settings.Dims, samples+reference.FloorInt(shiftedWork/float64(max(1, macs))))
}

// rest makes those nodes sparse that nothing could be learnt for.
func (t *thinning) rest(done map[string]recovery.Repair) error {
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
