package convert

import (
	"context"
	"fmt"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/recovery"
	"github.com/pollard-dev/pollard/runtime"
)

// NoRecovery is the name that leaves a cut model as it is.
const NoRecovery = "none"

// DefaultRecovery repairs from data, StatisticsRecovery where there is nothing but statistics of them.
const DefaultRecovery, StatisticsRecovery = "leastsquares", "merge"

// repairSamples is the most calibration samples that recovery looks at, and repairMemory the most
// bytes that their live values in both networks may take: they are held for all samples at a time.
const (
	repairSamples = 1024
	repairMemory  = 2 << 30
)

// RepairReport is what became of one node. Errors are energies of the difference to the
// original relative to the original's, on samples that the repair was not made from.
type RepairReport struct {
	Node   string  `json:"node"`
	Before float64 `json:"before"`
	After  float64 `json:"after"`
	Taken  bool    `json:"taken"`
}

// CalibrationReport says what inputs the repair, or calibrate, saw.
type CalibrationReport struct {
	Source  string `json:"source"` // data, statistics or synthetic
	Samples int    `json:"samples"`
	Shard   *Shard `json:"shard,omitempty"` // of calibrate: which part of all there are
}

// repair changes the weights of the cut model so that it comes near the original again.
func (r *Result) repair(ctx context.Context, c Config, in Samples) error {
	method, err := recovery.Lookup(c.Recovery)
	if err != nil {
		return err
	}
	if err := runtime.Runs(r.Simplified); err != nil {
		return fmt.Errorf("recovery: the model cannot be run here, only --recovery %s leaves it unrepaired: %w", NoRecovery, err)
	}
	feeds, err := r.repairInputs(c, in)
	if err != nil {
		return fmt.Errorf("recovery: %w", err)
	}
	threads := c.threads()
	repairs, err := method.Apply(ctx, recovery.Input{
		Original: r.Simplified, Cut: r.Cut, Analysis: r.Analysis, Plan: r.Plan, Feeds: feeds, Statistics: r.known,
		Stepper: runtime.NewStepper(threads), Threads: threads, Seed: c.Seed,
		Progress: func(done, total int) { c.progress("repair", done, total) },
	})
	if err != nil {
		return fmt.Errorf("recovery: %w", err)
	}
	for _, n := range repairs {
		r.Repairs = append(r.Repairs, RepairReport(n))
	}
	return r.Cut.Check()
}

// repairInputs is what the repair learns from: data, or nothing but the statistics that were collected before, where the
// method makes do with them, or made-up inputs.
func (r *Result) repairInputs(c Config, in Samples) (feeds []map[string]*graph.Tensor, err error) {
	data := in.Calibration
	r.Calibration = &CalibrationReport{Source: "data"}
	switch {
	case data == nil && in.Statistics != nil && c.Recovery == StatisticsRecovery:
		r.Calibration.Source, r.Calibration.Samples = "statistics", in.Statistics.Samples
		return nil, nil
	case data == nil:
		r.Calibration.Source = "synthetic"
		if data, err = Synthetic(r.Simplified, c.Dims, c.synthetic, c.Seed); err != nil {
			return nil, err
		}
	}
	feeds, r.Calibration.Samples, err = repairFeeds(r.Simplified, data, c.Dims)
	return feeds, err
}

// repairFeeds takes at most repairSamples samples, fewer where memory is short, spread evenly over the
// data, in batches of as many as m was exported for. Samples that fill no batch are left out.
func repairFeeds(m *graph.Model, data map[string]*graph.Tensor, dims map[string]int) ([]map[string]*graph.Tensor, int, error) {
	total, err := dataset.Samples(data)
	if err != nil {
		return nil, 0, err
	}
	size := batchOf(m)
	whole := size != batchSize // the model takes that many and no other number
	batches := (total + size - 1) / size
	if whole {
		batches = total / size
	}
	if batches == 0 {
		return nil, 0, fmt.Errorf("calibration: want at least %d samples, have %d", size, total)
	}
	most := repairSamples
	if n := 2 * liveBytes(m, dims); n > 0 {
		most = int(min(int64(most), repairMemory/n))
	}
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

// liveBytes is the most that the values which are still to be read take for one sample, at any
// node; 0 when it is not known.
func liveBytes(m *graph.Model, dims map[string]int) int64 {
	c, _ := m.Clone()
	g := c.Graph
	budget.Bind(g, dims)
	if err := op.InferGraph(g); err != nil {
		return 0
	}
	bytes := func(v *graph.Value) int64 {
		n, known := v.Type.Shape.Elems().Int64()
		if !known || v.Type.Shape == nil {
			return 0
		}
		return n * int64(v.Type.DType.Bits()) / 8
	}
	reads, now, most := map[*graph.Value]int{}, int64(0), int64(0)
	for _, v := range g.Inputs {
		now += bytes(v)
	}
	for _, n := range g.Nodes {
		for _, v := range n.Outputs() {
			if v != nil {
				now += bytes(v)
			}
		}
		most = max(most, now)
		for _, v := range n.Inputs() {
			if v == nil || v.Const != nil {
				continue
			}
			if reads[v]++; reads[v] == len(v.Uses()) {
				now -= bytes(v)
			}
		}
	}
	batch := batchOf(m)
	if batch == batchSize {
		batch = 1 // Bind made it one
	}
	return most / int64(batch)
}
