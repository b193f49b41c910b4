package latency

import (
	"context"
	"time"

	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

// pairRuns and pairLimit bound the timing of the two models of a prune. A small model takes a tenth
// of a millisecond and needs many runs for a stable median.
const (
	pairRuns  = 500
	pairLimit = 3 * time.Second
)

// TimePair times original and pruned in turn on one made-up sample and adds their latency to the
// report under the given paths.
func TimePair(ctx context.Context, r *report.Report, original, pruned *graph.Model, in, out string, s stage.Settings) error {
	feeds, err := samples.Synthetic(original, s.Dims, 1, s.Seed)
	if err != nil {
		return err
	}
	candidates, err := Sessions([]*graph.Model{original, pruned}, feeds, runtime.Options{Threads: s.Threads, Sparse: runtime.SparseFastest})
	if err != nil {
		return err
	}
	ls, err := runtime.Time(ctx, candidates, pairRuns, pairLimit)
	if err != nil {
		return err
	}
	a, b := Milli(ls[0].Median), Milli(ls[1].Median)
	r.Original.LatencyMS, r.Pruned.LatencyMS = &a, &b
	r.Machine = Machine(candidates[0].Session)
	for i, path := range []string{in, out} {
		r.Latency = append(r.Latency, Report(path, ls[i], candidates[i].Session))
	}
	return nil
}
