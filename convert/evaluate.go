package convert

import (
	"context"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

// Data is samples to measure models on.
type Data struct {
	// Feeds by input; the first axis of each counts samples.
	Feeds map[string]*graph.Tensor
	// Labels has one class for each sample; nil when they are not known.
	Labels []int
}

// batchSize is how many samples are run at a time where the model lets us choose.
const batchSize = 64

// evaluate runs both models over the data, enters their accuracies where there
// are labels, and their agreement.
func evaluate(ctx context.Context, original, pruned *graph.Model, d *Data, r *Report, c *Config) error {
	var sessions []*runtime.Session
	for _, m := range []*graph.Model{original, pruned} {
		s, err := runtime.Compile(m, runtime.Options{Threads: c.Threads})
		if err != nil {
			return err
		}
		sessions = append(sessions, s)
	}
	found, err := runtime.Compare(ctx, sessions, d.Feeds, d.Labels, batchSize, func(done, total int) { c.progress("evaluate", done, total) })
	if err != nil {
		return err
	}
	if found.Accuracy != nil {
		r.Original.Accuracy, r.Pruned.Accuracy = &found.Accuracy[0], &found.Accuracy[1]
	}
	a := found.Agreement
	r.Agreement = &Agreement{Samples: found.Samples, Top1: a.Top1, MaxAbsDiff: a.MaxAbsDiff, Cosine: a.Cosine}
	return nil
}

// batchOf is how many samples m takes at a time: as many as it was exported for, where that is a number.
func batchOf(m *graph.Model) int {
	for _, v := range m.Graph.Inputs {
		if v.Const == nil && len(v.Type.Shape) > 0 {
			if n, known := v.Type.Shape[0].Value(); known && n > 0 {
				return n
			}
		}
	}
	return batchSize
}
