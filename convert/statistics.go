package convert

import (
	"context"
	"fmt"
	"strings"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/lossless"
	"github.com/pollard-dev/pollard/passes/rotation"
	"github.com/pollard-dev/pollard/passes/saliency"
	"github.com/pollard-dev/pollard/passes/statistics"
	"github.com/pollard-dev/pollard/runtime"
)

// statistics is what the criteria of the choices want to know: what was collected before, or else collected on the data or, where
// there are none, on made-up inputs.
func (r *Result) statistics(ctx context.Context, c Config, in Samples, choices ...choice) (*statistics.Set, error) {
	var criteria []saliency.Criterion
	var readers []string // of statistics
	runs := true
	for _, ch := range choices {
		runs = runs && ch.runs
		if criteria = append(criteria, ch.criterion); ch.criterion.NeedsData {
			readers = append(readers, ch.criterion.Name)
		}
	}
	if len(readers) == 0 && (!runs || c.NoRotation || in.Calibration == nil && in.Statistics == nil) {
		return nil, nil
	}
	named := criteria[0].Name
	if len(readers) > 0 {
		named = strings.Join(readers, ", ")
	}
	wanted := wantedOf(r.Analysis, r.Simplified, criteria...)
	if in.Statistics != nil {
		if err := in.Statistics.Covers(wanted); err != nil {
			return nil, fmt.Errorf("statistics: criterion %s: %w: pollard calibrate --criterion %s collects them", named, err, named)
		}
		return in.Statistics, nil
	}
	var f feeding
	var err error
	if in.Calibration != nil {
		f, err = fromFeeds(in.Calibration)
	} else {
		f, err = madeUp(r.Simplified, c.Dims, c.synthetic, c.Seed)
	}
	if err != nil {
		return nil, fmt.Errorf("criterion %s: %w", named, err)
	}
	set, total, err := c.collect(ctx, r.Simplified, f, Shard{[]int{1}, 1}, wanted)
	if err != nil {
		return nil, fmt.Errorf("criterion %s: %w", named, err)
	}
	r.Calibration = &CalibrationReport{Source: f.source, Samples: total}
	return set, nil
}

// wantedOf is what the criteria, changes of basis before them and the report of units that never fire want to know.
func wantedOf(a *group.Analysis, m *graph.Model, criteria ...saliency.Criterion) statistics.Request {
	all := rotation.Wants(a, m)
	silent := lossless.Wants(a, m)
	all.Axes, all.Grams = append(all.Axes, silent.Axes...), append(all.Grams, silent.Grams...)
	for _, c := range criteria {
		if c.NeedsData {
			w := c.Wants(a, m)
			all.Axes, all.Grams = append(all.Axes, w.Axes...), append(all.Grams, w.Grams...)
		}
	}
	return all
}

// collect collects what is wanted on a shard of the samples. total is how many there are in all
// shards; those that fill no batch of the size that m was exported for are left out.
func (c *Config) collect(ctx context.Context, m *graph.Model, f feeding, s Shard, wanted statistics.Request) (set *statistics.Set, total int, err error) {
	size, step := batchOf(m), 1
	if size != batchSize { // the model takes that many and no other number
		step = size
	}
	total = f.samples / step * step
	from, to := s.bounds(total, step)
	switch {
	case total == 0:
		return nil, 0, fmt.Errorf("calibration: want at least %d samples, have %d", step, f.samples)
	case from == to:
		return nil, 0, fmt.Errorf("calibration: shard %v of %d samples, %d at a time, is empty", s, total, step)
	}
	threads := c.threads()
	batches := func(yield func(map[string]*graph.Tensor, error) bool) {
		for b, err := range f.batches(from, to, size) {
			c.progress("calibrate", b.First-from, to-from)
			if !yield(b.Feeds, err) {
				return
			}
		}
	}
	set, err = statistics.Collect(ctx, m, runtime.Observer{Threads: threads}, statistics.Inputs{
		Batches: batches, Samples: total, First: from, Threads: threads,
	}, wanted)
	return set, total, err
}
