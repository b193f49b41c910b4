package sweep

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/pollard-dev/pollard/convert/internal/candidate"
	"github.com/pollard-dev/pollard/convert/internal/measure"
	"github.com/pollard-dev/pollard/convert/internal/pipeline"
	"github.com/pollard-dev/pollard/convert/internal/repair"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/passes"
)

// plannedCandidate is a candidate that is planned but not made.
type plannedCandidate struct {
	report.Candidate
	at     int // index of its trial
	result *pipeline.Result
	lost   *float64
}

// make makes the candidates that are missing.
func (s *sweeping) make(ctx context.Context, keys []string) error {
	j := &s.job
	in := pipeline.Samples{Calibration: j.Calibration.Samples}
	var err error
	if in.Proof, err = samples.FirstIfAny(in.Calibration, j.Original); err != nil {
		return err
	}
	k, err := candidate.NewMaker(ctx, j.Original, j.Options, in, j.Task, j.Eval, j.Criteria, s.timings)
	if err != nil {
		return err
	}
	var made []*plannedCandidate
	err = s.timings.Time("plan", func() error {
		for i, trial := range j.Trials {
			if s.candidates[i] != nil {
				continue
			}
			j.Options.Settings.Report("plans", len(made), len(j.Trials)-s.done)
			m := &plannedCandidate{at: i, Candidate: report.Candidate{Key: keys[i], Name: baseName(trial, keys[i]), Trial: trial, Seconds: map[string]float64{}}}
			if m.result, m.lost, err = k.Plan(ctx, trial); err != nil {
				return err
			}
			made = append(made, m)
		}
		return nil
	})
	if err != nil {
		return err
	}
	workers := min(repair.MaxParallel(k.Base.Model, in.Calibration.Count(), k.Base.Options.Settings), len(made))
	s.report.SideBySide = workers
	return s.timings.Time("candidates", func() error { return s.makePlanned(ctx, k, made, workers) })
}

// makePlanned makes the planned candidates, up to workers at a time. The first error stops the
// others.
func (s *sweeping) makePlanned(ctx context.Context, k *candidate.Maker, made []*plannedCandidate, workers int) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var mu sync.Mutex
	start, done := time.Now(), 0
	settings := s.job.Options.Settings
	settings.Report(fmt.Sprintf("candidate %d of %d", s.done+1, len(s.candidates)), s.done, len(s.candidates))
	passes.Parallel(workers, len(made), func(i int) {
		if ctx.Err() != nil {
			return
		}
		m := made[i]
		err := s.makeOne(ctx, k, m, max(1, settings.Workers()/workers))
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			stop(err)
			return
		}
		s.candidates[m.at] = &m.Candidate
		s.timings["alone"] += (m.Seconds["repair"] + m.Seconds["evaluate"]) / float64(workers)
		s.done++
		done++
		left := time.Since(start) / time.Duration(done) * time.Duration(len(made)-done)
		if s.done < len(s.candidates) {
			settings.Report(fmt.Sprintf("candidate %d of %d, about %v left", s.done+1, len(s.candidates), left.Round(time.Second)), s.done, len(s.candidates))
		}
	})
	return context.Cause(ctx)
}

// makeOne carries out the plan of a candidate and writes its files.
func (s *sweeping) makeOne(ctx context.Context, k *candidate.Maker, m *plannedCandidate, threads int) error {
	found, err := k.CarryOut(ctx, m.Trial, m.result, threads, nil, m.Seconds)
	if err != nil {
		return err
	}
	describeCandidate(&m.Candidate, m.result, m.lost, s.report.Original, measure.SplitOf(s.job.Task, found), k.Base.Options.Settings.Dims)
	return stage.Timings(m.Seconds).Time("write", func() error {
		return writeCandidate(ctx, &m.Candidate, m.result, s.report.Original, k.Base.Samples.Proof, &s.job)
	})
}
