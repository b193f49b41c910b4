package convert

import (
	"context"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/canonical"
	"github.com/pollard-dev/pollard/convert/internal/figures"
	"github.com/pollard-dev/pollard/convert/internal/pipeline"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
)

// What the verbs take and give; each is documented where it is defined.
type (
	Report  = report.Report    // of a run
	Data    = dataset.Data     // samples to measure models on
	Samples = pipeline.Samples // that PruneModel prunes with
	Result  = pipeline.Result  // of PruneModel
	Gate    = stage.Gate       // the error of a result that is not good enough
)

// IsGate reports whether err is a failed gate.
func IsGate(err error) bool { return stage.IsGate(err) }

// PruneModel cuts a copy of m in memory as c says, proves the cut and repairs what is left. The errors of gates are of type *Gate; the Result is then
// there too. Timings, which may be nil, gets the seconds of each stage.
func PruneModel(ctx context.Context, m *graph.Model, c Config, in Samples, timings map[string]float64) (*Result, error) {
	return pipeline.Prune(ctx, m, withBudget(c.options()), in, timings)
}

// Simplify makes a simplified copy of m and finds its groups.
func Simplify(ctx context.Context, m *graph.Model) (*graph.Model, *group.Analysis, error) {
	return canonical.Simplify(ctx, m)
}

// Count gives parameters, multiply-accumulates for one sample and nodes of a model. Symbolic dimensions count as dims says, else as 1.
func Count(m *graph.Model, dims map[string]int) (params, macs int64, nodes int) {
	return figures.Count(m, dims)
}

// Synthetic makes random inputs for m: so many samples where the first axis is symbolic. Other symbolic dimensions have the extents
// that dims says, else 1.
func Synthetic(m *graph.Model, dims map[string]int, count int, seed uint64) (map[string]*graph.Tensor, error) {
	return samples.Synthetic(m, dims, count, seed)
}
