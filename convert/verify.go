package convert

import (
	"context"
	"fmt"
	"maps"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/checkpoint"
	"github.com/pollard-dev/pollard/convert/internal/figures"
	"github.com/pollard-dev/pollard/convert/internal/measure"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/convert/task"
	"github.com/pollard-dev/pollard/graph"
)

// Verify compares two files on the same data: the metrics of c.Task if there are labels, agreement
// always. maxDrop is as in Job, and c.MinAgreement bounds the agreement. If a gate fails, the error is a *Gate and the report is returned too.
func Verify(ctx context.Context, original, pruned string, load func(*graph.Model) (*dataset.Data, error), maxDrop *float64, c Config) (_ *report.Report, err error) {
	r := report.New("verify")
	if least := c.MinAgreement; least != nil && !(*least > 0 && *least <= 1) {
		return nil, fmt.Errorf("min-agreement: want a fraction over 0 and at most 1, have %v", *least)
	}
	r.Set = c.Set
	var models [2]*graph.Model
	var both [2]*report.Figures
	var files []*onnx.File
	defer onnx.DoneAll(&files, &err)
	for i, path := range []string{original, pruned} {
		file, err := onnx.Read(path)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
		models[i] = file.Model
		set := c.Set
		if i == 1 { // the pruned model may have lost the inputs already
			set = maps.Clone(c.Set)
			maps.DeleteFunc(set, func(name, _ string) bool { v := file.Model.Graph.Value(name); return v == nil || !v.IsInput() })
		}
		if err := setInputs(file.Model, path, set); err != nil {
			return nil, err
		}
		if i == 0 {
			if err := samples.CheckDims(file.Model, c.Dims); err != nil {
				return nil, err
			}
		}
	}
	if err := checkpoint.SameInterface(models[0], models[1]); err != nil {
		return nil, fmt.Errorf("%s: %w", pruned, err)
	}
	d, err := load(models[0])
	if err != nil {
		return nil, err
	}
	defer d.Close()
	samples.Describe(r, "data", d)
	given := c.Dims
	if c.Dims, err = samples.PictureExtents(models[0], c.Dims, d); err != nil {
		return nil, err
	}
	for i, path := range []string{original, pruned} {
		c.Dims = samples.Extents(models[i], c.Dims)
		if both[i], err = figures.Of(path, models[i], onnx.External(models[i]), c.Dims); err != nil {
			return nil, err
		}
	}
	r.Original, r.Pruned, r.Extents = both[0], both[1], samples.Chosen(c.Dims, given)
	t, err := chooseTask(c.Task, models[0], d)
	if err != nil {
		return nil, err
	}
	if maxDrop != nil && !task.Labelled(t, d) {
		return nil, fmt.Errorf("max-drop: want labels to measure accuracy on")
	}
	err = stage.Timings(r.Timings).Time("evaluate", func() error {
		if _, err := measure.EvaluateInto(ctx, r, t, models[0], models[1], d, c.settings()); err != nil {
			return err
		}
		r.Pictures, err = pictures(ctx, t, models[0], models[1], d, c.Pictures, c.settings())
		return err
	})
	if err != nil {
		return nil, err
	}
	r.Ratio = figures.Ratio(r.Original, r.Pruned)
	err = measure.DropGate(r, maxDrop)
	if err == nil {
		err = measure.AgreementGate(r, c.MinAgreement)
	}
	if err != nil {
		r.Failed = []string{err.Error()}
		return r, err
	}
	return r, nil
}

// chooseTask returns the task of a model that is measured on d.
func chooseTask(o task.Options, m *graph.Model, d *dataset.Data) (task.Task, error) {
	o.Classes = d.Labels != nil
	if taken := dataset.TakenFrom(d.Samples); taken != nil && taken.Calls != nil {
		for _, s := range taken.Calls.States {
			o.States = append(o.States, s.Output)
		}
	}
	t, err := task.Choose(o, m)
	if err != nil {
		return nil, err
	}
	if t.Report().Name == task.Classification {
		err = samples.CheckLabels(m, d)
	}
	return t, err
}
