package calibrate

import (
	"context"
	"fmt"
	"strings"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/lossless"
	"github.com/pollard-dev/pollard/passes/recovery"
	"github.com/pollard-dev/pollard/passes/rotation"
	"github.com/pollard-dev/pollard/passes/saliency"
	"github.com/pollard-dev/pollard/passes/statistics"
	"github.com/pollard-dev/pollard/runtime"
)

// Wanted returns the statistics that the criteria read, together with those that a change of basis
// and the report of silent units need.
func Wanted(a *group.Analysis, m *graph.Model, criteria ...saliency.Criterion) statistics.Request {
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

// Collect collects the wanted statistics on one shard of the samples. It returns them with the
// number of samples in all shards. If m was exported for a fixed batch, samples that do not fill
// one are left out.
func Collect(ctx context.Context, m *graph.Model, f samples.Stream, shard dataset.Shard, wanted statistics.Request,
	s stage.Settings) (set *statistics.Set, total int, err error) {
	batch := samples.BatchOf(m)
	step := batch.Step()
	total = batch.Floor(f.Samples)
	from, to := shard.Bounds(total, step)
	switch {
	case total == 0:
		return nil, 0, fmt.Errorf("calibration: want at least %d samples, have %d", step, f.Samples)
	case from == to:
		return nil, 0, fmt.Errorf("calibration: shard %v of %d samples, %d at a time, is empty", shard, total, step)
	}
	threads, folds := s.Workers(), 0
	if f.Source == "data" && total >= minHeld*recovery.Folds {
		folds = recovery.Folds
	}
	batches := func(yield func(map[string]*graph.Tensor, error) bool) {
		for b, err := range f.Batches(from, to, batch.Size) {
			s.Report("calibrate", b.First-from, to-from)
			if !yield(b.Feeds, err) {
				return
			}
		}
	}
	set, err = statistics.Collect(ctx, m, runtime.Observer{Threads: threads}, statistics.Inputs{
		Batches: batches, Samples: total, First: from, Threads: threads, Sampling: s.Bounds().Grams, Folds: folds,
	}, wanted)
	return set, total, err
}

// minHeld is the fewest samples that are held out. Of fewer than recovery.Folds times as many samples
// none are.
const minHeld = 16

// Source is what a model's statistics come from.
type Source struct {
	// Given holds statistics collected earlier; nil to collect them now.
	Given *statistics.Set
	// Data holds samples. If it is nil, Synthetic inputs are made up.
	Data      dataset.Source
	Synthetic int
}

// Any reports whether the source has more than made-up inputs.
func (c Source) Any() bool { return c.Data != nil || c.Given != nil }

// Statistics returns the statistics of m that the criteria read: the given ones or, if there are
// none, those it collects from the source, which the report then describes. It returns nil if no
// criterion reads statistics, unless always is set.
func Statistics(ctx context.Context, m *graph.Model, a *group.Analysis, criteria []saliency.Criterion, always bool, from Source,
	s stage.Settings) (*statistics.Set, *report.Calibration, error) {
	var readers []string
	for _, c := range criteria {
		if c.NeedsData {
			readers = append(readers, c.Name)
		}
	}
	if len(readers) == 0 && !always {
		return nil, nil, nil
	}
	named := criteria[0].Name
	if len(readers) > 0 {
		named = strings.Join(readers, ", ")
	}
	wanted := Wanted(a, m, criteria...)
	if from.Given != nil {
		if err := from.Given.Covers(wanted); err != nil {
			return nil, nil, fmt.Errorf("statistics: criterion %s: %w: pollard calibrate --criterion %s collects them", named, err, named)
		}
		return from.Given, nil, nil
	}
	var f samples.Stream
	var err error
	if from.Data != nil {
		f = samples.FromSource(from.Data)
	} else {
		f, err = samples.SyntheticStream(m, s.Dims, from.Synthetic, s.Seed)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("criterion %s: %w", named, err)
	}
	set, total, err := Collect(ctx, m, f, dataset.Whole(), wanted, s)
	if err != nil {
		return nil, nil, fmt.Errorf("criterion %s: %w", named, err)
	}
	return set, &report.Calibration{Source: f.Source, Samples: total}, nil
}
