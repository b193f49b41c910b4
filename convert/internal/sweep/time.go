package sweep

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/pollard-dev/pollard/convert/internal/latency"
	"github.com/pollard-dev/pollard/convert/internal/output"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

// trialTime bounds the timing of a candidate and the original in turn.
const trialTime = 700 * time.Millisecond

// time measures the latency of the candidates that have none, once nothing else is running. Each
// result is saved at once.
func (s *sweeping) time(ctx context.Context) error {
	var feeds map[string]*graph.Tensor
	var original runtime.Candidate
	for i, c := range s.candidates {
		if c.Latency != nil {
			continue
		}
		if feeds == nil {
			var err error
			if feeds, err = samples.Synthetic(s.job.Original, s.job.Options.Settings.Dims, 1, s.job.Options.Settings.Seed); err != nil {
				return err
			}
			both, err := latency.Sessions([]*graph.Model{s.job.Original}, feeds, runtime.Options{Threads: s.job.Options.Settings.Threads, Sparse: runtime.SparseFastest})
			if err != nil {
				return err
			}
			original = both[0]
		}
		s.job.Options.Settings.Report("latency", i, len(s.candidates))
		if err := s.timeOne(ctx, c, original); err != nil {
			return fmt.Errorf("%s: %w", c.Name, err)
		}
	}
	return nil
}

func (s *sweeping) timeOne(ctx context.Context, c *report.Candidate, original runtime.Candidate) (err error) {
	file, err := onnx.Read(filepath.Join(s.job.Dir, c.Model.Path))
	if err != nil {
		return err
	}
	defer file.Done(&err)
	own, err := runtime.Compile(file.Model, runtime.Options{Threads: s.job.Options.Settings.Threads, Sparse: runtime.SparseFastest})
	if err != nil {
		return err
	}
	both := []runtime.Candidate{original, {Session: own, Feeds: original.Feeds}}
	ls, err := runtime.Time(ctx, both, latency.RatioRuns, trialTime)
	if err != nil {
		return err
	}
	ratio, err := latency.RatioOfTimes(ctx, both, ls)
	if err != nil {
		return err
	}
	c.Of.Latency = &ratio
	c.Latency = &report.LatencyOfTrial{MS: latency.Milli(ls[1].Median), OriginalMS: latency.Milli(ls[0].Median), Threads: s.job.Options.Settings.Workers()}
	c.Model.LatencyMS = &c.Latency.MS
	return output.SaveJSON(filepath.Join(s.job.Dir, c.Name+".json"), c)
}
