package search

import (
	"context"
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/candidate"
	"github.com/pollard-dev/pollard/convert/internal/measure"
	"github.com/pollard-dev/pollard/convert/internal/pipeline"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/convert/task"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/budget"
)

const (
	// firstError is the predicted error at the outputs, as a fraction of their variance, of the
	// first model tried. Networks commonly lose a fraction of a point to it once they are repaired.
	// Later tries follow from the results, so little depends on it.
	firstError = 0.01
	// errorStep is the factor by which the predicted error changes while all models tried so far
	// met the target, or none did.
	errorStep = 4
	// searchWithin is how close the smallest model that met the target and the largest that did not
	// are in the end, as a fraction of the original. maxTries bounds the number of models made.
	searchWithin = 0.02
	maxTries     = 10
)

type plannedTrial struct {
	result *pipeline.Result
	lost   *float64
}

// plan plans a model that keeps the given fraction.
func (s *searching) plan(ctx context.Context, keep float64) (plannedTrial, error) {
	if p, known := s.planned[keep]; known {
		return p, nil
	}
	r, lost, err := s.maker.Plan(ctx, s.trial(keep))
	p := plannedTrial{r, lost}
	s.planned[keep] = p
	return p, err
}

func (s *searching) trial(keep float64) report.Trial {
	return report.Trial{Criterion: s.criterion, Metric: budget.MACs, Keep: keep}
}

// errorAt returns the error predicted for a model that keeps the given fraction, or 0 if scores are
// not errors.
func (s *searching) errorAt(ctx context.Context, keep float64) (float64, error) {
	p, err := s.plan(ctx, keep)
	if err != nil || p.lost == nil {
		return 0, err
	}
	return *p.lost, nil
}

// fractionAt returns the fraction between low and high with a predicted error of e, or the middle
// if scores are not errors.
func (s *searching) fractionAt(ctx context.Context, low, high, e float64) (float64, error) {
	if e <= 0 {
		return (low + high) / 2, nil
	}
	for high-low > searchWithin/2 {
		middle := (low + high) / 2
		have, err := s.errorAt(ctx, middle)
		if err != nil {
			return 0, err
		}
		if have > e {
			low = middle
		} else {
			high = middle
		}
	}
	return high, nil
}

// next returns the fraction to try. Its predicted error lies between those of the two nearest
// models tried or, while all met the target or none did, beyond them.
func (s *searching) next(ctx context.Context) (float64, error) {
	low, high := s.failed, s.met
	over, err := s.errorAt(ctx, max(low, searchWithin))
	if err != nil {
		return 0, err
	}
	under := 0.0
	if high < 1 {
		if under, err = s.errorAt(ctx, high); err != nil {
			return 0, err
		}
	}
	want := 0.0
	switch {
	case low == 0 && high == 1:
		want = firstError
	case low == 0:
		want = under * errorStep
	case high == 1:
		want = over / errorStep
	default:
		want = math.Sqrt(over * under)
	}
	if over == 0 { // scores are not errors
		want = 0
	}
	keep, err := s.fractionAt(ctx, low, high, want)
	quarter := (high - low) / 4 // or a misleading curve would make the search creep
	if low > 0 && high < 1 {
		keep = min(max(keep, low+quarter), high-quarter)
	}
	return math.Round(1e4*min(max(keep, low+searchWithin/2), high-searchWithin/2)) / 1e4, err
}

// run tries models until the smallest is known.
func (s *searching) run(ctx context.Context) error {
	s.met = 1
	for try := 1; try <= maxTries && s.met-s.failed > searchWithin; try++ {
		keep, err := s.next(ctx)
		if err != nil {
			return err
		}
		s.settings.Report(fmt.Sprintf("model %d: %.3f of the multiply-accumulates", try, keep), 0, 0)
		p, err := s.plan(ctx, keep)
		if err != nil {
			return err
		}
		figures, err := s.maker.CarryOut(ctx, s.trial(keep), p.result, s.settings.Threads, s.settings.Progress, s.timings)
		if err != nil {
			return err
		}
		found := measure.SplitOf(s.task, figures)
		met := measure.Meets(s.target, found)
		s.target.Tried = append(s.target.Tried, report.Tried{Keep: keep, Reached: p.result.Outcome.Reached, PredictedError: p.lost,
			Drop: found.Drop, Agreement: found.Agreement, Met: met})
		s.planned[keep] = plannedTrial{lost: p.lost} // its model is not needed again
		if !met {
			s.failed = keep
			continue
		}
		s.met, s.best, s.target.Chosen = keep, p.result, found
		if !p.result.Outcome.Met { // no smaller one is possible
			break
		}
	}
	return nil
}

// searching is a run of Smallest.
type searching struct {
	maker     *candidate.Maker
	task      task.Task
	settings  stage.Settings
	criterion string
	target    *report.Target
	planned   map[float64]plannedTrial
	// failed is the largest fraction tried that missed the target, 0 at first; met is the smallest
	// that met it, 1 at first.
	failed, met float64
	best        *pipeline.Result
	timings     stage.Timings
}

// Smallest returns the smallest model of m that meets the target of the task on eval, and the fraction of the
// multiply-accumulates that it was made for. It records in the target what was tried.
func Smallest(ctx context.Context, m *graph.Model, o pipeline.Options, in pipeline.Samples, of task.Task, eval *dataset.Data,
	target *report.Target, t stage.Timings) (*pipeline.Result, float64, error) {
	o.Plan.Budget.Metric, o.Plan.Budget.Keep = budget.MACs, 1
	if err := o.Check(); err != nil {
		return nil, 0, err
	}
	k, err := candidate.NewMaker(ctx, m, o, in, of, eval, []string{o.Plan.Criterion}, t)
	if err != nil {
		return nil, 0, err
	}
	s := &searching{maker: k, task: of, settings: o.Settings, criterion: k.Base.Choices[0].Criterion.Name, target: target,
		planned: map[float64]plannedTrial{}, timings: t}
	if err := s.run(ctx); err != nil {
		return nil, 0, err
	}
	if s.best == nil {
		return nil, 0, &stage.Gate{Reason: fmt.Sprintf("no smaller model meets the target: %d were tried, the largest with %.3f of the multiply-accumulates",
			len(target.Tried), s.failed)}
	}
	s.best.Outcome.Met = true // any size will do
	return s.best, s.met, nil
}
