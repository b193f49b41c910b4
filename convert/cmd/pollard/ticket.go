package main

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/urfave/cli/v2"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/passes/budget"
)

func ticketCommand() *cli.Command {
	flags := []cli.Flag{
		&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Required: true, Usage: "write the ticket to `FILE`"},
		&cli.StringFlag{Name: "initial", Required: true, Usage: "`FILE` with the same network before training, whose values the ticket has"},
		&cli.StringFlag{Name: "rewind", Usage: "`FILE` with the same network early in its training, whose values the ticket has instead"},
		&cli.StringFlag{Name: "mask", Usage: "write masks for a trainer that keeps the dense form to `FILE`, an .npz of bool arrays named after the initializers"},
		&cli.BoolFlag{Name: "check", Usage: "list the kept values by initializer: how many, and their digests in the ticket and in its source"},
		&cli.Float64Flag{Name: "sparsity", Usage: "set this fraction of the multiplied weights to 0 one by one, instead of cutting units"},
		&cli.StringFlag{Name: "criterion", Usage: "what a unit, or with --sparsity a weight, is worth to the trained network: as for prune; l1, l2, change and movement for weights (default: l2, obs with --calibration)"},
		&cli.StringFlag{Name: "reduction", Usage: "as for prune"},
		&cli.StringFlag{Name: "normalization", Usage: "as for prune"},
		&cli.StringFlag{Name: "solver", Usage: "as for prune; uniform or global with --sparsity (default: uniform)"},
		&cli.Float64Flag{Name: "floor", Value: 0.1, Usage: "fraction of its units that every group keeps at least"},
		&cli.IntFlag{Name: "round-to", Usage: "cut groups to a multiple of `N` units"},
		&cli.StringSliceFlag{Name: "exclude", Usage: "leave groups alone whose `NAME` or pattern, or that of a member, this is"},
		&cli.StringFlag{Name: "calibration", Usage: "unlabelled samples, .npy, .npz or IDX, for criteria that look at data, and for the proof"},
		&cli.BoolFlag{Name: "no-measure", Usage: "do not measure errors at the outputs, take scores for them"},
		&cli.Uint64Flag{Name: "seed", Usage: "for random scores and made-up inputs"},
		&cli.BoolFlag{Name: "no-proof", Usage: "skip the proof that cut and mask compute the same"},
		&cli.BoolFlag{Name: "force", Usage: "write the ticket though a gate failed"},
		dimFlag(),
	}
	for _, m := range ticketMetrics {
		flags = append(flags, &cli.Float64Flag{Name: string(m), Usage: "fraction of the trained network's " + metricNames[m] + " to keep, over 0 and at most 1"})
	}
	return &cli.Command{
		Name: "ticket", Usage: "cut the structure that a trained network selects out of the network before training: a lottery ticket",
		ArgsUsage: "TRAINED.onnx", Flags: commonFlags(append(flags, dataFlags()...)...),
		OnUsageError: func(_ *cli.Context, err error, _ bool) error { return err },
		Action:       exportTicket,
	}
}

// ticketMetrics are what a ticket's budget can be of.
var ticketMetrics = []budget.Metric{budget.MACs, budget.Params, budget.Bytes, budget.Units}

func exportTicket(c *cli.Context) error {
	if err := wantArgs(c, "TRAINED.onnx"); err != nil {
		return err
	}
	b := budget.Budget{}
	cuts := slices.ContainsFunc(ticketMetrics, func(m budget.Metric) bool { return c.IsSet(string(m)) })
	switch {
	case cuts == c.IsSet("sparsity"):
		return fmt.Errorf("want a budget, one of --%s, --%s, --%s and --%s with the fraction to keep, or --sparsity with the fraction of weights to lose", budget.MACs, budget.Params, budget.Bytes, budget.Units)
	case cuts:
		var err error
		if b, err = budgetOf(c); err != nil {
			return err
		}
	case c.Float64("sparsity") <= 0:
		return errors.New("sparsity: want a fraction over 0 and below 1")
	}
	d, err := dims(c)
	if err != nil {
		return err
	}
	var reports written
	defer func() { reports.discard() }()
	r, err := convert.Ticket(c.Context, convert.TicketJob{
		Ready:   ready(c, &reports),
		Trained: c.Args().First(), Initial: c.String("initial"), Rewind: c.String("rewind"), Out: c.String("output"), Mask: c.String("mask"),
		Sparsity: c.Float64("sparsity"), Calibration: loader(c, c.String("calibration"), ""),
		Config: convert.Config{
			Budget: b, Solver: c.String("solver"), Criterion: c.String("criterion"), Reduction: c.String("reduction"), Normalization: c.String("normalization"),
			NoMeasure: c.Bool("no-measure"), Seed: c.Uint64("seed"), Dims: d, NoProof: c.Bool("no-proof"), Force: c.Bool("force"),
			Threads: c.Int("threads"), Progress: progress(c),
		},
	})
	shown := showWritten(c, r, reports, func(w io.Writer, r *convert.Report) {
		printTicket(w, r)
		if c.Bool("check") {
			printKept(w, r.Ticket)
		}
	})
	if shown != nil && err == nil {
		err = shown
	}
	return err
}

func printTicket(w io.Writer, r *convert.Report) {
	k := r.Ticket
	source := k.Initial
	if k.Rewind != "" {
		source = k.Rewind
	}
	if r.Pruned.Params > 0 {
		comparison(w, r)
	}
	if r.Choice != nil {
		chosen(w, r.Choice)
	}
	if r.Budget != nil {
		printf(w, "%s\n", budgetLine(r.Budget))
	}
	if k.Sparsity > 0 {
		printf(w, "sparsity: %s of the multiplied weights are 0\n", percent(k.Sparsity))
	}
	if p := r.Proof; p != nil {
		proven(w, p)
		printf(w, "masked weights and ticket differ by %.2g of the largest output\n", k.MaskDiff)
	}
	if k.MaskNote != "" {
		printf(w, "note: %s\n", k.MaskNote)
	}
	if k.Values > 0 {
		printf(w, "values: %s of %s kept values have the bits of %s, sha256 %s\n", count(k.Equal), count(k.Values), source, k.SHA256)
	}
	if len(k.Unnamed) > 0 {
		printf(w, "note: %d initializers have names that %s does not have, %s the first: its exporter left them to be computed\n", len(k.Unnamed), source, k.Unnamed[0])
	}
	if k.Mask != "" {
		printf(w, "masks: %s\n", k.Mask)
	}
	if r.Pruned.Path != "" {
		printf(w, "written: %s\n", r.Pruned.Path)
	}
}

// printKept lists the kept values by initializer.
func printKept(w io.Writer, k *report.Ticket) {
	t := newTable(w, "initializer", "shape", "of", "values", "sha256 in the ticket", "in its source", "")
	for _, i := range k.Kept {
		verdict := "same"
		if i.SHA256 != i.Source {
			verdict = "DIFFERENT"
		}
		t.AppendRow(table.Row{i.Name, fmt.Sprint(i.Shape), fmt.Sprint(i.Dense), count(i.Kept), i.SHA256[:12], i.Source[:12], verdict})
	}
	t.Render()
}
