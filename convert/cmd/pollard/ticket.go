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
	own := []cli.Flag{
		fractionFlag("sparsity", inSparsity, "", "Set this `FRACTION` of the multiplied weights to zero one by one instead of removing units."),
		&cli.BoolFlag{Name: "no-proof", Category: inGates, Usage: "Skip the proof that the cut is right."},
		&cli.BoolFlag{Name: "force", Category: inGates, Usage: "Write the ticket even though a gate failed."},
		outputFlag("Write the ticket to `FILE`, or to the standard output if FILE is -."),
		&cli.StringFlag{Name: "mask", Category: inOutput, Usage: "Write masks for a trainer that keeps the dense form to `FILE`, an .npz of bool arrays named after the initializers."},
		&cli.BoolFlag{Name: "check", Category: inOutput, Usage: "List the kept values by initializer, with their digests in the ticket and in its source."},
		&cli.StringFlag{Name: "initial", Category: inData, Usage: "Take the ticket's values from `FILE`, the same network before training."},
		&cli.StringFlag{Name: "rewind", Category: inData, Usage: "Take the values from `FILE` instead, the same network early in its training."},
		&cli.StringFlag{Name: "calibration", Category: inData, Usage: "Choose and prove on the unlabelled samples in `FILE`: .npy, .npz, IDX or text, or a folder of pictures."},
		&cli.StringFlag{Name: "criterion", Category: inSelection, DefaultText: "l2; obs with --calibration", Usage: "`NAME`: Score units by a criterion of prune; with --sparsity, single weights by l1, l2, change or movement."},
	}
	return &cli.Command{
		Name: "ticket", Usage: "cut the structure that a trained network selects out of the network before training",
		ArgsUsage: "TRAINED.onnx", Description: ticketDescription,
		Flags:  commonFlags(joinFlags(metricFlags(ticketMetrics...), own, groupFlags(), selectionFlags(), []cli.Flag{effortFlag(), seedFlag(), dimFlag()}, dataFlags())...),
		Action: exportTicket,
	}
}

const ticketDescription = `Export a lottery ticket: select units, or single weights, on the trained network and cut them out of the same network before training. Every kept value has the bits that it had in its source, ready to be trained again.

    pollard ticket trained.onnx --initial init.onnx -o ticket.onnx --macs 50%`

// ticketMetrics lists the metrics of a ticket's budget.
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
	out, err := resultOf(c, "ticket.onnx")
	if err != nil {
		return err
	}
	defer out.discard()
	var reports written
	defer func() { reports.discard() }()
	r, err := convert.Ticket(c.Context, convert.TicketJob{
		Ready:   out.ready(ready(c, &reports)),
		Trained: c.Args().First(), Initial: c.String("initial"), Rewind: c.String("rewind"), Out: out.path, Mask: c.String("mask"),
		Sparsity: c.Float64("sparsity"), Calibration: unlabelled(c, c.String("calibration")),
		Config: convert.Config{
			Budget: b, Solver: c.String("solver"), Criterion: c.String("criterion"), Reduction: c.String("reduction"), Normalization: c.String("normalization"),
			NoMeasure: c.Bool("no-measure"), Seed: c.Uint64("seed"), Dims: d, NoProof: c.Bool("no-proof"), Force: c.Bool("force"),
			Threads: c.Int("threads"), Effort: c.String("effort"), Memory: learningMemory(c), Progress: progress(c),
		},
	})
	if failed := out.deliver(c.App.Writer); failed != nil {
		return failed
	}
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
		if r.Budget.Widths != nil {
			printf(w, "%s\n", widthsLine(r.Budget.Widths))
		}
	}
	if k.Sparsity > 0 {
		printf(w, "sparsity: %s of the multiplied weights are zero\n", percent(k.Sparsity))
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
		printf(w, "note: %d initializers, %s the first, have no counterpart by name in %s, whose exporter left them to be computed\n", len(k.Unnamed), k.Unnamed[0], source)
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
