package convert

import (
	"context"
	"fmt"
	"iter"
	goruntime "runtime"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/saliency"
	"github.com/pollard-dev/pollard/passes/statistics"
	"github.com/pollard-dev/pollard/runtime"
)

// statistics collects what the criterion wants to know, on the data or, where there are none, on
// made-up inputs.
func (r *Result) statistics(ctx context.Context, c Config, criterion saliency.Criterion, data map[string]*graph.Tensor) (*statistics.Set, error) {
	if !criterion.NeedsData {
		return nil, nil
	}
	r.Calibration = &CalibrationReport{Source: "data"}
	if data == nil {
		var err error
		r.Calibration.Source = "synthetic"
		if data, err = Synthetic(r.Simplified, c.Dims, syntheticSamples, c.Seed); err != nil {
			return nil, fmt.Errorf("criterion %s: %w", criterion.Name, err)
		}
	}
	size := batchOf(r.Simplified)
	total, err := dataset.Samples(data)
	if err != nil {
		return nil, err
	}
	if size != batchSize { // the model takes that many and no other number
		total = total / size * size
	}
	if total == 0 {
		return nil, fmt.Errorf("calibration: want at least %d samples", size)
	}
	r.Calibration.Samples = total
	threads := c.Threads
	if threads <= 0 {
		threads = goruntime.GOMAXPROCS(0)
	}
	set, err := statistics.Collect(ctx, r.Simplified, runtime.Observer{Threads: threads}, statistics.Inputs{
		Batches: c.batches(data, total, size), Samples: total, Threads: threads,
	}, criterion.Wants(r.Analysis, r.Simplified))
	if err != nil {
		return nil, fmt.Errorf("criterion %s: %w", criterion.Name, err)
	}
	return set, nil
}

// batches gives the first total samples, size at a time, and says how far it is.
func (c *Config) batches(data map[string]*graph.Tensor, total, size int) iter.Seq2[map[string]*graph.Tensor, error] {
	return func(yield func(map[string]*graph.Tensor, error) bool) {
		for from := 0; from < total; from += size {
			c.progress("calibrate", from, total)
			feeds, err := dataset.Subset(data, from, min(total, from+size))
			if !yield(feeds, err) {
				return
			}
		}
	}
}
