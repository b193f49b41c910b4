package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/report"
)

// distilFlags say how the cut model learns from the original.
func distilFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "distil", Category: inRepair, Usage: "Let the repaired model learn from the original on --calibration, which needs no labels."},
		&cli.IntFlag{Name: "epochs", Category: inRepair, DefaultText: fmt.Sprintf("%d, or as many as fit in --time", convert.DefaultEpochs), Usage: "Learn from each sample `N` times, with --distil."},
		&cli.DurationFlag{Name: "time", Category: inRepair, DefaultText: "no bound", Usage: "Learn for this `DURATION` at most, such as 20m, with --distil; results then depend on the machine."},
		&cli.Float64Flag{Name: "learning-rate", Category: inRepair, DefaultText: fmt.Sprint(convert.DefaultLearningRate), Usage: "Change weights by about the share `RATE` of their magnitude in a step, at the highest, with --distil."},
		&cli.IntFlag{Name: "batch", Category: inRepair, DefaultText: fmt.Sprintf("%d, or as many as fit in memory", convert.DefaultBatch), Usage: "Learn from `N` samples in each step, with --distil."},
		&cli.StringFlag{Name: "augment", Category: inRepair, DefaultText: "nothing", Usage: "Learn from samples that are changed `HOW`, with --distil: flip mirrors pictures, shift moves them, mix adds up two samples; several with commas."},
	}
}

// distilOf reads the flags of distilFlags.
func distilOf(c *cli.Context) (convert.Distil, error) {
	d := convert.Distil{On: c.Bool("distil"), Epochs: c.Int("epochs"), Time: c.Duration("time"), Rate: c.Float64("learning-rate"), Batch: c.Int("batch")}
	var err error
	if d.Augment, err = convert.ParseAugmentation(c.String("augment")); err != nil {
		return d, err
	}
	if d.On && !c.IsSet("calibration") {
		return d, fmt.Errorf("distil: want --calibration with samples to learn from")
	}
	return d, d.Check()
}

// distilled prints what the cut model learnt from the original.
func distilled(w io.Writer, d *report.Distillation) {
	if d == nil {
		return
	}
	var terms []string
	for _, t := range d.Terms {
		terms = append(terms, fmt.Sprintf("%s of %q x%g", t.Loss, t.Value, t.Weight))
	}
	printf(w, "distil: %d epochs, %d steps of %d samples, %.3g s each; %d weights learn, %d do not; %s\n",
		d.Epochs, d.Steps, d.Batch, d.Seconds, d.Learnt, d.Fixed, strings.Join(terms, " + "))
	line := fmt.Sprintf("distil: loss on %d samples held out %.4g, %.4g before", d.Held, d.After, d.Before)
	if d.AgreementAfter != nil && d.AgreementBefore != nil {
		line += fmt.Sprintf("; agreement %.1f %%, %.1f %% before", 100**d.AgreementAfter, 100**d.AgreementBefore)
	}
	printf(w, "%s\n", line)
	if d.Stopped != "" {
		printf(w, "distil: stopped: %s\n", d.Stopped)
	}
	for _, s := range d.Stops {
		printf(w, "distil: gradients end at %q: %s\n", s.Node, s.Reason)
	}
	if d.Undone {
		printf(w, "warning: what was learnt was undone, because it was no better on the samples held out\n")
	}
}
