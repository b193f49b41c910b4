package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/urfave/cli/v2"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/format"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/convert/task"
	"github.com/pollard-dev/pollard/graph"
)

// taskFlags returns the flags that say what the outputs of a model mean.
func taskFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "task", Category: inMeasurement, DefaultText: "guessed from the outputs, and printed", Usage: "`NAME`: Take the outputs for those of " + oneOf("task") + "."},
		&cli.StringFlag{Name: "detection", Category: inMeasurement, DefaultText: "guessed from the shapes of the outputs", Usage: "Read in `FILE` how the outputs of a detector are to be read: JSON, as in {\"head\": \"centres\", \"score\": 0.3}."},
		&cli.StringFlag{Name: "pairs", Category: inData, Usage: "Take the samples in `FILE` for the other halves of pairs, and the labels for how alike the halves are."},
		&cli.StringFlag{Name: "metric", Category: inMeasurement, Usage: "Let `COMMAND` tell how good a model is: it is run by the shell with a folder as its argument, in which outputs.npz is what the model answers, and prints a number."},
		&cli.BoolFlag{Name: "metric-higher", Category: inMeasurement, Usage: "More of what --metric prints is better; that is so unless --metric-lower is given."},
		&cli.BoolFlag{Name: "metric-lower", Category: inMeasurement, Usage: "Less of what --metric prints is better."},
	}
}

// taskOptions reads the flags of taskFlags.
func taskOptions(c *cli.Context) (task.Options, error) {
	o := task.Options{Name: c.String("task"), Head: c.String("detection"), Command: c.String("metric"), Lower: c.Bool("metric-lower")}
	switch {
	case c.IsSet("task") && o.Name == "":
		return o, fmt.Errorf("task: want one of %s, have none", oneOf("task"))
	case c.IsSet("metric") && o.Command == "":
		return o, errors.New("metric: want a command, have none")
	case o.Command == "" && (c.IsSet("metric-higher") || c.IsSet("metric-lower")):
		return o, errors.New("metric: want --metric with the command that --metric-higher or --metric-lower is about")
	case c.Bool("metric-higher") && c.Bool("metric-lower"):
		return o, errors.New("metric: want --metric-higher or --metric-lower, have both")
	}
	return o, nil
}

// evalLoader returns a function that opens the samples at path as loader does, with what is known of
// them in the form that the task of the model wants. It returns nil if path is empty.
func evalLoader(c *cli.Context, path, labels string) func(*graph.Model) (*convert.Data, error) {
	if path == "" {
		return nil
	}
	return func(m *graph.Model) (*convert.Data, error) {
		o, err := taskOptions(c)
		if err != nil {
			return nil, err
		}
		opt, err := dataOptions(c)
		if err != nil {
			return nil, err
		}
		opt.States.Outputs = m.Graph.Outputs
		states, err := dataset.States(path, opt, m.Graph.Inputs)
		if err != nil {
			return nil, err
		}
		for _, s := range states {
			o.States = append(o.States, s.Output)
		}
		o.Classes = areClasses(path, labels)
		t, err := task.Choose(o, m)
		if err != nil {
			return nil, err
		}
		d, err := openFor(c, t, m, path, labels)
		if r := t.Report(); err != nil && r.Guessed && labels != "" {
			err = fmt.Errorf("%w; the task was guessed to be %s, --task says otherwise", err, r.Name)
		}
		return d, err
	}
}

// areClasses reports whether there are labels that are one whole number for each sample. Files that
// cannot be read are for others to complain about.
func areClasses(path, labels string) bool {
	if labels == "" && dataset.IsText(path) {
		return dataset.TextHasClasses(path)
	}
	if labels == "" && dataset.HasClasses(path) {
		return true
	}
	open := func() (*dataset.Numbers, error) { return dataset.OpenNumbers(labels) }
	if info, err := os.Stat(labels); labels != "" && err == nil && !info.IsDir() && !info.Mode().IsRegular() {
		return true // what comes out of a pipe can be read only once
	}
	if labels == "" {
		open = func() (*dataset.Numbers, error) { return dataset.NumbersBeside(path) }
	}
	n, err := open()
	if err != nil || n == nil {
		return false
	}
	defer n.Close()
	s := n.Shape()
	return !n.DType().IsFloat() && (len(s) == 0 || len(s) == 1 && s[0] == 1)
}

// openFor opens the samples that a task is measured on.
func openFor(c *cli.Context, t task.Task, m *graph.Model, path, labels string) (_ *convert.Data, err error) {
	pairs := c.String("pairs")
	name := t.Report().Name
	if pairs != "" && name != task.Embedding {
		return nil, fmt.Errorf("pairs: want --task %s, have %s", task.Embedding, name)
	}
	if name == task.Classification {
		return loader(c, path, labels)(m)
	}
	opt, err := dataOptions(c)
	if err != nil {
		return nil, err
	}
	opt.States.Outputs = m.Graph.Outputs
	d, err := dataset.OpenSamples(path, opt, m.Graph.Inputs)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			d.Close()
		}
	}()
	if pairs != "" {
		others, err := dataset.OpenSamples(pairs, opt, m.Graph.Inputs)
		if err != nil {
			return nil, err
		}
		both, err := dataset.Paired(d.Samples, others.Samples)
		if err != nil {
			others.Close()
			return nil, err
		}
		d.Samples = both
	}
	sayTaken(c, path, "", d)
	if err := t.Truth(d, path, labels); err != nil {
		return nil, err
	}
	return convert.Carry(c.Context, m, d, c.Int("threads"))
}

// judged prints what the task is and how good both models are.
func judged(w io.Writer, r *convert.Report) {
	t := r.Task
	if t == nil {
		return
	}
	if t.Guessed {
		printf(w, "task: %s, guessed from %s; --task says otherwise\n", t.Name, t.How)
	} else if t.How != "" {
		printf(w, "task: %s: %s\n", t.Name, t.How)
	} else {
		printf(w, "task: %s\n", t.Name)
	}
	for i, m := range r.Metrics {
		if i == 0 && (m.Name == task.Accuracy || m.PrunedInterval == nil) {
			continue // all there is to say is in the table
		}
		printf(w, "%s: %s, original %s%s\n", m.Name, format.Value(m.Unit, m.Pruned)+within(m.Unit, m.PrunedInterval), format.Value(m.Unit, m.Original), within(m.Unit, m.OriginalInterval))
	}
	for i, k := range r.Classes {
		if i == 0 {
			printf(w, "classes that lost most:")
		} else {
			printf(w, ",")
		}
		printf(w, " %d (%d to %d of %d)", k.Class, k.Original, k.Pruned, k.Samples)
	}
	if len(r.Classes) > 0 {
		printf(w, "\n")
	}
}

// within formats the interval of a figure.
func within(unit string, i *report.Interval) string {
	if i == nil {
		return ""
	}
	return fmt.Sprintf(" (%s to %s)", format.Value(unit, i.Low), format.Value(unit, i.High))
}

// agreement prints how far both models agree.
func agreement(w io.Writer, r *convert.Report) {
	a := r.Agreement
	if a == nil || len(a.Figures) == 0 {
		return
	}
	first := a.Figures[0]
	if a.Top1 != nil {
		printf(w, "agreement: same class for %s of %d samples", percent(first.Value), a.Samples)
	} else {
		printf(w, "agreement: %s %s%s on %d samples", first.Name, format.Value(first.Unit, first.Value), within(first.Unit, first.Interval), a.Samples)
	}
	for _, f := range a.Figures[1:] {
		printf(w, ", %s %s", f.Name, format.Value(f.Unit, f.Value))
	}
	if a.MaxAbsDiff != nil {
		printf(w, ", largest difference %.3g", *a.MaxAbsDiff)
	}
	if a.Cosine != nil && first.Name != "cosine" {
		printf(w, ", cosine %.4f", *a.Cosine)
	}
	printf(w, "\n")
}
