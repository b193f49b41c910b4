package convert

import (
	"context"
	"fmt"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/canonical"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/internal/study"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
)

// Redundancy reads the model and reports how redundant it is on the data.
func Redundancy(ctx context.Context, path string, load func(*graph.Model) (*dataset.Data, error), c Config) (_ *report.Report, err error) {
	r, err := Inspect(ctx, path, c.Dims)
	if err != nil {
		return nil, err
	}
	file, err := onnx.Read(path)
	if err != nil {
		return nil, err
	}
	defer file.Done(&err)
	d, err := load(file.Model)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	samples.Describe(r, "calibration", d)
	original, err := canonical.Inline(ctx, file.Model)
	if err != nil {
		return nil, err
	}
	s := c.settings()
	s.Dims = samples.Extents(original, c.Dims)
	if r.Redundancy, err = study.Redundancy(ctx, original, d.Samples, s, r.Timings); err != nil {
		return nil, stage.Plain(fmt.Errorf("%s: redundancy: %w", path, err))
	}
	return r, nil
}
