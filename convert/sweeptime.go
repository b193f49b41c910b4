package convert

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

// trialTime bounds how long a candidate and the original are timed in turn.
const trialTime = 700 * time.Millisecond

// time measures the latency of the candidates that have none yet, when nothing else is done. What was measured stays.
func (s *sweeping) time(ctx context.Context) error {
	var feeds map[string]*graph.Tensor
	var original runtime.Candidate
	for i, c := range s.candidates {
		if c.Latency != nil {
			continue
		}
		if feeds == nil {
			var err error
			if feeds, err = Synthetic(s.original, s.Config.Dims, 1, s.Config.Seed); err != nil {
				return err
			}
			both, err := sessions([]*graph.Model{s.original}, feeds, runtime.Options{Threads: s.Config.Threads, Sparse: runtime.SparseFastest})
			if err != nil {
				return err
			}
			original = both[0]
		}
		s.Config.progress("latency", i, len(s.candidates))
		if err := s.timeOne(ctx, c, original); err != nil {
			return fmt.Errorf("%s: %w", c.Name, err)
		}
	}
	return nil
}

func (s *sweeping) timeOne(ctx context.Context, c *Candidate, original runtime.Candidate) (err error) {
	file, err := onnx.Read(filepath.Join(s.Dir, c.Model.Path))
	if err != nil {
		return err
	}
	defer file.Done(&err)
	own, err := runtime.Compile(file.Model, runtime.Options{Threads: s.Config.Threads, Sparse: runtime.SparseFastest})
	if err != nil {
		return err
	}
	both := []runtime.Candidate{original, {Session: own, Feeds: original.Feeds}}
	ls, err := runtime.Time(ctx, both, ratioRuns, trialTime)
	if err != nil {
		return err
	}
	ratio, err := ratioOfTimes(ctx, both, ls)
	if err != nil {
		return err
	}
	c.Of.Latency = &ratio
	c.Latency = &LatencyOfTrial{MS: milli(ls[1].Median), OriginalMS: milli(ls[0].Median), Threads: s.Config.threads()}
	c.Model.LatencyMS = &c.Latency.MS
	return save(filepath.Join(s.Dir, c.Name+".json"), c)
}
