package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/passes/budget"
)

func sweepCommand() *cli.Command {
	own := []cli.Flag{
		&cli.StringFlag{Name: "budgets", Category: inBudget, Usage: "Make a candidate for each fraction in `LIST`: evenly spaced FROM:TO:COUNT, as in 20%:90%:8, or listed with commas."},
		&cli.StringFlag{Name: "lambda", Category: inBudget, Usage: "Make a candidate for each price in `LIST`: FROM:TO:COUNT in equal ratios, or listed with commas; needs criteria whose scores are errors."},
		&cli.StringFlag{Name: "of", Category: inBudget, Value: string(budget.MACs), Usage: "`METRIC`: Count --budgets and --lambda in " + oneOf("of") + "; latency is predicted for the plan and then measured."},
		&cli.StringFlag{Name: "patterns", Category: inSparsity, Usage: "Also make every candidate with weights set to zero in each pattern of `LIST`, as in 4x1=0.5,unstructured=80%,2:4."},
		&cli.StringFlag{Name: "pick", Category: inGates, Usage: "Copy the smallest candidate that meets `CONDITIONS`, as in drop<=0.5,macs<=50%: drop in percentage points, or in the metric's own unit; accuracy, agreement, metric, macs, params, bytes and latency as fractions."},
		&cli.StringFlag{Name: "picked", Category: inOutput, DefaultText: "pick.onnx in the folder", Usage: "Write the copy that --pick makes to `FILE`."},
		&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Category: inOutput, Usage: "Put the candidates and sweep.json into the folder `DIR`; candidates that are already there are not made again."},
		&cli.StringFlag{Name: "calibration", Category: inData, Usage: "Choose and repair on the unlabelled samples in `FILE`: .npy, .npz, IDX or text, or a folder of pictures."},
		&cli.StringFlag{Name: "criteria", Category: inSelection, Value: convert.DefaultCriterion, Usage: "`LIST`: Score units by one or more criteria, with commas: " + oneOf("criteria") + "."},
	}
	return &cli.Command{
		Name: "sweep", Usage: "make candidates over budgets, prices and criteria, and mark those that no other beats",
		ArgsUsage: "IN.onnx", Description: sweepDescription,
		Flags:  commonFlags(joinFlags(own, groupFlags(), selectionFlags(), freedomFlags(), []cli.Flag{recoveryFlag(), effortFlag(), seedFlag(), dimFlag(), htmlFlag()}, evalFlags(), taskFlags(), dataFlags())...),
		Action: sweep,
	}
}

const sweepDescription = `Make one candidate for each budget, price and criterion, measure all of them on the same samples, and show the trade-off between size and accuracy. Without labels, agreement with the original's predictions takes the place of accuracy.

    pollard sweep in.onnx -o front --budgets 25%,50%,75% --pick 'drop<=0.5' --calibration samples.npz --eval test.npz

A sweep that was interrupted continues where it stopped when the same command is given again.`

func sweep(c *cli.Context) error {
	if err := wantArgs(c, "IN.onnx"); err != nil {
		return err
	}
	d, err := dims(c)
	if err != nil {
		return err
	}
	asked, err := taskOptions(c)
	if err != nil {
		return err
	}
	if c.String("output") == "" {
		return errors.New("output: want the name of a folder, have none")
	}
	if c.String("calibration") == "" || c.String("eval") == "" {
		return errors.New("want --calibration and --eval with samples")
	}
	of := budget.Metric(c.String("of"))
	if !slices.Contains(weighed, of) {
		return fmt.Errorf("of: want one of %s, have %q", joined(weighed), of)
	}
	widths, err := targetOf(c)
	if err != nil {
		return err
	}
	j := convert.Sweep{
		In: c.Args().First(), Dir: c.String("output"),
		Config: convert.Config{
			Budget: budget.Budget{Metric: of, Target: widths, RoundTo: c.Int("round-to"), Floor: c.Float64("floor"), Exclude: c.StringSlice("exclude")},
			Solver: c.String("solver"), Reduction: c.String("reduction"), Normalization: c.String("normalization"), Recovery: recoveryOf(c),
			NoRotation: c.Bool("no-rotation"), NoMeasure: c.Bool("no-measure"), Seed: c.Uint64("seed"), Dims: d,
			NoProof: c.Bool("no-proof"), NoLossless: c.Bool("no-free"), SparseInitializers: c.Bool("sparse-initializers"),
			Threads: c.Int("threads"), Effort: c.String("effort"), Memory: learningMemory(c), Task: asked, Latency: !c.Bool("no-latency"), Progress: progress(c),
		},
		Calibration: unlabelled(c, c.String("calibration")),
		Eval:        evalLoader(c, c.String("eval"), c.String("labels")),
		Criteria:    strings.Split(c.String("criteria"), ","),
		Picked:      c.String("picked"),
	}
	if err := ranges(c, &j); err != nil {
		return err
	}
	if c.IsSet("pick") {
		if j.Pick, err = convert.ParseConditions(asFractions(c.String("pick"))); err != nil {
			return err
		}
		if j.Picked == "" {
			j.Picked = filepath.Join(j.Dir, "pick.onnx")
		}
	} else if c.IsSet("picked") {
		return errors.New("picked: want --pick with the conditions to meet")
	}
	r, err := j.Run(c.Context)
	if r == nil {
		return err
	}
	clearProgress(c.App)
	printSwept(people(c), r)
	w, failed := writeEach(c, r.WriteJSON, sweepPage(c, r).Write)
	if failed == nil {
		failed = w.deliver(c.App.Writer)
	}
	if err == nil {
		err = failed
	}
	return err
}
