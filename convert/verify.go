package convert

import (
	"context"
	"fmt"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/checkpoint"
	"github.com/pollard-dev/pollard/convert/internal/figures"
	"github.com/pollard-dev/pollard/convert/internal/measure"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
)

// Verify compares two files on the same data: accuracy if there are labels, agreement always.
// maxDrop is as in Job. If a gate fails, the error is a *Gate and the report is returned too.
func Verify(ctx context.Context, original, pruned string, load func(*graph.Model) (*dataset.Data, error), maxDrop *float64, c Config) (_ *report.Report, err error) {
	r := report.New("verify")
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
		if i == 0 {
			if err := samples.CheckDims(file.Model, c.Dims); err != nil {
				return nil, err
			}
		}
		c.Dims = samples.Extents(file.Model, c.Dims)
		if both[i], err = figures.Of(path, file.Model, onnx.External(file.Model), c.Dims); err != nil {
			return nil, err
		}
	}
	r.Original, r.Pruned = both[0], both[1]
	if err := checkpoint.SameInterface(models[0], models[1]); err != nil {
		return nil, fmt.Errorf("%s: %w", pruned, err)
	}
	d, err := load(models[0])
	if err != nil {
		return nil, err
	}
	defer d.Close()
	samples.Describe(r, "data", d)
	if err := samples.CheckLabels(models[0], d); err != nil {
		return nil, err
	}
	if maxDrop != nil && d.Labels == nil {
		return nil, fmt.Errorf("max-drop: want labels to measure accuracy on")
	}
	err = stage.Timings(r.Timings).Time("evaluate", func() error {
		return measure.EvaluateInto(ctx, r, models[0], models[1], d, c.settings())
	})
	if err != nil {
		return nil, err
	}
	r.Ratio = figures.Ratio(r.Original, r.Pruned)
	if err := measure.DropGate(r, maxDrop); err != nil {
		r.Failed = []string{err.Error()}
		return r, err
	}
	return r, nil
}
