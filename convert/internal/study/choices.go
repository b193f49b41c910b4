package study

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/convert/internal/defaults"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/recovery"
	"github.com/pollard-dev/pollard/passes/saliency"
	"github.com/pollard-dev/pollard/passes/surgery"
)

// choices cuts the same part of every width by several criteria, each of which scores once for all
// budgets.
func (x *redundancyStudy) choices(ctx context.Context, t *removals) error {
	cost, err := budget.NewCostModel(x.model, x.analysis, x.settings.Dims)
	if err != nil {
		return err
	}
	for i, name := range compared {
		draws := 1
		if name == "random" {
			draws = randomChoices
		}
		distances := make([]report.ChoiceDistance, len(budgets))
		for draw := range draws {
			x.settings.Report("choices", i*randomChoices+draw, len(compared)*randomChoices)
			scores, err := x.scores(ctx, name, x.settings.Seed+uint64(draw))
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
	slices.SortStableFunc(x.report.Choices, func(a, b report.ChoiceDistance) int { return cmp.Compare(b.MACs, a.MACs) })
	return nil
}

func (x *redundancyStudy) scores(ctx context.Context, criterion string, seed uint64) (budget.Scores, error) {
	c, err := saliency.Lookup(criterion)
	if err != nil {
		return nil, err
	}
	return saliency.Scores(ctx, c, saliency.Input{Model: x.model, Original: x.original, Analysis: x.analysis, Seed: seed,
		Statistics: x.known, Threads: x.settings.Threads})
}

// choice adds to d, with the given weight, which answers survive when the scores choose at its
// budget.
func (x *redundancyStudy) choice(ctx context.Context, t *removals, d *report.ChoiceDistance, scores budget.Scores, cost *budget.CostModel, weight float64) error {
	solver, err := budget.LookupSolver(defaults.FallbackSolver)
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
	have, err := t.Run(ctx, cut, x.settings.Threads)
	if err != nil {
		return err
	}
	d.Error += weight * report.Finite(t.Difference(have))
	d.Answered += weight * t.survivors(have)
	merge, err := recovery.Lookup(defaults.StatisticsRecovery)
	if err != nil {
		return err
	}
	if _, err := merge.Apply(ctx, recovery.Input{Original: x.model, Cut: cut, Analysis: x.analysis, Plan: plan, Statistics: x.known,
		Threads: x.settings.Threads}); err != nil {
		return err
	}
	if have, err = t.Run(ctx, cut, x.settings.Threads); err != nil {
		return err
	}
	d.RepairedError += weight * report.Finite(t.Difference(have))
	d.RepairedAnswered += weight * t.survivors(have)
	return nil
}
