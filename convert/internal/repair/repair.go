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
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/recovery"
	"github.com/pollard-dev/pollard/passes/statistics"
	"github.com/pollard-dev/pollard/runtime"
)

// repairSamples is the most calibration samples that a recovery reads. repairMemory bounds the
// bytes of their values in both networks that are held at a time.
const (
	repairSamples = 4096
	repairMemory  = 3 << 29
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
		Original: in.Original, Cut: in.Cut, Analysis: in.Analysis, Plan: in.Plan, Feeds: feeds, Hold: Hold(in.Original, feeds, s.Dims), Statistics: in.Known,
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
func Inputs(original *graph.Model, name string, from calibrate.Source, s stage.Settings) (feeds passes.Batches, used *report.Calibration, err error) {
	data := from.Data
	used = &report.Calibration{Source: "data"}
	switch {
	case data == nil && from.Given != nil && name == defaults.StatisticsRecovery:
		used.Source, used.Samples = "statistics", from.Given.Samples
		return nil, used, nil
	case data == nil:
		used.Source = "synthetic"
		made, err := samples.Synthetic(original, s.Dims, from.Synthetic, s.Seed)
		if err != nil {
			return nil, used, err
		}
		if data, err = dataset.Held(made); err != nil {
			return nil, used, err
		}
	}
	feeds, used.Samples, err = samples.Spread(original, data, repairSamples)
	return feeds, used, err
}

// Hold returns how many of the batches fit in repairMemory, in m and in a model cut from it, when the
// first nodes of m have run and until the last has.
func Hold(m *graph.Model, feeds passes.Batches, dims map[string]int) func(nodes int) int {
	bytes := samples.HeldBytes(m, dims)
	if bytes == nil || feeds == nil {
		return nil
	}
	fit, count, n := make([]int, len(bytes)), 0, 0
	most := make([]int64, len(bytes)) // from here on
	for i := len(bytes) - 1; i >= 0; i-- {
		most[i] = bytes[i]
		if i+1 < len(bytes) {
			most[i] = max(most[i], most[i+1])
		}
	}
	for i, each := range most {
		for n < feeds.Len() && int64(count+feeds.Samples(n))*2*each <= repairMemory {
			count += feeds.Samples(n)
			n++
		}
		fit[i] = n
	}
	return func(nodes int) int { return fit[min(nodes, len(fit)-1)] }
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
