package convert

import (
	"context"
)

// plan chooses the units that stay.
func (r *Result) plan(ctx context.Context, p *prepared, ch choice) error {
	r.Choice.Criterion, r.Choice.Solver = ch.criterion.Name, ch.solver.Name
	if p.Rounds > 1 {
		return r.rounds(ctx, p, ch)
	}
	s, err := p.selection(ctx, ch)
	if err != nil {
		return err
	}
	r.Fit = s.fit()
	r.Plan, r.Outcome, err = s.solve(ctx, p.Budget.Keep)
	r.Choice.Measured, r.Predicted, r.scores = s.measured, s.predicted, s.scores
	return err
}
