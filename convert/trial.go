package convert

import (
	"context"
	"fmt"
	"strings"

	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/runtime"
)

// weighingSolver is for trials that state a price instead of a budget.
const weighingSolver = "lambda"

// Trial is what one candidate among several of the same model is made by.
type Trial struct {
	Criterion string        `json:"criterion"`
	Metric    budget.Metric `json:"of"`
	// Keep is the fraction of the metric that may remain, 1 where Lambda, the error that the whole of it is worth, decides.
	Keep   float64 `json:"keep"`
	Lambda float64 `json:"lambda,omitempty"`
	// Pattern is that in which weights of what is left are then zero, Zeros the share of them where the pattern does not say it; empty for none.
	Pattern string  `json:"pattern,omitempty"`
	Zeros   float64 `json:"zeros,omitempty"`
}

// String names the trial, in characters that a file's name may have.
func (t Trial) String() string {
	name := fmt.Sprintf("%s-%s-%.6g", t.Criterion, t.Metric, t.Keep)
	if t.Lambda > 0 {
		name = fmt.Sprintf("%s-%s-lambda-%.6g", t.Criterion, t.Metric, t.Lambda)
	}
	if t.Pattern != "" {
		name += "-" + strings.ReplaceAll(t.Pattern, ":", "of")
	}
	if t.Zeros > 0 {
		name += fmt.Sprintf("-%.6g", t.Zeros)
	}
	return name
}

// with is the configuration of the trial.
func (t Trial) with(c Config) Config {
	c.Criterion, c.Budget.Metric, c.Budget.Keep, c.Budget.Lambda = t.Criterion, t.Metric, t.Keep, t.Lambda
	if t.Lambda > 0 {
		c.Solver = weighingSolver
	}
	if t.Pattern != "" {
		c.Sparsity.Pattern, c.Sparsity.Share = t.Pattern, t.Zeros
		c.roundToPattern()
	}
	return c
}

// trials makes candidates of one model: what is done once for all of them is done when they are made.
type trials struct {
	*prepared
	selections map[string]*selection // by criterion
	eval       *Data
	was        []int // what the original predicts on eval
}

// newTrials prepares m, whose budgets are of c's metric, for trials of the criteria.
func newTrials(ctx context.Context, m *graph.Model, c Config, in Samples, eval *Data, criteria []string, timings map[string]float64) (*trials, error) {
	c.Budget.Keep, c.Budget.Lambda = 1, 0
	t := &trials{prepared: &prepared{Config: c, in: in}, selections: map[string]*selection{}, eval: eval}
	if err := t.simplify(ctx, m, timings); err != nil {
		return nil, err
	}
	if err := t.study(ctx, timings, criteria...); err != nil {
		return nil, err
	}
	for _, ch := range t.choices {
		err := staged(timings, "curves", func() error {
			s, err := t.selection(ctx, ch)
			if err != nil {
				return err
			}
			s.share(s.cost) // counts the original once for all copies of s
			t.selections[ch.criterion.Name] = s
			return s.chart(ctx)
		})
		if err != nil {
			return nil, err
		}
	}
	return t, staged(timings, "original", func() (err error) {
		t.was, err = predict(ctx, t.original, eval, &t.Config)
		return err
	})
}

// predict gives the class, or without labels the place of the largest output, of each sample.
func predict(ctx context.Context, m *graph.Model, d *Data, c *Config) ([]int, error) {
	s, err := runtime.Compile(m, runtime.Options{Threads: c.Threads})
	if err != nil {
		return nil, err
	}
	found, err := runtime.Predict(ctx, s, d.Feeds, d.Labels, batchSize, func(done, total int) { c.progress("evaluate", done, total) })
	if err == nil && d.Labels != nil && len(d.Labels) != len(found) {
		err = fmt.Errorf("labels: want %d, one for each sample, have %d", len(found), len(d.Labels))
	}
	return found, err
}

// plan chooses the units that stay in a trial. It is not to be called side by side. lost is the error that scores predict, nil where
// they are no errors.
func (t *trials) plan(ctx context.Context, trial Trial) (r *Result, lost *float64, err error) {
	s := *t.selections[trial.Criterion]
	s.Config = trial.with(s.Config)
	if trial.Lambda > 0 {
		if s.solver, err = budget.LookupSolver(weighingSolver); err != nil {
			return nil, nil, err
		}
	}
	r = t.candidate()
	r.Choice.Criterion, r.Choice.Solver, r.Choice.Measured = s.criterion.Name, s.solver.Name, s.measured
	r.Fit = s.fit()
	if r.Plan, r.Outcome, err = s.solve(ctx, trial.Keep); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", trial, err)
	}
	if s.criterion.AddsUp(s.Normalization) {
		sum := s.lost(r.Plan)
		lost = &sum
	}
	return r, lost, nil
}

// carryOut cuts, proves and repairs as planned and says what the outcome predicts on eval. A budget that is not met is no error here.
func (t *trials) carryOut(ctx context.Context, trial Trial, r *Result, threads int, progress func(stage string, done, total int), timings map[string]float64) (predictions []int, err error) {
	p := *t.prepared
	p.Config = trial.with(p.Config)
	p.Threads, p.Progress = threads, progress
	if err := r.carryOut(ctx, &p, timings); err != nil && (!IsGate(err) || r.Outcome.Met || r.Proof != nil && !r.Proof.Passed) {
		return nil, fmt.Errorf("%s: %w", trial, err)
	}
	err = staged(timings, "evaluate", func() error {
		predictions, err = predict(ctx, r.Cut, t.eval, &p.Config)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", trial, err)
	}
	return predictions, nil
}

// readBack proves that the file at path computes what the model does that was written there.
func readBack(ctx context.Context, path string, simplified, cut *graph.Model, feeds map[string]*graph.Tensor, c *Config) (_ bool, err error) {
	read, err := onnx.Read(path)
	if err != nil {
		return false, fmt.Errorf("the written file cannot be read back: %w", err)
	}
	defer read.Done(&err)
	if feeds == nil {
		if feeds, err = Synthetic(simplified, c.Dims, proofCount(simplified, c.Dims), c.Seed); err != nil {
			return false, err
		}
	}
	return proveWritten(ctx, read.Model, cut, feeds, c.Threads)
}

// shareOf is the share of the samples, by their numbers, at which both say the same.
func shareOf(a, b []int, samples []int) float64 {
	same := 0
	for _, i := range samples {
		if a[i] == b[i] {
			same++
		}
	}
	return float64(same) / float64(max(1, len(samples)))
}
