package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/dataset/picture"
	"github.com/pollard-dev/pollard/convert/task"
	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/recovery"
	"github.com/pollard-dev/pollard/passes/saliency"
	"github.com/pollard-dev/pollard/passes/sparsity"
	"github.com/pollard-dev/pollard/passes/target"
)

// The categories of flags.
const (
	inBudget      = "Budget"
	inGates       = "Gates"
	inOutput      = "Output"
	inData        = "Data"
	inSelection   = "Selection"
	inRepair      = "Repair"
	inSparsity    = "Sparsity"
	inMeasurement = "Measurement"
	inMachine     = "Machine"
)

// categories lists them in the order in which help shows them.
var categories = []string{inBudget, inSparsity, inGates, inOutput, inData, inSelection, inRepair, inMeasurement, inMachine}

// required lists the flags that each command requires. The library could check them, but would print the command's help as well.
var required = map[string][]string{
	"prune": {"output"}, "sweep": {"output", "calibration", "eval"}, "ticket": {"output", "initial"}, "calibrate": {"output"},
	"verify": {"data"}, "serve": {"inputs"},
}

// checkRequired reports the first required flag that is missing.
func checkRequired(c *cli.Context) error {
	for _, name := range required[c.Command.Name] {
		if !c.IsSet(name) {
			return fmt.Errorf("%s: want --%s", c.Command.Name, name)
		}
	}
	return nil
}

// fraction is the value of a flag that takes a fraction, written 0.5 or 50%.
type fraction string

// Set implements cli.Generic.
func (f *fraction) Set(text string) error {
	x, err := parseFraction(text)
	if err != nil {
		return err
	}
	*f = fraction(strconv.FormatFloat(x, 'g', -1, 64)) // which cli.Context.Float64 reads
	return nil
}

func (f *fraction) String() string {
	if f == nil {
		return ""
	}
	return string(*f)
}

// parseFraction parses a fraction written as 0.5 or 50%.
func parseFraction(text string) (float64, error) {
	number, percent := strings.CutSuffix(strings.TrimSpace(text), "%")
	x, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || math.IsNaN(x) {
		return 0, fmt.Errorf("want a fraction as in 0.5 or 50%%, have %q", text)
	}
	if percent {
		x /= 100
	}
	return x, nil
}

// fractionFlag returns a flag that takes a fraction. An empty value means no default.
func fractionFlag(name, category, value, usage string) cli.Flag {
	f := fraction(value)
	return &cli.GenericFlag{Name: name, Category: category, Value: &f, Usage: usage}
}

// choices lists the values of a flag that takes one of a few, or nil.
func choices(flag string) []string {
	switch flag {
	case "criterion", "criteria":
		return criterionNames()
	case "solver":
		return budget.Solvers()
	case "recovery":
		return recoveryNames()
	case "reduction":
		return saliency.Reductions()
	case "normalization":
		return saliency.Normalizations()
	case "of":
		return metricsOf(weighed)
	case "allocation":
		return []string{convert.AllocateError, convert.AllocateUniform}
	case "sparsity-criterion":
		return sparsity.Criteria()
	case "sparse":
		return []string{"fastest", "never", "always"}
	case "task":
		return task.Names()
	case "preset":
		return picture.Presets()
	case "resize":
		return picture.Resizes()
	case "filter":
		return picture.Filters()
	case "channels":
		return picture.Orders()
	case "target":
		return target.Names()
	case "peer":
		return []string{"ort"}
	}
	return nil
}

// oneOf lists the values of a flag as the end of a sentence.
func oneOf(flag string) string {
	values := choices(flag)
	last := len(values) - 1
	return strings.Join(values[:last], ", ") + " or " + values[last]
}

func criterionNames() []string {
	var names []string
	for _, c := range saliency.All() {
		names = append(names, c.Name)
	}
	return names
}

func recoveryNames() []string {
	var names []string
	for _, m := range recovery.All() {
		names = append(names, m.Name)
	}
	return append(names, convert.NoRecovery)
}

func metricsOf(metrics []budget.Metric) []string {
	var names []string
	for _, m := range metrics {
		names = append(names, string(m))
	}
	return names
}

// metricFlags returns a budget flag for each metric.
func metricFlags(metrics ...budget.Metric) []cli.Flag {
	var flags []cli.Flag
	for _, m := range metrics {
		usage := "Keep this `FRACTION` of the " + metricNames[m]
		switch m {
		case budget.MACs:
			usage += ", as in 0.5 or 50%"
		case budget.Latency:
			usage += "; it is measured, so another run may choose other units"
		}
		flags = append(flags, fractionFlag(string(m), inBudget, "", usage+"."))
	}
	return flags
}

// metricNames says what each metric counts.
var metricNames = map[budget.Metric]string{
	budget.MACs: "multiply-accumulates", budget.Params: "parameters", budget.Bytes: "weights' bytes", budget.Units: "width of every free axis",
	budget.Latency: "latency in the built-in runtime on this machine",
}

// groupFlags returns the flags that limit how far each group is cut.
func groupFlags() []cli.Flag {
	return []cli.Flag{
		fractionFlag("floor", inBudget, "0.1", "Keep at least this `FRACTION` of the units of every group."),
		targetFlag(),
		&cli.IntFlag{Name: "round-to", Category: inBudget, DefaultText: "as --target says", Usage: "Keep a multiple of `N` units in every group, whatever the target; 1 allows any number."},
		&cli.StringSliceFlag{Name: "exclude", Category: inBudget, Usage: "Leave alone the groups that `NAME`, which may be a pattern, matches by their own name or a member's; may be repeated."},
	}
}

// selectionFlags returns the flags that say how units are chosen.
func selectionFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "reduction", Category: inSelection, DefaultText: "the criterion's", Usage: "`NAME`: Combine the scores of a group's members by " + oneOf("reduction") + "."},
		&cli.StringFlag{Name: "normalization", Category: inSelection, DefaultText: "the criterion's", Usage: "`NAME`: Make the scores of different groups comparable by " + oneOf("normalization") + "."},
		&cli.StringFlag{Name: "solver", Category: inSelection, DefaultText: "error for criteria whose scores are errors, else uniform", Usage: "`NAME`: Distribute the budget over the groups by " + oneOf("solver") + "."},
		&cli.BoolFlag{Name: "no-measure", Category: inSelection, Usage: "Use the scores as they are instead of measuring errors at the outputs."},
	}
}

// freedomFlags returns the flags that turn off steps other than the cut itself.
func freedomFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "no-rotation", Category: inSelection, Usage: "Do not change the basis of units that only linear maps write and read."},
		&cli.BoolFlag{Name: "no-free", Category: inSelection, Usage: "Keep dead, constant and duplicate units, which could be removed without changing any output."},
		&cli.BoolFlag{Name: "no-proof", Category: inGates, Usage: "Skip the proof that the cut is right."},
		&cli.BoolFlag{Name: "no-latency", Category: inMeasurement, Usage: "Do not measure the latency of the models."},
		&cli.BoolFlag{Name: "sparse-initializers", Category: inOutput, Usage: "Store weights that are mostly zero as ONNX sparse initializers where that makes the file smaller; not every reader supports them."},
	}
}

func recoveryFlag() cli.Flag {
	return &cli.StringFlag{Name: "recovery", Category: inRepair, Usage: "`NAME`: Repair the cut model by " + oneOf("recovery") + ".",
		DefaultText: convert.DefaultRecovery + "; " + convert.StatisticsRecovery + " with --statistics alone; " + convert.NoRecovery + " for a model too large to learn from synthetic inputs"}
}

func effortFlag() cli.Flag {
	return &cli.StringFlag{Name: "effort", Category: inRepair, DefaultText: "default", Usage: "`NAME`: Learn from fewer samples and measure fewer errors with fast, or more of both with thorough."}
}

// recoveryOf returns the requested recovery, or the one that suits the data.
func recoveryOf(c *cli.Context) string {
	if c.IsSet("recovery") {
		return c.String("recovery")
	}
	return convert.AutoRecovery
}

func seedFlag() cli.Flag {
	return &cli.Uint64Flag{Name: "seed", Category: inData, DefaultText: "0", Usage: "Seed random scores and synthetic inputs with `N`."}
}

func evalFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "eval", Category: inData, Usage: "Measure the models on the samples in `FILE`, arrays or text, or a folder of pictures."},
		&cli.StringFlag{Name: "labels", Category: inData, Usage: "Read the labels of --eval from `FILE` where they are in a file of their own."},
	}
}

// joinFlags concatenates lists of flags.
func joinFlags(lists ...[]cli.Flag) []cli.Flag { return slices.Concat(lists...) }
