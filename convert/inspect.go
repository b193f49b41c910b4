package convert

import (
	"context"
	"fmt"

	"github.com/pollard-dev/pollard/convert/onnx"
)

// Inspect reads the model and says what can be removed and what is pinned, by which operator and why.
func Inspect(ctx context.Context, path string, dims map[string]int) (*Report, error) {
	file, err := onnx.Read(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	r := &Report{Schema: Schema, Command: "inspect", Timings: map[string]float64{}, Original: &Figures{}}
	r.Original.Params, r.Original.MACs, r.Original.Nodes = Count(file.Model, dims)
	if err := fileFigures(path, onnx.External(file.Model), r.Original); err != nil {
		return nil, err
	}
	err = staged(r.Timings, "inspect", func() error {
		_, a, err := Simplify(ctx, file.Model)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		r.Groups, r.Pinned = groupReports(a, nil), a.Pinned
		return nil
	})
	return r, err
}
