package measure

import (
	"context"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/task"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

// Seen is a picture and what two models find in it.
type Seen struct {
	Sample  int
	Picture *graph.Tensor // one sample of the input with four axes
	*task.View
}

// View runs both models on the numbered samples and returns what they find, for tasks whose findings
// can be looked at; else nil.
func View(ctx context.Context, t task.Task, original, pruned *graph.Model, d *dataset.Data, of []int, s stage.Settings) ([]Seen, error) {
	tally, err := t.Start(d)
	if err != nil {
		return nil, err
	}
	viewer, can := tally.(task.Viewer)
	if !can {
		return nil, nil
	}
	var sessions [2]*runtime.Session
	for m, model := range []*graph.Model{original, pruned} {
		if sessions[m], err = runtime.Compile(model, runtime.Options{Threads: s.Threads}); err != nil {
			return nil, err
		}
	}
	step := samples.BatchOf(original).Step()
	var all []Seen
	for _, sample := range of {
		from := sample / step * step
		if from+step > d.Samples.Count() {
			continue // the models are not run on what does not fill a batch
		}
		b := task.Batch{First: from, Count: step}
		if b.Feeds, err = dataset.ReadRange(d.Samples, from, from+step); err != nil {
			return nil, err
		}
		for m, session := range sessions {
			if b.Outputs[m], err = session.Run(ctx, b.Feeds); err != nil {
				return nil, err
			}
		}
		v, err := viewer.View(b, sample-from)
		if err != nil {
			return nil, err
		}
		for _, in := range original.Graph.Inputs {
			if x := b.Feeds[in.Name]; x != nil && x.Rank() == 4 {
				one, err := x.Select([]int{sample - from})
				if err != nil {
					return nil, err
				}
				all = append(all, Seen{sample, one, v})
				break
			}
		}
	}
	return all, nil
}
