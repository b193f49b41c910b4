package convert

import (
	"context"
	"fmt"
	"math"
	goruntime "runtime"
	"slices"

	"github.com/pollard-dev/pollard/passes/linear"
	"github.com/pollard-dev/pollard/passes/recovery"
	"github.com/pollard-dev/pollard/passes/sparsity"
	"github.com/pollard-dev/pollard/runtime"
)

// Sparsity says which weights of what is left are to be zero.
type Sparsity struct {
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

// check reports what is wrong before any work is done.
func (s *Sparsity) check() error {
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

// sparse reports whether weights are to be zero.
func (c *Config) sparse() bool { return c.Sparsity.Pattern != "" }

// thinning makes the cut model sparse.
type thinning struct {
	*Result
	Config
	in        Samples
	pattern   sparsity.Pattern
	criterion sparsity.Criterion
	nodes     []*linear.Map
	density   map[string]float64 // by the node's title
}

// sparsify sets weights of the cut model to zero.
func (r *Result) sparsify(ctx context.Context, c Config, in Samples) error {
	t := &thinning{Result: r, Config: c, in: in, density: map[string]float64{}}
	var err error
	if t.pattern, err = sparsity.Parse(c.Sparsity.Pattern); err != nil {
		return err
	}
	wanted := c.Sparsity.Share
	if t.pattern.Fixed() {
		wanted = 1 - t.pattern.Density()
	}
	r.Sparsity = &SparsityReport{Pattern: t.pattern.Name, Wanted: wanted, Allocation: AllocateUniform}
	for _, n := range r.Cut.Graph.Nodes {
		switch l, why := sparsity.Of(n, t.pattern); {
		case l != nil:
			t.nodes = append(t.nodes, l)
			t.density[n.Title()] = 1 - wanted
		case why != "":
			r.Sparsity.Dense = append(r.Sparsity.Dense, DenseNodeReport{n.Title(), why})
		}
	}
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
	return r.Cut.Check()
}

// nothing says why no weight can be zero.
func (t *thinning) nothing() error {
	why := "the model has no product with constant weights"
	if d := t.Result.Sparsity.Dense; len(d) > 0 {
		why = d[0].Node + ": " + d[0].Why
	}
	if t.pattern.Fixed() && t.cuts() {
		why += fmt.Sprintf("; --round-to %d cuts groups to multiples of it", t.pattern.Of)
	}
	return &Gate{fmt.Sprintf("sparsity: no node can have pattern %s: %s", t.pattern.Name, why)}
}

// learns reports whether there are inputs to learn from: made-up ones tell less than the weights do.
func (t *thinning) learns() bool { return t.recovers() && t.in.Calibration != nil }

// choose settles which weights go first.
func (t *thinning) choose() (err error) {
	name := t.Config.Sparsity.Criterion
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
	case t.Config.Sparsity.Allocation == AllocateError:
		return fmt.Errorf("allocation %s: want data to learn from, see --calibration and --recovery", AllocateError)
	}
	t.Result.Sparsity.Criterion = name
	return nil
}

// sparseCriterion is for a model with data, blindCriterion for one without.
const sparseCriterion, blindCriterion = "obs", "magnitude"

// fit lets what stays make up for what goes, as far as there are inputs to learn from.
func (t *thinning) fit(ctx context.Context) (map[string]recovery.Repair, error) {
	if !t.learns() {
		return nil, nil
	}
	feeds, err := t.repairInputs(t.Config, t.in)
	if err != nil || feeds == nil {
		return nil, err
	}
	if batchOf(t.Simplified) == batchSize { // the model takes any number
		if feeds, err = withShifted(feeds, t.most(t.Result.Calibration.Samples), t.Seed); err != nil {
			return nil, err
		}
	}
	threads := t.threads()
	in := recovery.Input{
		Original: t.Simplified, Cut: t.Cut, Analysis: t.Analysis, Plan: t.Plan, Feeds: feeds,
		Stepper: runtime.NewStepper(threads), Threads: threads, Seed: t.Seed,
		Progress: func(done, total int) { t.progress("sparsity", done, total) },
	}
	s := recovery.Sparse{Pattern: t.pattern, Criterion: t.criterion, Density: t.density, Work: t.mostExact()}
	if !t.pattern.Fixed() && t.Config.Sparsity.Allocation != AllocateUniform {
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
	_, macs, _ := Count(t.Simplified, t.Dims)
	n := samples + floorInt(shiftedWork/float64(max(1, macs)))
	if each := 2 * liveBytes(t.Simplified, t.Dims); each > 0 {
		n = int(min(int64(n), repairMemory/each))
	}
	return n
}

// threads is how many goroutines may compute.
func (t *thinning) threads() int {
	if t.Threads > 0 {
		return t.Threads
	}
	return goruntime.GOMAXPROCS(0)
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
		if err := sparsity.Thin(l, t.pattern, by, t.density[l.Node.Title()], t.threads()); err != nil {
			return err
		}
	}
	return nil
}
