package convert

import (
	"context"
	"fmt"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/convert/testset"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

// Tolerance replaces the tolerances of RunTests; nil keeps its own.
type Tolerance struct{ Abs, Rel *float64 }

// RunTests runs the model at path on the test sets in dir. If an output differs from the stored
// one, the error is a *Gate and the report is returned too.
func RunTests(ctx context.Context, path, dir string, tolerance Tolerance, threads int) (_ *report.Report, err error) {
	file, err := onnx.Read(path)
	if err != nil {
		return nil, err
	}
	defer file.Done(&err)
	sets, err := testset.Read(dir, file.Model)
	if err != nil {
		return nil, err
	}
	s, err := runtime.Compile(file.Model, runtime.Options{Threads: threads})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	limit := testset.Tolerance(file.Model)
	if tolerance.Abs != nil {
		limit.Abs = *tolerance.Abs
	}
	if tolerance.Rel != nil {
		limit.Rel = *tolerance.Rel
	}
	r := report.New("run")
	r.Tests = &report.Tests{Atol: limit.Abs, Rtol: limit.Rel}
	for _, set := range sets {
		different, err := set.Run(ctx, s, limit)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		r.Tests.Sets = append(r.Tests.Sets, report.TestSet{Name: set.Name, Passed: different == nil, Outputs: len(set.Outputs), Mismatch: different})
		if different != nil {
			r.Failed = append(r.Failed, different.String())
		}
	}
	if len(r.Failed) > 0 {
		return r, &stage.Gate{Reason: fmt.Sprintf("%d of %d test sets differ: %s", len(r.Failed), len(sets), r.Failed[0])}
	}
	return r, nil
}

// Run computes the outputs of the model at path for all the data that load reads, in one batch. For calls of
// a model with states, outputs other than states have an axis more in front, which counts the calls.
func Run(ctx context.Context, path string, load func(*graph.Model) (*dataset.Data, error), threads int) (_ map[string]*graph.Tensor, err error) {
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
	s, err := runtime.Compile(file.Model, runtime.Options{Threads: threads})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if c, is := d.Samples.(*samples.Carried); is {
		out, err := runCalls(ctx, s, c)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return out, nil
	}
	feeds, err := dataset.ReadRange(d.Samples, 0, d.Samples.Count())
	if err != nil {
		return nil, err
	}
	out, err := s.Run(ctx, feeds)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return out, nil
}

// runCalls runs a session along calls and returns what it computed, call by call.
func runCalls(ctx context.Context, s *runtime.Session, c *samples.Carried) (map[string]*graph.Tensor, error) {
	var calls []map[string]*graph.Tensor
	err := c.Stream(ctx, []*runtime.Session{s}, func(int, int) {}, func(_, _ int, _ runtime.Outputs, out []runtime.Outputs) error {
		one := map[string]*graph.Tensor{}
		for name, t := range out[0] {
			if t.Raw() == nil {
				return fmt.Errorf("output %q: want numbers, have %v", name, t.DType())
			}
			one[name] = t.Reshaped(append([]int{1}, t.Shape()...)...)
		}
		calls = append(calls, one)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return dataset.Joined(calls)
}
