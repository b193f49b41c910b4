package repair

import (
	"context"
	"fmt"

	"github.com/pollard-dev/pollard/convert/internal/calibrate"
	"github.com/pollard-dev/pollard/convert/internal/defaults"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/report"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/recovery"
	"github.com/pollard-dev/pollard/passes/statistics"
	"github.com/pollard-dev/pollard/runtime"
)

// repairSamples is the most calibration samples that recovery looks at, and repairMemory the most
// bytes that their live values in both networks may take: they are held for all samples at a time.
const (
	repairSamples = 1024
	repairMemory  = 2 << 30
)

// Input is a cut model and what its repair learns from.
type Input struct {
	// Original is the simplified model, Cut what the plan for its groups left of it; its weights are what is repaired.
	Original, Cut *graph.Model
	Analysis      *group.Analysis
	Plan          *group.Plan
	From          calibrate.Source
	// Known are statistics of Original as it is.
	Known *statistics.Set
}

// Apply changes the weights of the cut model by the recovery of that name so that it comes near the original again.
func Apply(ctx context.Context, name string, in Input, s stage.Settings) ([]report.Repair, *report.Calibration, error) {
	method, err := recovery.Lookup(name)
	if err != nil {
		return nil, nil, err
	}
	if err := runtime.Runs(in.Original); err != nil {
		return nil, nil, fmt.Errorf("recovery: the model cannot be run here, only --recovery %s leaves it unrepaired: %w", defaults.NoRecovery, err)
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

// Inputs is what a repair of that name learns from: data, or nothing but the statistics that were given, where the
// method makes do with them, or made-up inputs.
func Inputs(original *graph.Model, name string, from calibrate.Source, s stage.Settings) (feeds []map[string]*graph.Tensor, said *report.Calibration, err error) {
	data := from.Data
	said = &report.Calibration{Source: "data"}
	switch {
	case data == nil && from.Given != nil && name == defaults.StatisticsRecovery:
		said.Source, said.Samples = "statistics", from.Given.Samples
		return nil, said, nil
	case data == nil:
		said.Source = "synthetic"
		if data, err = samples.Synthetic(original, s.Dims, from.Synthetic, s.Seed); err != nil {
			return nil, said, err
		}
	}
	feeds, said.Samples, err = Feeds(original, data, s.Dims)
	return feeds, said, err
}

// Feeds takes at most repairSamples samples, fewer where memory is short, spread evenly over the
// data, in batches of as many as m was exported for. Samples that fill no batch are left out.
func Feeds(m *graph.Model, data map[string]*graph.Tensor, dims map[string]int) ([]map[string]*graph.Tensor, int, error) {
	total, err := dataset.Samples(data)
	if err != nil {
		return nil, 0, err
	}
	size := samples.BatchSize(m)
	whole := size != samples.DefaultBatch // the model takes only that many
	batches := (total + size - 1) / size
	if whole {
		batches = total / size
	}
	if batches == 0 {
		return nil, 0, fmt.Errorf("calibration: want at least %d samples, have %d", size, total)
	}
	most := MostSamples(m, dims, repairSamples)
	if !whole {
		size = max(1, min(size, most))
		batches = (total + size - 1) / size
	}
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

// MostSamples is how many of so many samples fit repairMemory when the values of m and of what is cut from it are held for all of them.
func MostSamples(m *graph.Model, dims map[string]int, count int) int {
	if each := 2 * samples.LiveBytes(m, dims); each > 0 {
		return int(min(int64(count), repairMemory/each))
	}
	return count
}

// SideBySide is how many repairs of models cut from m, on so many samples, fit the threads and the memory that one repair may take.
func SideBySide(m *graph.Model, count int, s stage.Settings) int {
	fit := s.Workers()
	if each := 2 * samples.LiveBytes(m, s.Dims) * int64(min(count, repairSamples)); each > 0 {
		fit = int(min(int64(fit), repairMemory/each))
	}
	return max(1, fit)
}
