package sweep

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/candidate"
	"github.com/pollard-dev/pollard/convert/internal/output"
	"github.com/pollard-dev/pollard/convert/internal/pipeline"
	"github.com/pollard-dev/pollard/convert/internal/sparsify"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/convert/task"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/saliency"
)

// Trials lists the trials of a sweep in the order of the report: every criterion with every budget
// and, if its scores are errors, with every price; then each of these with every pattern of zeros.
func Trials(o pipeline.Options, criteria []string, budgets, lambdas []float64, patterns []sparsify.Options) ([]report.Trial, error) {
	var all []report.Trial
	weighs := false
	for _, name := range criteria {
		criterion, err := saliency.Lookup(name)
		if err != nil {
			return nil, err
		}
		for _, keep := range budgets {
			all = append(all, report.Trial{Criterion: name, Metric: o.Plan.Budget.Metric, Keep: keep})
		}
		if !criterion.AddsUp(o.Plan.Normalization) {
			continue
		}
		weighs = true
		for _, lambda := range lambdas {
			all = append(all, report.Trial{Criterion: name, Metric: o.Plan.Budget.Metric, Keep: 1, Lambda: lambda})
		}
	}
	dense := len(all)
	for _, z := range patterns {
		for _, t := range all[:dense] {
			t.Pattern, t.Zeros = z.Pattern, z.Share
			all = append(all, t)
		}
	}
	for i, t := range all {
		if slices.Contains(all[:i], t) {
			return nil, fmt.Errorf("%s: is asked for twice", t)
		}
		c := candidate.OptionsFor(t, o)
		if err := c.Check(); err != nil {
			return nil, fmt.Errorf("%s: %w", t, err)
		}
	}
	if len(lambdas) > 0 && !weighs {
		c := candidate.OptionsFor(report.Trial{Criterion: criteria[0], Metric: o.Plan.Budget.Metric, Keep: 1, Lambda: lambdas[0]}, o)
		return nil, c.Plan.DoesNotAddUp()
	}
	if len(all) == 0 {
		return nil, errors.New("want budgets or lambdas, have none")
	}
	return all, nil
}

// Job is a model and the candidates to make of it.
type Job struct {
	// In is the model file, Weights the files beside it that hold weights, and Dir the folder for
	// candidates.
	In      string
	Weights []string
	Dir     string
	// Original is the model as read. Candidates are chosen and repaired with Calibration and
	// measured on Eval.
	Original          *graph.Model
	Calibration, Eval *dataset.Data
	Task              task.Task
	// Options say how every candidate is made, Write how it is written, and Latency whether it is
	// timed.
	Options  pipeline.Options
	Write    onnx.WriteOptions
	Latency  bool
	Criteria []string
	Trials   []report.Trial
	// Pick holds the conditions for the candidate to copy to Picked; empty for none.
	Pick   []Condition
	Picked string
	// Began is when the sweep started, for its total time.
	Began time.Time
}

// sweeping is a run of a Job.
type sweeping struct {
	job        Job
	report     *report.Sweep
	timings    stage.Timings
	candidates []*report.Candidate // one a trial; nil until it is finished
	done       int
}

// Run makes the missing candidates, times those without a latency, marks the front, writes the
// table and picks. It returns the number of finished candidates even if there is an error.
func Run(ctx context.Context, j Job, r *report.Sweep) (done int, err error) {
	s := &sweeping{job: j, report: r, timings: r.Timings}
	err = s.run(ctx)
	return s.done, err
}

func (s *sweeping) run(ctx context.Context) error {
	j := &s.job
	keys, err := j.keys(ctx)
	if err != nil {
		return err
	}
	s.candidates = make([]*report.Candidate, len(j.Trials))
	for i, t := range j.Trials {
		if s.candidates[i] = readFinished(filepath.Join(j.Dir, baseName(t, keys[i])+".json"), keys[i], task.Labelled(j.Task, j.Eval)); s.candidates[i] != nil {
			s.done++
		}
	}
	s.report.Found = s.done
	if s.done < len(j.Trials) {
		if err := s.make(ctx, keys); err != nil {
			return fmt.Errorf("%s: %w", j.In, err)
		}
	}
	if j.Latency {
		if err := s.timings.Time("latency", func() error { return s.time(ctx) }); err != nil {
			return fmt.Errorf("%s: %w", j.In, err)
		}
	}
	return s.conclude(ctx)
}

// conclude marks the front, writes the table and picks.
func (s *sweeping) conclude(ctx context.Context) error {
	r := s.report
	markFront(s.candidates)
	r.Candidates = s.candidates
	first := s.candidates[0]
	r.Task, r.Measure = s.job.Task.Report(), "agreement"
	if first.Drop != nil {
		r.Measure = first.Metric.Name
		own := *first.Metric
		own.Pruned, own.PrunedInterval, own.Drop, own.DropInterval = own.Original, own.OriginalInterval, 0, nil
		if r.Metric = &own; own.Name == task.Accuracy {
			r.Original.Accuracy = &own.Original
		}
	}
	if first.Latency != nil {
		r.Original.LatencyMS = &first.Latency.OriginalMS
	}
	r.Samples = s.job.Eval.Samples.Count()
	gate, err := s.pick(ctx)
	if err != nil {
		return err
	}
	r.Timings["total"] = time.Since(s.job.Began).Seconds()
	return errors.Join(output.SaveJSON(filepath.Join(s.job.Dir, "sweep.json"), r), gate)
}

// pick copies the candidate that meets the conditions; gate is the failed gate if none does.
func (s *sweeping) pick(ctx context.Context) (gate, err error) {
	j, r := &s.job, s.report
	if len(j.Pick) == 0 {
		return nil, nil
	}
	chosen, met, err := pick(s.candidates, j.Pick)
	if err != nil {
		return nil, err
	}
	var wanted []string
	for _, k := range j.Pick {
		wanted = append(wanted, k.String())
	}
	r.Pick = &report.Pick{Name: chosen.Name, Met: met, Conditions: wanted}
	if met {
		r.Pick.Path = j.Picked
		return nil, copyModel(ctx, filepath.Join(j.Dir, chosen.Model.Path), j.Picked, j.Write)
	}
	gate = &stage.Gate{Reason: fmt.Sprintf("pick: no candidate meets %s; the nearest is %s: %s", strings.Join(wanted, ","), chosen.Name, formatFigures(chosen, j.Pick))}
	r.Failed = []string{gate.Error()}
	return gate, nil
}
