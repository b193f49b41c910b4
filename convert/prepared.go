package convert

import (
	"context"
	"fmt"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/budget"
)

// prepared is a model with what is done to it once, however many candidates are then made of it: it is simplified and rid of free
// units, its groups are found, statistics are collected and bases changed.
type prepared struct {
	Config
	in       Samples
	original *graph.Model // as it was read, but for calls of functions
	choices  []choice     // one a criterion, in the order asked for
	first    Result       // what every candidate begins as
	note     string       // what is left undone for want of data
	timing   *timing      // for budgets of latency, once somebody asked
}

// simplify makes the model that is pruned, and settles what Config leaves open for it.
func (p *prepared) simplify(ctx context.Context, m *graph.Model, timings map[string]float64) (err error) {
	if p.original, err = withoutCalls(ctx, m); err != nil {
		return err
	}
	p.Dims = Extents(p.original, p.Dims)
	r := &p.first
	err = staged(timings, "simplify", func() (err error) {
		p.progress("simplify", 0, 0)
		r.Simplified, r.Analysis, err = Simplify(ctx, p.original)
		return err
	})
	if err != nil {
		return err
	}
	p.note = p.settle(r.Simplified, p.in)
	if !p.cuts() {
		p.note = "" // it is about units
	}
	if p.note = p.asTrained(p.note); p.note != "" {
		p.progress(p.note, 0, 0)
	}
	if err := r.recall(ctx, p.Config); err != nil {
		return err
	}
	if p.NoLossless {
		return nil
	}
	return staged(timings, "free", func() error { return r.free(ctx, p.Config, p.in.Proof) })
}

// study looks at the simplified model as the criteria want to, an empty name standing for the one that suits the model.
func (p *prepared) study(ctx context.Context, timings map[string]float64, criteria ...string) error {
	return staged(timings, "plan", func() error {
		p.progress("plan", 0, 0)
		r := &p.first
		if len(r.Analysis.Groups) == 0 && len(r.Free) == 0 {
			return &Gate{"nothing can be removed: the model has no free group; inspect says what pins each axis"}
		}
		for _, name := range criteria {
			c := p.Config
			if name != "" {
				c.Criterion = name
			}
			ch, err := c.choose(r.Simplified)
			if err != nil {
				return err
			}
			p.choices = append(p.choices, ch)
		}
		r.Choice = &ChoiceReport{Criterion: p.choices[0].criterion.Name, Solver: p.choices[0].solver.Name, Rounds: max(1, p.Rounds), Note: p.note}
		known, err := r.statistics(ctx, p.Config, p.in, p.choices...)
		if err != nil {
			return err
		}
		r.Silent = silent(r.Simplified, r.Analysis, known)
		r.known, err = r.rotate(ctx, p.Config, p.in.Proof, known)
		return err
	})
}

// candidate is one that nothing was chosen for yet.
func (p *prepared) candidate() *Result {
	r := p.first
	if r.Choice != nil {
		choice := *r.Choice
		r.Choice = &choice
	}
	return &r
}

// selection is that of the whole model, by one of the choices.
func (p *prepared) selection(ctx context.Context, ch choice) (*selection, error) {
	r := &p.first
	s := &selection{Config: p.Config, choice: ch, model: r.Simplified, analysis: r.Analysis, original: p.original, initial: r.initial, known: r.known, data: p.in.Calibration}
	if p.Budget.Metric == budget.Latency && p.timing == nil {
		var err error
		if p.timing, err = newTiming(ctx, &p.Config, p.original, r.Simplified, r.Analysis); err != nil {
			return nil, fmt.Errorf("budget latency: %w", err)
		}
	}
	s.timing = p.timing
	return s, s.look(ctx)
}
