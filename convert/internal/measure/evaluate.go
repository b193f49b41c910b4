package measure

import (
	"context"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/convert/task"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/memory"
	"github.com/pollard-dev/pollard/runtime"
)

// mostHeld bounds the bytes of the original's outputs that are held to compare several models with, if a
// quarter of what learning may take is not less.
const mostHeld = 256 << 20

// Judge compares models with one original on the same samples.
type Judge struct {
	Task     task.Task
	Data     *dataset.Data
	original *graph.Model
	// held are the original's outputs by the number of a batch's first sample; nil if they are too
	// large, and then computed again for each model.
	held map[int]runtime.Outputs
}

// NewJudge returns a Judge of models that were made of the original.
func NewJudge(t task.Task, original *graph.Model, d *dataset.Data) *Judge {
	return &Judge{Task: t, Data: d, original: original}
}

// inputs are samples as the runtime takes them.
type inputs struct{ dataset.Source }

// Alone reports whether samples are sets of inputs, which are read and run one at a time.
func (in inputs) Alone() bool { return dataset.Alone(in.Source) }

func (in inputs) Read(from, to int) (map[string]*graph.Tensor, error) {
	return dataset.ReadRange(in.Source, from, to)
}

// stream runs sessions on the samples as runtime.Stream does or, if they are calls of a model with states,
// along these, each session with the states that it leaves itself.
func (j *Judge) stream(ctx context.Context, sessions []*runtime.Session, s stage.Settings,
	take func(from, count int, feeds runtime.Outputs, out []runtime.Outputs) error) error {
	if c, is := j.Data.Samples.(*samples.Carried); is {
		return c.Stream(ctx, sessions, evaluating(s), take)
	}
	_, err := runtime.Stream(ctx, sessions, inputs{j.Data.Samples}, j.batch(), evaluating(s), take)
	return err
}

// batch returns how many samples are run at a time.
func (j *Judge) batch() int {
	if most := j.Task.Batch(); most > 0 {
		return min(most, samples.DefaultBatch)
	}
	return samples.DefaultBatch
}

// Hold runs the original and holds its outputs if they are not too large, so that comparing many
// models does not take that time again.
func (j *Judge) Hold(ctx context.Context, s stage.Settings) error {
	c, err := runtime.Compile(j.original, runtime.Options{Threads: s.Threads})
	if err != nil {
		return err
	}
	held, bytes := map[int]runtime.Outputs{}, int64(0)
	err = j.stream(ctx, []*runtime.Session{c}, s,
		func(from, count int, _ runtime.Outputs, out []runtime.Outputs) error {
			held[from] = out[0]
			for _, t := range out[0] {
				if t != nil {
					bytes += t.Bytes()
				}
			}
			if whole := memory.Product(bytes/int64(from+count)+1, int64(j.Data.Samples.Count())); whole > min(mostHeld, s.MemoryBound()/4) {
				return errTooLarge{}
			}
			return nil
		})
	if _, large := err.(errTooLarge); large {
		return nil
	}
	if err == nil {
		j.held = held
	}
	return err
}

// errTooLarge ends a run whose outputs are not held.
type errTooLarge struct{}

func (errTooLarge) Error() string { return "too large" }

func evaluating(s stage.Settings) func(done, total int) {
	return func(done, total int) { s.Report("evaluate", done, total) }
}

// Compare compares a model with the original. It may be called concurrently.
func (j *Judge) Compare(ctx context.Context, pruned *graph.Model, s stage.Settings) (*task.Figures, error) {
	models := []*graph.Model{pruned}
	if j.held == nil {
		models = append(models, j.original)
	}
	var sessions []*runtime.Session
	for _, m := range models {
		c, err := runtime.Compile(m, runtime.Options{Threads: s.Threads})
		if err != nil {
			return nil, err
		}
		sessions = append(sessions, c)
	}
	tally, err := j.Task.Start(j.Data)
	if err != nil {
		return nil, err
	}
	if c, ok := tally.(interface{ Close() error }); ok {
		defer c.Close()
	}
	var apart task.Differences
	err = j.stream(ctx, sessions, s,
		func(from, count int, feeds runtime.Outputs, out []runtime.Outputs) error {
			before := j.held[from]
			if j.held == nil {
				before = out[1]
			}
			b := task.Batch{First: from, Count: count, Feeds: feeds, Outputs: [2]map[string]*graph.Tensor{before, out[0]}}
			apart.Add(b)
			return tally.Add(b)
		})
	if err != nil {
		return nil, err
	}
	f, err := tally.Figures(ctx)
	if err != nil {
		return nil, err
	}
	apart.Into(f)
	return f, ctx.Err()
}

// EvaluateInto compares both models and sets the figures in the report.
func EvaluateInto(ctx context.Context, r *report.Report, t task.Task, original, pruned *graph.Model, d *dataset.Data, s stage.Settings) (*task.Figures, error) {
	f, err := NewJudge(t, original, d).Compare(ctx, pruned, s)
	if err != nil {
		return nil, err
	}
	r.Task, r.Metrics, r.Classes = t.Report(), f.Metrics, f.Classes
	if m := accuracyOf(t, f); m != nil {
		before, after := m.Original, m.Pruned
		r.Original.Accuracy, r.Pruned.Accuracy = &before, &after
	}
	r.Agreement = &report.Agreement{Samples: f.Samples, MaxAbsDiff: f.MaxAbsDiff, Cosine: f.Cosine, Figures: f.Agreement}
	if classifies(t) {
		same := f.Agreement[0].Value
		r.Agreement.Top1 = &same
	}
	return f, nil
}

// classifies reports whether a task is to tell the class of each sample.
func classifies(t task.Task) bool { return t.Report().Name == task.Classification }

// accuracyOf returns the share of samples classified correctly, or nil if it is not known.
func accuracyOf(t task.Task, f *task.Figures) *report.Metric {
	for i := range f.Metrics {
		if m := &f.Metrics[i]; classifies(t) && m.Name == task.Accuracy {
			return m
		}
	}
	return nil
}
