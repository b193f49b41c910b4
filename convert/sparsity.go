package convert

import (
	"context"
	"fmt"
	"math"
	goruntime "runtime"

	"github.com/pollard-dev/pollard/graph"
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

// SparsityReport says which weights became zero.
type SparsityReport struct {
	Pattern    string             `json:"pattern"`
	Wanted     float64            `json:"wanted"`  // share of zeroes
	Reached    float64            `json:"reached"` // of the weights that can be zero
	Criterion  string             `json:"criterion"`
	Allocation string             `json:"allocation"`
	Weights    int64              `json:"weights"` // that can be zero
	NonZero    int64              `json:"nonzero"`
	Nodes      []SparseNodeReport `json:"nodes"`
	// Dense lists the products that keep all weights, and why.
	Dense []DenseNodeReport `json:"dense,omitempty"`
}

// SparseNodeReport is one node. Errors are as those of RepairReport, absent where nothing was measured.
type SparseNodeReport struct {
	Node    string   `json:"node"`
	Pattern string   `json:"pattern"`
	Weights int      `json:"weights"`
	NonZero int      `json:"nonzero"`
	Density float64  `json:"density"`
	Before  *float64 `json:"before,omitempty"`
	After   *float64 `json:"after,omitempty"`
}

// DenseNodeReport is a product of constant weights that stays as it is.
type DenseNodeReport struct {
	Node string `json:"node"`
	Why  string `json:"why"`
}

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
	name := c.Sparsity.Criterion
	if name == "" {
		name = "obs"
		if !c.recovers() {
			name = "magnitude"
		}
	}
	if t.criterion, err = sparsity.Lookup(name); err != nil {
		return err
	}
	r.Sparsity.Criterion = name
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

// fit lets what stays make up for what goes, as far as there are inputs to learn from.
func (t *thinning) fit(ctx context.Context) (map[string]recovery.Repair, error) {
	if !t.recovers() {
		return nil, nil
	}
	feeds, err := t.repairInputs(t.Config, t.in)
	if err != nil || feeds == nil {
		return nil, err
	}
	threads := t.Threads
	if threads <= 0 {
		threads = goruntime.GOMAXPROCS(0)
	}
	in := recovery.Input{
		Original: t.Simplified, Cut: t.Cut, Analysis: t.Analysis, Plan: t.Plan, Feeds: feeds,
		Stepper: runtime.NewStepper(threads), Threads: threads, Seed: t.Seed,
		Progress: func(done, total int) { t.progress("sparsity", done, total) },
	}
	s := recovery.Sparse{Pattern: t.pattern, Criterion: t.criterion, Density: t.density}
	if !t.pattern.Fixed() && (t.Config.Sparsity.Allocation == AllocateError || t.Config.Sparsity.Allocation == "" && t.in.Calibration != nil) {
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

// rest makes those nodes sparse that nothing could be learnt for.
func (t *thinning) rest(done map[string]recovery.Repair) error {
	by, err := sparsity.Lookup("magnitude")
	if err != nil {
		return err
	}
	for _, l := range t.nodes {
		if _, ok := done[l.Node.Title()]; ok {
			continue
		}
		if err := sparsity.Thin(l, t.pattern, by, t.density[l.Node.Title()], t.Threads); err != nil {
			return err
		}
	}
	return nil
}

// report counts what came of it, and notes it in the model.
func (t *thinning) report(done map[string]recovery.Repair) {
	s := t.Result.Sparsity
	for _, l := range t.nodes {
		weights, nonZero := sparsity.Count(l)
		n := SparseNodeReport{Node: l.Node.Title(), Pattern: t.pattern.Name, Weights: weights, NonZero: nonZero, Density: float64(nonZero) / float64(max(1, weights))}
		if r, ok := done[n.Node]; ok {
			n.Before, n.After = &r.Before, &r.After
		}
		s.Nodes = append(s.Nodes, n)
		s.Weights, s.NonZero = s.Weights+int64(weights), s.NonZero+int64(nonZero)
	}
	s.Reached = 1 - float64(s.NonZero)/float64(max(1, s.Weights))
	note := fmt.Sprintf("pattern=%s sparsity=%.4f", s.Pattern, s.Reached)
	for i, p := range t.Cut.Metadata {
		if p.Key == SparsityKey {
			t.Cut.Metadata[i].Value = note
			return
		}
	}
	t.Cut.Metadata = append(t.Cut.Metadata, graph.Property{Key: SparsityKey, Value: note})
}

// SparsityKey is the key of the metadata under which a model names its pattern.
const SparsityKey = "pollard.sparsity"
