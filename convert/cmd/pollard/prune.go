package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph/memory"
	"github.com/pollard-dev/pollard/passes/budget"
)

func pruneCommand() *cli.Command {
	flags := []cli.Flag{
		&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Required: true, Usage: "write the pruned model to `FILE`"},
		&cli.StringFlag{Name: "criterion", Usage: "what a unit is worth: " + strings.Join(criterionNames(), ", ") + " (default: " + convert.DefaultCriterion + ", l2 without data for a model that made-up inputs would take long on)"},
		&cli.StringFlag{Name: "initial", Usage: "`FILE` with the same network before training or before fine-tuning, which the criteria change and movement read"},
		&cli.Float64Flag{Name: "lambda", Usage: "remove what adds less than `L` of error for the whole model saved, instead of or below a budget; wants a criterion of errors, and is --solver lambda"},
		&cli.StringFlag{Name: "of", Usage: "what --lambda weighs: " + joined(weighed) + " (default: that of the budget, or macs)"},
		&cli.StringFlag{Name: "calibration", Usage: "unlabelled samples, .npy, .npz or IDX, to repair from and to prove the cut on (default: made-up inputs)"},
		&cli.StringFlag{Name: "statistics", Usage: "`FILE` of pollard calibrate that the criterion reads (default: they are collected on --calibration)"},
		recoveryFlag(),
		seedFlag(),
		&cli.IntFlag{Name: "rounds", Value: 1, Usage: "choose in `N` rounds, each on the repaired network that the one before left"},
		&cli.StringFlag{Name: "eval", Usage: "samples to measure both models on"},
		&cli.StringFlag{Name: "labels", Usage: "labels of --eval, where they are in a file of their own"},
		&cli.Float64Flag{Name: "max-drop", Usage: "fail when accuracy falls by more than this many percentage points; without a budget, find the smallest model that keeps to it on half of --eval, and measure it on the other half"},
		&cli.Float64Flag{Name: "min-agreement", Usage: "the same for the share of --eval that is predicted as by the original, which takes no labels"},
		&cli.BoolFlag{Name: "force", Usage: "write the model though a gate failed"},
		dimFlag(), htmlFlag(),
	}
	flags = append(flags, sparsityFlags()...)
	flags = append(flags, choiceFlags()...)
	for _, m := range append(slices.Clone(weighed), budget.Units) {
		usage := "fraction of the " + metricNames[m] + " to keep, over 0 and at most 1"
		if m == budget.Latency {
			usage += "; measured, so that another run may choose other units"
		}
		flags = append(flags, &cli.Float64Flag{Name: string(m), Usage: usage})
	}
	return &cli.Command{
		Name: "prune", Usage: "remove units until a budget holds, prove the cut, write the model",
		ArgsUsage: "IN.onnx", Flags: commonFlags(append(flags, dataFlags()...)...),
		OnUsageError: func(_ *cli.Context, err error, _ bool) error { return err },
		Action:       prune,
	}
}

func prune(c *cli.Context) error {
	if err := wantArgs(c, "IN.onnx"); err != nil {
		return err
	}
	b, err := budgetOf(c)
	if err != nil {
		return err
	}
	if c.IsSet("labels") && !c.IsSet("eval") {
		return errors.New("labels: want --eval with the samples they belong to")
	}
	sparse, err := sparsityOf(c)
	if err != nil {
		return err
	}
	d, err := dims(c)
	if err != nil {
		return err
	}
	job := convert.Job{
		In: c.Args().First(), Out: c.String("output"),
		Config: convert.Config{
			Budget: b, Sparsity: sparse, Solver: solverOf(c), Criterion: c.String("criterion"),
			Reduction: c.String("reduction"), Normalization: c.String("normalization"), Recovery: recoveryOf(c),
			NoRotation: c.Bool("no-rotation"), NoMeasure: c.Bool("no-measure"), Rounds: c.Int("rounds"),
			Seed: c.Uint64("seed"), Dims: d, NoProof: c.Bool("no-proof"), NoLossless: c.Bool("no-free"), Force: c.Bool("force"),
			SparseInitializers: c.Bool("sparse-initializers"), Threads: c.Int("threads"), Latency: !c.Bool("no-latency"), Progress: progress(c),
		},
		Calibration: loader(c, c.String("calibration"), ""),
		Eval:        loader(c, c.String("eval"), c.String("labels")),
		Statistics:  c.String("statistics"), Initial: c.String("initial"),
	}
	if c.IsSet("max-drop") {
		drop := c.Float64("max-drop")
		job.MaxDrop = &drop
	}
	if c.IsSet("min-agreement") {
		least := c.Float64("min-agreement")
		job.MinAgreement = &least
	}
	var reports written
	job.Ready = ready(c, &reports)
	defer func() { reports.discard() }()
	r, err := convert.Prune(c.Context, job)
	if shown := showWritten(c, r, reports, printPruned); shown != nil && err == nil {
		err = shown
	}
	return err
}

// recoveryOf is the recovery asked for, or the one that goes best with the data there are.
func recoveryOf(c *cli.Context) string {
	if c.IsSet("recovery") {
		return c.String("recovery")
	}
	return convert.AutoRecovery
}

func printPruned(w io.Writer, r *convert.Report) {
	comparison(w, r)
	freed(w, r)
	cut := 0
	for _, g := range r.Groups {
		if g.Kept < g.Units {
			cut++
		}
	}
	printf(w, "groups: %d of %d cut, %d axes pinned\n", cut, len(r.Groups), len(r.Pinned))
	unfolded(w, r)
	if k := r.Choice; k != nil {
		chosen(w, k)
	}
	if b := r.Budget; b != nil {
		printf(w, "%s\n", budgetLine(b))
		if f := b.Fit; f != nil {
			printf(w, "latency is predicted from %d times of steps of %d networks, to %.1f %% of a step's and %.1f %% of a network's\n",
				f.Samples, f.Networks, 100*f.Residual, 100*f.Total)
		}
	}
	targeted(w, r)
	if p := r.Proof; p != nil {
		proven(w, p)
	}
	if k := r.Statistics; k != nil {
		printf(w, "statistics: %s, of %d of %d samples (%s)\n", k.Path, k.Samples, k.Total, k.Source)
	}
	recovered(w, r)
	thinned(w, r.Sparsity)
	agreement(w, r)
	if r.Pruned != nil && r.Pruned.Path != "" {
		printf(w, "written: %s\n", r.Pruned.Path)
	}
}

// unfolded says how many constants are computed by nodes that stay.
func unfolded(w io.Writer, r *convert.Report) {
	if len(r.Unfolded) == 0 {
		return
	}
	most := r.Unfolded[0]
	for _, k := range r.Unfolded {
		if k.Bytes > most.Bytes {
			most = k
		}
	}
	printf(w, "unfolded: %d nodes compute constants much larger than what they are made of; %q makes %s of %s\n",
		len(r.Unfolded), most.Node, memory.Text(most.Bytes), memory.Text(most.From))
}

// proven says what the proof found.
func proven(w io.Writer, p *report.Proof) {
	verdict := "passed"
	if !p.Passed {
		verdict = "FAILED"
	}
	line := fmt.Sprintf("proof: %s, cut and mask differ by at most %.2g (%.2g of the largest output", verdict, p.MaxAbsDiff, p.MaxRelDiff)
	if p.Simplified != nil {
		line += fmt.Sprintf("; original and simplified by %.2g", *p.Simplified)
	}
	printf(w, "%s; tolerance %.2g)\n", line, p.Tolerance)
}

// freed says how many units went for nothing, by kind.
func freed(w io.Writer, r *convert.Report) {
	var kinds []string
	counts, all := map[string]int{}, 0
	for _, f := range r.Free {
		if counts[f.Kind] == 0 {
			kinds = append(kinds, f.Kind)
		}
		counts[f.Kind] += len(f.Units)
		all += len(f.Units)
	}
	for i, k := range kinds {
		kinds[i] = fmt.Sprintf("%d %s", counts[k], k)
	}
	if all > 0 {
		printf(w, "free: %d units (%s)\n", all, strings.Join(kinds, ", "))
	}
	if r.FreeKept != "" {
		printf(w, "free: units that no output depends on stay: %s\n", r.FreeKept)
	}
}

// chosen says how the units that stay were chosen.
func chosen(w io.Writer, k *report.Choice) {
	line := fmt.Sprintf("choice: criterion %s, solver %s", k.Criterion, k.Solver)
	if k.Rounds > 1 {
		line += fmt.Sprintf(", %d rounds", k.Rounds)
	}
	if k.Measured > 0 {
		line += fmt.Sprintf(", %d errors measured at the outputs", k.Measured)
	}
	if n := len(k.Rotations); n > 0 {
		line += fmt.Sprintf(", %d groups in another basis", n)
	}
	printf(w, "%s\n", line)
	if k.Note != "" {
		printf(w, "note: %s\n", k.Note)
	}
}

// recovered says how many nodes were repaired, and from what.
func recovered(w io.Writer, r *convert.Report) {
	if r.Calibration == nil || r.Sparsity != nil && len(r.Recovery) == 0 {
		return
	}
	taken := 0
	for _, n := range r.Recovery {
		if n.Taken {
			taken++
		}
	}
	of := fmt.Sprintf("%d samples", r.Calibration.Samples)
	switch r.Calibration.Source {
	case "statistics":
		of = fmt.Sprintf("statistics of %d samples: --calibration with some of them does better", r.Calibration.Samples)
	case "synthetic":
		of = fmt.Sprintf("%d made-up inputs: --calibration with real ones does better", r.Calibration.Samples)
	}
	printf(w, "repair: %d of %d nodes, from %s\n", taken, len(r.Recovery), of)
}

// metricNames says what each budget counts.
var metricNames = map[budget.Metric]string{
	budget.MACs: "multiply-accumulates", budget.Params: "parameters", budget.Bytes: "weights' bytes", budget.Units: "width of every free axis",
	budget.Latency: "latency in the built-in runtime on this machine",
}
