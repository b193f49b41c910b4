package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/passes/budget"
)

// weighed lists the metrics that --lambda can price.
var weighed = []budget.Metric{budget.MACs, budget.Params, budget.Bytes, budget.Latency}

func joined(metrics []budget.Metric) string { return strings.Join(metricsOf(metrics), ", ") }

// solverOf returns the requested solver. --lambda without --solver requests the one that reads it.
func solverOf(c *cli.Context) string {
	if c.IsSet("lambda") && !c.IsSet("solver") {
		return "lambda"
	}
	return c.String("solver")
}

// budgetOf reads the budget flag, --lambda or both. The metric is empty if the size is to follow from --max-drop or --min-agreement.
func budgetOf(c *cli.Context) (budget.Budget, error) {
	of, err := targetOf(c)
	if err != nil {
		return budget.Budget{}, err
	}
	b := budget.Budget{Target: of, RoundTo: c.Int("round-to"), Floor: c.Float64("floor"), Exclude: c.StringSlice("exclude")}
	for _, m := range append(slices.Clone(weighed), budget.Units) {
		if !c.IsSet(string(m)) {
			continue
		}
		if b.Metric != "" {
			return b, fmt.Errorf("want one budget, have --%s and --%s", b.Metric, m)
		}
		b.Metric, b.Keep = m, c.Float64(string(m))
	}
	if c.IsSet("lambda") || c.IsSet("of") {
		if err := weigh(c, &b); err != nil {
			return b, err
		}
	}
	if b.Metric == "" && c.IsSet("pattern") {
		return b, nil // weights alone become zero
	}
	if b.Metric == "" && (c.IsSet("max-drop") || c.IsSet("min-agreement")) {
		return b, nil // what may be lost decides
	}
	if b.Metric == "" {
		return b, fmt.Errorf("want a budget: --macs, --params, --bytes, --latency or --units with the fraction to keep, or --lambda, or how much may be lost: --max-drop or --min-agreement; or --pattern")
	}
	return b, b.Check()
}

// weigh adds --lambda and --of to a budget read from the other flags.
func weigh(c *cli.Context, b *budget.Budget) error {
	if !c.IsSet("lambda") {
		return errors.New("of: want --lambda, which it is for")
	}
	if b.Lambda = c.Float64("lambda"); b.Lambda == 0 {
		return errors.New("lambda: want a number over 0, have 0")
	}
	of := budget.Metric(c.String("of"))
	if c.IsSet("of") && !slices.Contains(weighed, of) {
		return fmt.Errorf("of: want one of %s, have %q", joined(weighed), of)
	}
	switch {
	case b.Metric == "":
		b.Metric, b.Keep = budget.MACs, 1
		if of != "" {
			b.Metric = of
		}
	case of != "" && of != b.Metric:
		return fmt.Errorf("lambda: want --lambda and the budget of one metric, have --of %s and --%s", of, b.Metric)
	}
	return nil
}

// widthsLine says what multiples groups were cut to.
func widthsLine(w *report.Widths) string {
	var parts []string
	for _, m := range w.Multiples {
		to := "any number"
		if m.Units > 1 {
			to = fmt.Sprintf("multiples of %d", m.Units)
		}
		parts = append(parts, fmt.Sprintf("%s in %d", to, m.Groups))
	}
	return fmt.Sprintf("widths: for %s, %s of the groups", w.Target, strings.Join(parts, ", "))
}

// budgetLine says how much of the metric remains, and how much was wanted.
func budgetLine(b *report.Budget) string {
	line := fmt.Sprintf("budget: %s %.4f", b.Metric, b.Reached)
	if b.Lambda == 0 || b.Keep < 1 {
		line += fmt.Sprintf(", wanted %g", b.Keep)
	}
	if b.Lambda > 0 {
		line += fmt.Sprintf(" at lambda %g", b.Lambda)
	}
	if b.Predicted != nil {
		line += fmt.Sprintf(" (predicted %.4f)", *b.Predicted)
	}
	return line
}
