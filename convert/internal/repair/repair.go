package repair

import (
	"context"
	"fmt"

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

// heldShare is the share of the memory bound that the values of samples take which are held at a time
// in both networks. The rest is for rows, matrices, and what is released but not reused yet.
const heldShare = 0.4

func heldMemory(s stage.Settings) int64 { return int64(heldShare * float64(s.MemoryBound())) }

// unknownHeld is the number of samples that are held if the sizes of values are not known.
const unknownHeld = 64

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
func Apply(ctx context.Context, name string, in Input, s stage.Settings) ([]report.Repair, *report.Calibration, *report.Learning, error) {
	method, err := recovery.Lookup(name)
	if err != nil {
		return nil, nil, nil, err
	}
	if err := runtime.Runs(in.Original); err != nil {
		return nil, nil, nil, fmt.Errorf("recovery: the model cannot be run here; use --recovery %s to leave it unrepaired: %w", defaults.NoRecovery, err)
	}
	feeds, from, err := Inputs(in.Original, name, in.From, s)
	if err != nil {
		return nil, from, nil, fmt.Errorf("recovery: %w", err)
	}
	threads := s.Workers()
	var outcome recovery.Outcome
	repairs, err := method.Apply(ctx, recovery.Input{
		Original: in.Original, Cut: in.Cut, Analysis: in.Analysis, Plan: in.Plan, Feeds: feeds, Hold: Hold(in.Original, feeds, s), Statistics: in.Known,
		Sampling: s.Bounds().Repairs, Outcome: &outcome,
		Stepper: runtime.NewStepper(threads), Threads: threads, Seed: s.Seed,
		Progress: func(done, total int) { s.Report("repair", done, total) },
	})
	if err != nil {
		return nil, from, nil, fmt.Errorf("recovery: %w", err)
	}
	var reports []report.Repair
	for _, n := range repairs {
		reports = append(reports, report.Repair(n))
	}
	return reports, from, learning(in, from, &outcome, s), in.Cut.Check()
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
		if data, err = samples.MadeUp(original, s.Dims, from.Synthetic, s.Seed); err != nil {
			return nil, used, err
		}
	}
	feeds, used.Samples, err = samples.Spread(original, data, s.Bounds().Samples)
	return feeds, used, err
}

// poor is the error at the outputs, as a fraction of their energy, from which a result is called poor.
const poor = 0.1

// learning describes what a repair learnt from and what came of it.
func learning(in Input, from *report.Calibration, o *recovery.Outcome, s stage.Settings) *report.Learning {
	l := &report.Learning{Effort: s.Bounds().Name, Memory: s.MemoryBound(), Given: from.Samples, Used: o.Samples, Fewest: o.Fewest, Undone: o.Undone}
	if in.From.Data != nil {
		l.Given = in.From.Data.Count()
	}
	if !o.Known {
		return l
	}
	l.Before, l.After = &o.Before, &o.After
	if o.After > poor && from.Source == "data" {
		l.Warning = fmt.Sprintf("on samples that nothing was learnt from, the outputs differ from the original's by %.0f %% of their energy: keep more%s", 100*o.After, more(l, s))
	}
	return l
}

// more says what would let a repair learn more.
func more(l *report.Learning, s stage.Settings) string {
	switch e := s.Bounds(); {
	case l.Given < 512:
		return fmt.Sprintf(", or calibrate on more than %d samples", l.Given)
	case l.Given > e.Samples && e.More() != "":
		return ", or use --effort " + e.More()
	case l.Used < l.Given:
		return ", or raise --max-memory"
	}
	return ", or train the result further"
}

// Hold returns how many of the batches fit in memory, in m and in a model cut from it, when the first
// nodes of m have run and until the last has. It returns nil without batches.
func Hold(m *graph.Model, feeds passes.Batches, s stage.Settings) func(nodes int) int {
	if feeds == nil {
		return nil
	}
	bytes := samples.HeldBytes(m, s.Dims)
	if bytes == nil {
		n, count := 0, 0
		for ; n < feeds.Len() && count < unknownHeld; n++ {
			count += feeds.Samples(n)
		}
		return func(int) int { return n }
	}
	memory := heldMemory(s)
	fit, count, n := make([]int, len(bytes)), 0, 0
	most := make([]int64, len(bytes)) // from here on
	for i := len(bytes) - 1; i >= 0; i-- {
		most[i] = bytes[i]
		if i+1 < len(bytes) {
			most[i] = max(most[i], most[i+1])
		}
	}
	for i, each := range most {
		for n < feeds.Len() && int64(count+feeds.Samples(n))*2*each <= memory {
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
	if each := 2 * samples.LiveBytes(m, s.Dims) * int64(min(count, s.Bounds().Samples)); each > 0 {
		fit = int(min(int64(fit), heldMemory(s)/each))
	}
	return max(1, fit)
}
