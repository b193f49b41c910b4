package convert

import (
	"context"
	"fmt"

	"github.com/pollard-dev/pollard/convert/internal/canonical"
	"github.com/pollard-dev/pollard/convert/internal/figures"
	"github.com/pollard-dev/pollard/convert/internal/plan"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/passes/simplify"
)

// Inspect reads the model and reports what can be removed, and what is pinned, by which operator
// and why.
func Inspect(ctx context.Context, path string, dims map[string]int) (result *report.Report, err error) {
	return InspectSet(ctx, path, dims, nil)
}

// InspectSet is Inspect of a model some inputs of which are set: see Config.Set.
func InspectSet(ctx context.Context, path string, dims map[string]int, set map[string]string) (result *report.Report, err error) {
	defer func() {
		if err != nil {
			result = nil
		}
	}()
	file, err := onnx.Read(path)
	if err != nil {
		return nil, err
	}
	defer file.Done(&err)
	if err := setInputs(file.Model, path, set); err != nil {
		return nil, err
	}
	if err := samples.CheckDims(file.Model, dims); err != nil {
		return nil, err
	}
	given := dims
	dims = samples.Extents(file.Model, dims)
	r := report.New("inspect")
	r.Set = set
	r.Original = &report.Figures{}
	// The digest of gigabytes takes as long as everything else. Compute it in parallel.
	var digest report.Figures
	digested := make(chan error, 1)
	go func() { digested <- figures.FillFile(path, onnx.External(file.Model), &digest) }()
	err = stage.Timings(r.Timings).Time("inspect", func() error {
		s, a, err := canonical.Simplify(ctx, file.Model)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		r.Groups, r.Pinned = plan.Groups(a, nil, nil), a.Pinned
		r.Prunable, r.Unfolded = plan.Prunable(s, a), simplify.Unfolded(s)
		r.Extents = samples.Chosen(dims, given)
		r.FixedInputs = len(simplify.FixedInputs(file.Model))
		r.Original.Params, r.Original.MACs, r.Original.Nodes = figures.CountSimplified(file.Model, s, dims)
		return nil
	})
	if unread := <-digested; unread != nil {
		return nil, unread
	}
	if err == nil { // only now: the digest has brought the weights into memory
		err = stage.Timings(r.Timings).Time("count", func() error {
			r.Original.NonZero = figures.CountNonZero(file.Model)
			return nil
		})
	}
	r.Original.Path, r.Original.Bytes, r.Original.SHA256 = digest.Path, digest.Bytes, digest.SHA256
	return r, err
}
