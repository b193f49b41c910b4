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
	"github.com/pollard-dev/pollard/passes/recovery"
	"github.com/pollard-dev/pollard/passes/saliency"
)

func sweepCommand() *cli.Command {
	flags := []cli.Flag{
		&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Required: true, Usage: "put the candidates and sweep.json into `DIR`; finished candidates that are there are not made again"},
		&cli.StringFlag{Name: "calibration", Required: true, Usage: "unlabelled samples, .npy, .npz or IDX, to choose units on and to repair from"},
		&cli.StringFlag{Name: "eval", Required: true, Usage: "samples to measure every candidate on"},
		&cli.StringFlag{Name: "labels", Usage: "labels of --eval, where they are in a file of their own; without any, agreement with the original's predictions stands for accuracy"},
		&cli.StringFlag{Name: "budgets", Usage: "fractions to keep, `FROM:TO:COUNT` evenly or listed with commas: the most accurate under each"},
		&cli.StringFlag{Name: "of", Value: string(budget.MACs), Usage: "what --budgets and --lambda are of: " + joined(weighed) + "; latency as predicted for the plan, and then measured"},
		&cli.StringFlag{Name: "lambda", Usage: "prices, `FROM:TO:COUNT` in equal ratios or listed with commas: the least of error plus price times the fraction that remains, for criteria whose scores are errors"},
		&cli.StringFlag{Name: "patterns", Usage: "also make every candidate with weights that are zero, `PATTERN=SHARE` with commas, as 4x1=0.5,unstructured=0.8,2:4; a budget of 1 leaves all units"},
		&cli.StringFlag{Name: "criteria", Value: convert.DefaultCriterion, Usage: "what units are worth, one or more: " + strings.Join(criterionNames(), ", ")},
		&cli.StringFlag{Name: "pick", Usage: "copy the one model that meets `CONDITIONS`, joined by commas: drop<=0.5 (percentage points), and as fractions accuracy, agreement, macs, params, bytes, latency; the smallest in multiply-accumulates, or the best where only sizes are bounded"},
		&cli.StringFlag{Name: "picked", Usage: "the `FILE` of that copy (default: pick.onnx in DIR)"},
	}
	flags = append(flags, choiceFlags()...)
	flags = append(flags, recoveryFlag(), seedFlag(), dimFlag(), htmlFlag())
	return &cli.Command{
		Name: "sweep", Usage: "make candidates over budgets, prices and criteria, and show which are worth a look",
		ArgsUsage: "IN.onnx", Flags: commonFlags(append(flags, dataFlags()...)...),
		OnUsageError: func(_ *cli.Context, err error, _ bool) error { return err },
		Action:       sweep,
	}
}

func criterionNames() []string {
	var names []string
	for _, c := range saliency.All() {
		names = append(names, c.Name)
	}
	return names
}

func recoveryFlag() cli.Flag {
	var methods []string
	for _, m := range recovery.All() {
		methods = append(methods, m.Name)
	}
	return &cli.StringFlag{Name: "recovery", Usage: "how the cut model is repaired: " + strings.Join(append(methods, convert.NoRecovery), ", ") +
		" (default: " + convert.DefaultRecovery + ", " + convert.StatisticsRecovery + " with --statistics alone, " + convert.NoRecovery + " without data for a model that made-up inputs would take long on)"}
}

func seedFlag() cli.Flag {
	return &cli.Uint64Flag{Name: "seed", Usage: "for random scores and made-up inputs"}
}

// choiceFlags say how units are chosen, and what is done beside.
func choiceFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "reduction", Usage: "how the members of a group join: " + strings.Join(saliency.Reductions(), ", ")},
		&cli.StringFlag{Name: "normalization", Usage: "how groups are made comparable: " + strings.Join(saliency.Normalizations(), ", ")},
		&cli.StringFlag{Name: "solver", Usage: "how the budget is distributed: " + strings.Join(budget.Solvers(), ", ") + " (default: error for criteria that are errors, else uniform)"},
		&cli.Float64Flag{Name: "floor", Value: 0.1, Usage: "fraction of its units that every group keeps at least"},
		&cli.IntFlag{Name: "round-to", Usage: "cut groups to a multiple of `N` units (default: 1; for --latency, in groups of 32 or more, what makes whole strips of 16 columns)"},
		&cli.StringSliceFlag{Name: "exclude", Usage: "leave groups alone whose `NAME` or pattern, or that of a member, this is"},
		&cli.BoolFlag{Name: "no-rotation", Usage: "leave units that linear maps alone write and read in the basis that they come in"},
		&cli.BoolFlag{Name: "no-measure", Usage: "do not measure errors at the outputs, take scores for them"},
		&cli.BoolFlag{Name: "no-free", Usage: "keep dead, constant and duplicate units that could go for nothing"},
		&cli.BoolFlag{Name: "no-proof", Usage: "skip the proof that the cut is right"},
		&cli.BoolFlag{Name: "no-latency", Usage: "skip the latency of the models"},
		&cli.BoolFlag{Name: "sparse-initializers", Usage: "write weights that are mostly zero as ONNX's sparse initializers, where the file is smaller for it; not every reader knows them"},
	}
}

func sweep(c *cli.Context) error {
	if err := wantArgs(c, "IN.onnx"); err != nil {
		return err
	}
	d, err := dims(c)
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
	j := convert.Sweep{
		In: c.Args().First(), Dir: c.String("output"),
		Config: convert.Config{
			Budget: budget.Budget{Metric: of, RoundTo: c.Int("round-to"), Floor: c.Float64("floor"), Exclude: c.StringSlice("exclude")},
			Solver: c.String("solver"), Reduction: c.String("reduction"), Normalization: c.String("normalization"), Recovery: recoveryOf(c),
			NoRotation: c.Bool("no-rotation"), NoMeasure: c.Bool("no-measure"), Seed: c.Uint64("seed"), Dims: d,
			NoProof: c.Bool("no-proof"), NoLossless: c.Bool("no-free"), SparseInitializers: c.Bool("sparse-initializers"),
			Threads: c.Int("threads"), Latency: !c.Bool("no-latency"), Progress: progress(c),
		},
		Calibration: loader(c, c.String("calibration"), ""),
		Eval:        loader(c, c.String("eval"), c.String("labels")),
		Criteria:    strings.Split(c.String("criteria"), ","),
		Picked:      c.String("picked"),
	}
	if err := ranges(c, &j); err != nil {
		return err
	}
	if c.IsSet("pick") {
		if j.Pick, err = convert.ParseConditions(c.String("pick")); err != nil {
			return err
		}
		if j.Picked == "" {
			j.Picked = filepath.Join(j.Dir, "pick.onnx")
		}
	} else if c.IsSet("picked") {
		return errors.New("picked: want --pick with what the model is to meet")
	}
	r, err := j.Run(c.Context)
	if r == nil {
		return err
	}
	if !c.Bool("quiet") && c.String("json") != "-" && c.String("html") != "-" {
		printSwept(c.App.Writer, r)
	}
	w, failed := writeEach(c, r.WriteJSON, sweepPage(c, r).Write)
	if failed == nil {
		failed = w.deliver(c.App.Writer)
	}
	if err == nil {
		err = failed
	}
	return err
}
