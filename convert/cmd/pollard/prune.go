package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph/memory"
	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/rotation"
)

func pruneCommand() *cli.Command {
	own := []cli.Flag{
		&cli.Float64Flag{Name: "lambda", Category: inBudget, Usage: "Minimise the error plus `PRICE` times the fraction that is kept, instead of a budget or below one; needs a criterion whose scores are errors."},
		&cli.StringFlag{Name: "of", Category: inBudget, DefaultText: "that of the budget, else macs", Usage: "`METRIC`: Price this metric with --lambda: " + oneOf("of") + "."},
		&cli.Float64Flag{Name: "max-drop", Category: inGates, Usage: "Fail if accuracy falls by more than `POINTS` percentage points, or another metric by more than that; without a budget, find the smallest model that keeps to it."},
		fractionFlag("min-agreement", inGates, "", "The same for the `FRACTION` of --eval that is predicted as by the original, or another agreement of the task, which needs no labels."),
		&cli.BoolFlag{Name: "force", Category: inGates, Usage: "Write the model even though a gate failed."},
		outputFlag("Write the pruned model to `FILE`, or to the standard output if FILE is -."),
		&cli.StringFlag{Name: "calibration", Category: inData, DefaultText: "synthetic inputs", Usage: "Choose, repair and prove on the unlabelled samples in `FILE`: .npy, .npz, IDX or text, or a folder of pictures."},
		&cli.StringFlag{Name: "statistics", Category: inData, DefaultText: "collected on --calibration", Usage: "Read the statistics that the criterion needs from `FILE`, written by pollard calibrate."},
		&cli.StringFlag{Name: "initial", Category: inData, Usage: "Read the same network before training or fine-tuning from `FILE`, for the criteria change and movement."},
		&cli.StringFlag{Name: "criterion", Category: inSelection, DefaultText: convert.DefaultCriterion + "; l2 for a model too large to learn from synthetic inputs", Usage: "`NAME`: Score units by " + oneOf("criterion") + "."},
		&cli.StringFlag{Name: "weights", Category: inOutput, Value: convert.WeightsKept, Usage: "Store float32 weights in the `TYPE` float16, each with a Cast back to float32, which halves the file; or leave them as they are with kept."},
		&cli.IntFlag{Name: "rounds", Category: inSelection, Value: 1, Usage: "Choose units in `N` rounds, each on the repaired network of the round before."},
	}
	return &cli.Command{
		Name: "prune", Usage: "remove units until a budget holds, prove the cut, write the model",
		ArgsUsage: "IN.onnx", Description: pruneDescription,
		Flags: commonFlags(joinFlags(metricFlags(append(slices.Clone(weighed), budget.Units)...), own, groupFlags(), sparsityFlags(), selectionFlags(), freedomFlags(),
			distilFlags(), []cli.Flag{recoveryFlag(), effortFlag(), seedFlag(), dimFlag(), setFlag(), operatorFlag(), htmlFlag()}, evalFlags(), taskFlags(), dataFlags())...),
		Action: prune,
	}
}

const pruneDescription = `Remove channels, attention heads and neurons from IN.onnx until the budget holds, repair what is left, prove that the cut is right, and write the model.

Half of the multiply-accumulates, repaired on unlabelled samples:

    pollard prune in.onnx -o out.onnx --macs 50% --calibration samples.npz

The smallest model that loses at most half a point of accuracy:

    pollard prune in.onnx -o out.onnx --max-drop 0.5 --calibration samples.npz --eval test.npz

Nothing is written when a gate fails, unless --force is given; the report is always written.`

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
	learning, err := distilOf(c)
	if err != nil {
		return err
	}
	if err := describeOperators(c); err != nil {
		return err
	}
	set, err := setOf(c)
	if err != nil {
		return err
	}
	of, err := taskOptions(c)
	if err != nil {
		return err
	}
	out, err := resultOf(c, "model.onnx")
	if err != nil {
		return err
	}
	defer out.discard()
	job := convert.Job{
		In: c.Args().First(), Out: out.path,
		Config: convert.Config{
			Budget: b, Sparsity: sparse, Solver: solverOf(c), Criterion: c.String("criterion"),
			Reduction: c.String("reduction"), Normalization: c.String("normalization"), Recovery: recoveryOf(c),
			NoRotation: c.Bool("no-rotation"), NoMeasure: c.Bool("no-measure"), Rounds: c.Int("rounds"),
			Seed: c.Uint64("seed"), Dims: d, Set: set, NoProof: c.Bool("no-proof"), NoLossless: c.Bool("no-free"), Force: c.Bool("force"),
			Distil: learning, SparseInitializers: c.Bool("sparse-initializers"), Weights: c.String("weights"), Threads: c.Int("threads"), Effort: c.String("effort"), Memory: learningMemory(c), Task: of, Latency: !c.Bool("no-latency"), Pictures: picturesFor(c), Progress: progress(c),
		},
		Calibration: unlabelled(c, c.String("calibration")),
		Eval:        evalLoader(c, c.String("eval"), c.String("labels")),
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
	job.Ready = out.ready(ready(c, &reports))
	defer func() { reports.discard() }()
	r, err := convert.Prune(c.Context, job)
	if failed := out.deliver(c.App.Writer); failed != nil {
		return failed
	}
	if shown := showWritten(c, r, reports, printPruned); shown != nil && err == nil {
		err = shown
	}
	return err
}

func printPruned(w io.Writer, r *convert.Report) {
	comparison(w, r)
	if g := r.Grown; g != nil {
		printf(w, "the file has grown: %s of constants are computed in the original, most by %q (%s)\n", memory.Text(g.Bytes), g.Largest, memory.Text(g.LargestBytes))
	}
	freed(w, r)
	cut := 0
	for _, g := range r.Groups {
		if g.Kept < g.Units {
			cut++
		}
	}
	printf(w, "groups: %d of %d cut, %d axes pinned\n", cut, len(r.Groups), len(r.Pinned))
	inputsTaken(w, r)
	partly(w, r.Partial)
	halved(w, r)
	unfolded(w, r)
	if k := r.Choice; k != nil {
		chosen(w, k)
	}
	if b := r.Budget; b != nil {
		printf(w, "%s\n", budgetLine(b))
		if b.Widths != nil {
			printf(w, "%s\n", widthsLine(b.Widths))
		}
		if f := b.Fit; f != nil {
			printf(w, "latency model: fitted to %d timed steps of %d networks; residual %.1f %% of a step, %.1f %% of a network\n",
				f.Samples, f.Networks, 100*f.Residual, 100*f.Total)
		}
	}
	targeted(w, r)
	if p := r.Proof; p != nil {
		proven(w, p)
	}
	if k := r.Statistics; k != nil {
		printf(w, "statistics: %s, %d of %d samples (%s)\n", k.Path, k.Samples, k.Total, k.Source)
	}
	recovered(w, r)
	thinned(w, r.Sparsity)
	distilled(w, r.Distillation)
	judged(w, r)
	agreement(w, r)
	if r.Pruned != nil && r.Pruned.Path != "" {
		printf(w, "written: %s\n", r.Pruned.Path)
	}
}

// inputsTaken prints what was taken for the inputs: extents that nobody set, and defaults that are weights.
func inputsTaken(w io.Writer, r *convert.Report) {
	if len(r.Extents) > 0 {
		var all []string
		for _, name := range slices.Sorted(maps.Keys(r.Extents)) {
			all = append(all, fmt.Sprintf("%s=%d", name, r.Extents[name]))
		}
		printf(w, "extents: %s, chosen here; --dim sets others\n", strings.Join(all, ", "))
	}
	for _, name := range slices.Sorted(maps.Keys(r.Set)) {
		printf(w, "set: input %s is %s, a constant now\n", name, r.Set[name])
	}
	if r.FixedInputs > 0 {
		printf(w, "inputs: %d have defaults and are weights; the pruned model has them as constants\n", r.FixedInputs)
	}
}

// partly prints what of the model could not be run.
func partly(w io.Writer, p *report.Partial) {
	if p == nil {
		return
	}
	if len(p.StandIns) > 0 {
		printf(w, "stand-ins: %d nodes are described by --operator, the first is %q (%s); something that couples the same axes was run instead\n", len(p.StandIns), p.StandIns[0].Node, p.StandIns[0].Operator)
	}
	if len(p.Aside) == 0 {
		printf(w, "not proven: outputs %s as far as the described operators do something else\n", strings.Join(p.Unproved, ", "))
		return
	}
	printf(w, "not run: %d nodes, kept as they are, the first is %q (%s)\n", len(p.Aside), p.Aside[0].Node, p.Aside[0].Operator)
	if len(p.MadeUp) > 0 {
		printf(w, "made up: %s, which they compute; accuracy may suffer more than figures here say\n", strings.Join(p.MadeUp, ", "))
	}
	for _, name := range slices.Sorted(maps.Keys(p.Guessed)) {
		printf(w, "guessed: %s has the shape of %s; another one can be declared in the file\n", name, p.Guessed[name])
	}
	if p.Uncounted > 0 {
		printf(w, "not counted: the MACs of %d of them, whose extents are not known\n", p.Uncounted)
	}
	if len(p.Unproved) > 0 {
		printf(w, "not proven: outputs %s as far as they depend on these nodes; latency is that of the rest\n", strings.Join(p.Unproved, ", "))
	}
	for _, what := range p.Skipped {
		printf(w, "skipped: %s\n", what)
	}
}

// halved prints which weights are written in half precision.
func halved(w io.Writer, r *convert.Report) {
	h := r.Halves
	if h == nil {
		return
	}
	printf(w, "weights: %d tensors are written in float16\n", h.Tensors)
	if len(h.Wide) > 0 {
		printf(w, "weights: %d tensors stay in float32, because numbers among them are beyond 65504: %s\n", len(h.Wide), strings.Join(h.Wide, ", "))
	}
}

// unfolded prints how many nodes that compute constants were kept.
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
	printf(w, "unfolded: %d nodes compute constants much larger than their inputs; %q makes %s from %s\n",
		len(r.Unfolded), most.Node, memory.Text(most.Bytes), memory.Text(most.From))
}

// proven prints the result of the proof.
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
	if p.BranchesUnproved > 0 {
		printf(w, "not proven: branches that the inputs do not lead to and that fail on them\n")
	}
}

// freed prints how many units were removed without changing any output, by kind.
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
		printf(w, "free: units that no output depends on were kept: %s\n", r.FreeKept)
	}
}

// chosen prints how the units that stay were chosen.
func chosen(w io.Writer, k *report.Choice) {
	line := fmt.Sprintf("choice: criterion %s, solver %s", k.Criterion, k.Solver)
	if k.Rounds > 1 {
		line += fmt.Sprintf(", %d rounds", k.Rounds)
	}
	if k.Measured > 0 {
		line += fmt.Sprintf(", %d errors measured at the outputs of %d samples", k.Measured, k.Judged)
	}
	made := rotation.Made(k.Rotations)
	if made > 0 {
		line += fmt.Sprintf(", %d groups rotated", made)
	}
	if left := len(k.Rotations) - made; left > 0 {
		line += fmt.Sprintf(", %d not rotated, whose weights are sparse", left)
	}
	printf(w, "%s\n", line)
	if k.Note != "" {
		printf(w, "note: %s\n", k.Note)
	}
}

// recovered prints how many nodes were repaired, and from which data.
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
	if l := r.Learning; l != nil && r.Calibration.Source == "data" && (l.Fewest < l.Given || l.Used < l.Given) {
		of = fmt.Sprintf("%d to %d of %d samples", l.Fewest, l.Used, l.Given)
	}
	switch r.Calibration.Source {
	case "statistics":
		of = fmt.Sprintf("the statistics of %d samples; some of them, given with --calibration, do better", r.Calibration.Samples)
	case "synthetic":
		of = fmt.Sprintf("%d synthetic inputs; real samples, given with --calibration, do better", r.Calibration.Samples)
	}
	printf(w, "repair: %d of %d nodes, from %s\n", taken, len(r.Recovery), of)
	l := r.Learning
	if l == nil || l.After == nil || r.Calibration.Source != "data" {
		return
	}
	printf(w, "held out: outputs differ by %.1f %% of their energy, %.1f %% before the repair\n", 100**l.After, 100**l.Before)
	if l.Undone {
		printf(w, "warning: the repairs were undone, because together they raised that\n")
	}
	if l.Warning != "" {
		printf(w, "warning: %s\n", l.Warning)
	}
}
