package repair

import (
	"context"
	"fmt"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/calibrate"
	"github.com/pollard-dev/pollard/convert/internal/defaults"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/recovery"
	"github.com/pollard-dev/pollard/passes/statistics"
	"github.com/pollard-dev/pollard/runtime"
)

// repairSamples is the most calibration samples that a recovery reads. repairMemory bounds the
// bytes of their live values in both networks, which are held for all samples at once.
const (
	repairSamples = 1024
	repairMemory  = 2 << 30
)

// Input is a cut model and what its repair learns from.
type Input struct {
	// Original is the simplified model. Cut is Original without the units that Plan removes; its
	// weights are repaired.
	Original, Cut *graph.Model
	Analysis      *group.Analysis
	Plan          *group.Plan
	From          calibrate.Source
	// Known holds statistics of Original.
	Known *statistics.Set
}

// Apply changes the weights of the cut model by the named recovery so that it approaches the
// original.
func Apply(ctx context.Context, name string, in Input, s stage.Settings) ([]report.Repair, *report.Calibration, error) {
	method, err := recovery.Lookup(name)
	if err != nil {
		return nil, nil, err
	}
	if err := runtime.Runs(in.Original); err != nil {
		return nil, nil, fmt.Errorf("recovery: the model cannot be run here; use --recovery %s to leave it unrepaired: %w", defaults.NoRecovery, err)
	}
	feeds, from, err := Inputs(in.Original, name, in.From, s)
	if err != nil {
		return nil, from, fmt.Errorf("recovery: %w", err)
	}
	threads := s.Workers()
	repairs, err := method.Apply(ctx, recovery.Input{
		Original: in.Original, Cut: in.Cut, Analysis: in.Analysis, Plan: in.Plan, Feeds: feeds, Statistics: in.Known,
		Stepper: runtime.NewStepper(threads), Threads: threads, Seed: s.Seed,
		Progress: func(done, total int) { s.Report("repair", done, total) },
	})
	if err != nil {
		return nil, from, fmt.Errorf("recovery: %w", err)
	}
	var reports []report.Repair
	for _, n := range repairs {
		reports = append(reports, report.Repair(n))
	}
	return reports, from, in.Cut.Check()
}

// Inputs returns what the named recovery learns from: the data; only the given statistics, if the
// method needs no more; or made-up inputs.
func Inputs(original *graph.Model, name string, from calibrate.Source, s stage.Settings) (feeds []map[string]*graph.Tensor, used *report.Calibration, err error) {
	data := from.Data
	used = &report.Calibration{Source: "data"}
	switch {
	case data == nil && from.Given != nil && name == defaults.StatisticsRecovery:
		used.Source, used.Samples = "statistics", from.Given.Samples
		return nil, used, nil
	case data == nil:
		used.Source = "synthetic"
		if data, err = samples.Synthetic(original, s.Dims, from.Synthetic, s.Seed); err != nil {
			return nil, used, err
		}
	}
	feeds, used.Samples, err = Feeds(original, data, s.Dims)
	return feeds, used, err
}

// Feeds returns at most repairSamples samples, fewer if memory is short, spread evenly over the
// data, in batches of the size that m was exported for. Samples that do not fill a batch are left
// out.
func Feeds(m *graph.Model, data map[string]*graph.Tensor, dims map[string]int) ([]map[string]*graph.Tensor, int, error) {
	given, err := dataset.Samples(data)
	if err != nil {
		return nil, 0, err
	}
	batch := samples.BatchOf(m)
	total := batch.Floor(given)
	if total == 0 {
		return nil, 0, fmt.Errorf("calibration: want at least %d samples, have %d", batch.Step(), given)
	}
	size, most := batch.Size, MaxSamples(m, dims, repairSamples)
	if !batch.Fixed {
		size = max(1, min(size, most))
	}
	batches := (total + size - 1) / size
	used := min(batches, max(1, most/size))
	var feeds []map[string]*graph.Tensor
	samples := 0
	for i := range used {
		from := i * batches / used * size
		b, err := dataset.Subset(data, from, min(total, from+size))
		if err != nil {
			return nil, 0, err
		}
		samples += min(total, from+size) - from
		feeds = append(feeds, b)
	}
	return feeds, samples, nil
}

// MaxSamples returns how many of count samples fit in repairMemory while the values of m and of a
// model cut from it are held for all of them.
func MaxSamples(m *graph.Model, dims map[string]int, count int) int {
	if each := 2 * samples.LiveBytes(m, dims); each > 0 {
		return int(min(int64(count), repairMemory/each))
	}
	return count
}

// MaxParallel returns how many repairs of models cut from m can run at once on count samples,
// within the threads and the memory of a single repair.
func MaxParallel(m *graph.Model, count int, s stage.Settings) int {
	fit := s.Workers()
	if each := 2 * samples.LiveBytes(m, s.Dims) * int64(min(count, repairSamples)); each > 0 {
		fit = int(min(int64(fit), repairMemory/each))
	}
	return max(1, fit)
}
