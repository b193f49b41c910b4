package convert

import (
	"context"
	"fmt"

	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/graph"
)

// Verify compares two files on the same data: accuracy where there are labels, agreement always.
// MaxDrop is as in Job. The error of a failed gate is a *Gate and comes with the report.
func Verify(ctx context.Context, original, pruned string, load func(*graph.Model) (*Data, error), maxDrop *float64, c Config) (_ *Report, err error) {
	r := NewReport("verify")
	var models [2]*graph.Model
	var figures [2]*Figures
	var files []*onnx.File
	defer onnx.DoneAll(&files, &err)
	for i, path := range []string{original, pruned} {
		file, err := onnx.Read(path)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
		models[i] = file.Model
		figures[i] = &Figures{}
		c.Dims = Extents(file.Model, c.Dims)
		figures[i].count(file.Model, c.Dims)
		if err := fileFigures(path, onnx.External(file.Model), figures[i]); err != nil {
			return nil, err
		}
	}
	r.Original, r.Pruned = figures[0], figures[1]
	if err := sameInterface(models[0], models[1]); err != nil {
		return nil, fmt.Errorf("%s: %w", pruned, err)
	}
	d, err := load(models[0])
	if err == nil {
		err = checkLabels(models[0], d)
	}
	if err != nil {
		return nil, err
	}
	if maxDrop != nil && d.Labels == nil {
		return nil, fmt.Errorf("max-drop: want labels to measure accuracy on")
	}
	err = staged(r.Timings, "evaluate", func() error {
		return evaluate(ctx, models[0], models[1], d, r, &c)
	})
	if err != nil {
		return nil, err
	}
	r.Ratio = ratioOf(r.Original, r.Pruned)
	if err := dropGate(r, maxDrop); err != nil {
		r.Failed = []string{err.Error()}
		return r, err
	}
	return r, nil
}

// sameInterface reports the first input or output that b does not share with a.
func sameInterface(a, b *graph.Model) error {
	for _, side := range []struct {
		kind string
		a, b []*graph.Value
	}{{"input", a.Graph.Inputs, b.Graph.Inputs}, {"output", a.Graph.Outputs, b.Graph.Outputs}} {
		have := map[string]graph.Type{}
		for _, v := range side.b {
			have[v.Name] = v.Type
		}
		for _, v := range side.a {
			t, ok := have[v.Name]
			switch {
			case v.Const != nil:
			case !ok:
				return fmt.Errorf("%s %q of the original is missing", side.kind, v.Name)
			case t.DType != v.Type.DType || len(t.Shape) != len(v.Type.Shape):
				return fmt.Errorf("%s %q: want %v as in the original, have %v", side.kind, v.Name, v.Type, t)
			}
		}
	}
	return nil
}
