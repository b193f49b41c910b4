package convert

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/passes"
)

// counter says how far a stage is that several work on: one step further at each call.
func counter(progress func(stage string, done, total int), stage string, total int) func() {
	var mu sync.Mutex
	done := 0
	if progress != nil {
		progress(stage, 0, total)
	}
	return func() {
		mu.Lock()
		defer mu.Unlock()
		if done++; progress != nil {
			progress(stage, done, total)
		}
	}
}

func samplesIn(d *Data) (int, error) { return dataset.Samples(d.Feeds) }

// sideBySide is how many repairs of candidates fit the threads and the memory that one repair may take alone.
func (p *prepared) sideBySide() int {
	samples := repairSamples
	if n, err := dataset.Samples(p.in.Calibration); err == nil {
		samples = min(samples, n)
	}
	fit := p.threads()
	if each := 2 * liveBytes(p.first.Simplified, p.Dims) * int64(samples); each > 0 {
		fit = int(min(int64(fit), repairMemory/each))
	}
	return max(1, fit)
}

// make makes the candidates that are missing.
func (s *sweeping) make(ctx context.Context, all []Trial, keys []string) error {
	in := Samples{Calibration: s.calibration.Feeds}
	in.Proof, _ = firstSamples(in.Calibration, s.original)
	t, err := newTrials(ctx, s.original, s.Config, in, s.eval, s.Criteria, s.report.Timings)
	if err != nil {
		return err
	}
	var made []*attempted
	err = staged(s.report.Timings, "plan", func() error {
		for i, trial := range all {
			if s.candidates[i] != nil {
				continue
			}
			s.Config.progress("plans", len(made), len(all)-s.done)
			m := &attempted{at: i, Candidate: Candidate{Key: keys[i], Name: fileOf(trial, keys[i]), Trial: trial, Seconds: map[string]float64{}}}
			if m.result, m.lost, err = t.plan(ctx, trial); err != nil {
				return err
			}
			made = append(made, m)
		}
		return nil
	})
	if err != nil {
		return err
	}
	workers := min(t.sideBySide(), len(made))
	s.report.SideBySide = workers
	return staged(s.report.Timings, "candidates", func() error { return s.together(ctx, t, made, workers) })
}

// attempted is a candidate that is planned.
type attempted struct {
	Candidate
	at     int // which trial it is of
	result *Result
	lost   *float64
}

// together makes the planned candidates, so many at a time. One that fails stops the others.
func (s *sweeping) together(ctx context.Context, t *trials, made []*attempted, workers int) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var mu sync.Mutex
	start, done := time.Now(), 0
	s.Config.progress(fmt.Sprintf("candidate %d of %d", s.done+1, len(s.candidates)), s.done, len(s.candidates))
	passes.Parallel(workers, len(made), func(i int) {
		if ctx.Err() != nil {
			return
		}
		m := made[i]
		err := s.makeOne(ctx, t, m, max(1, t.threads()/workers))
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			stop(err)
			return
		}
		s.candidates[m.at] = &m.Candidate
		s.report.Timings["alone"] += (m.Seconds["repair"] + m.Seconds["evaluate"]) / float64(workers)
		s.done++
		done++
		left := time.Since(start) / time.Duration(done) * time.Duration(len(made)-done)
		if s.done < len(s.candidates) {
			s.Config.progress(fmt.Sprintf("candidate %d of %d, about %v left", s.done+1, len(s.candidates), left.Round(time.Second)), s.done, len(s.candidates))
		}
	})
	return context.Cause(ctx)
}

// makeOne makes a candidate as it is planned, and its files.
func (s *sweeping) makeOne(ctx context.Context, t *trials, m *attempted, threads int) error {
	predictions, err := t.carryOut(ctx, m.Trial, m.result, threads, nil, m.Seconds)
	if err != nil {
		return err
	}
	m.describe(m.result, m.lost, s.report.Original, s.eval, t.was, predictions, t.Dims)
	return staged(m.Seconds, "write", func() error { return m.write(ctx, s.Dir, m.result, s.report.Original, t.prepared) })
}
