package measure

import (
	"context"
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

// evaluation compares what two models compute on the same samples.
type evaluation struct {
	// Accuracy is the accuracy of the first and the second model; nil without labels.
	Accuracy  []float64
	Agreement *report.Agreement
}

// inputs are samples as the runtime takes them.
type inputs struct{ dataset.Source }

func (in inputs) Read(from, to int) (map[string]*graph.Tensor, error) {
	return dataset.ReadRange(in.Source, from, to)
}

// evaluate runs both models on the data.
func evaluate(ctx context.Context, original, pruned *graph.Model, d *dataset.Data, s stage.Settings) (*evaluation, error) {
	var sessions []*runtime.Session
	for _, m := range []*graph.Model{original, pruned} {
		c, err := runtime.Compile(m, runtime.Options{Threads: s.Threads})
		if err != nil {
			return nil, err
		}
		sessions = append(sessions, c)
	}
	found, err := runtime.Compare(ctx, sessions, inputs{d.Samples}, d.Labels, samples.DefaultBatch, func(done, total int) { s.Report("evaluate", done, total) })
	if err != nil {
		return nil, err
	}
	a := found.Agreement
	a.MaxAbsDiff = report.Finite(a.MaxAbsDiff)
	if math.IsNaN(a.MaxAbsDiff) {
		a.MaxAbsDiff = math.MaxFloat64
	}
	if math.IsNaN(a.Cosine) { // the outputs are not finite
		a.Cosine = 0
	}
	return &evaluation{found.Accuracy, &report.Agreement{Samples: found.Samples, Top1: a.Top1, MaxAbsDiff: a.MaxAbsDiff, Cosine: a.Cosine}}, nil
}

// Predict returns the predicted class of each sample or, without labels, the index of its largest
// output.
func Predict(ctx context.Context, m *graph.Model, d *dataset.Data, s stage.Settings) ([]int, error) {
	c, err := runtime.Compile(m, runtime.Options{Threads: s.Threads})
	if err != nil {
		return nil, err
	}
	found, err := runtime.Predict(ctx, c, inputs{d.Samples}, d.Labels, samples.DefaultBatch, func(done, total int) { s.Report("evaluate", done, total) })
	if err == nil && d.Labels != nil && len(d.Labels) != len(found) {
		err = fmt.Errorf("labels: want %d, one for each sample, have %d", len(found), len(d.Labels))
	}
	return found, err
}

// Share returns the fraction of samples on which a and b agree.
func Share(a, b []int) float64 { return float64(countEqual(a, b)) / float64(max(1, len(a))) }

// countEqual returns the number of samples on which a and b agree.
func countEqual(a, b []int) (n int) {
	for i := range a {
		if a[i] == b[i] {
			n++
		}
	}
	return n
}

// EvaluateInto evaluates both models and sets the figures in the report.
func EvaluateInto(ctx context.Context, r *report.Report, original, pruned *graph.Model, d *dataset.Data, s stage.Settings) error {
	found, err := evaluate(ctx, original, pruned, d, s)
	if err != nil {
		return err
	}
	if found.Accuracy != nil {
		r.Original.Accuracy, r.Pruned.Accuracy = &found.Accuracy[0], &found.Accuracy[1]
	}
	r.Agreement = found.Agreement
	return nil
}
