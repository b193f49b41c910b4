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

// The types that the verbs take and return. Each is documented where it is defined.
type (
	Report  = report.Report    // the outcome of a run
	Data    = dataset.Data     // samples to measure models on
	Samples = pipeline.Samples // the inputs of PruneModel
	Result  = pipeline.Result  // the outcome of PruneModel
	Gate    = stage.Gate       // the error of a result that is not good enough
)

// InMemory returns Data of arrays by input name, whose first axes count samples. labels may be nil.
func InMemory(feeds map[string]*graph.Tensor, labels []int) (*Data, error) {
	return dataset.InMemory(feeds, labels)
}

// IsGate reports whether err is, or wraps, a failed gate.
func IsGate(err error) bool { return stage.IsGate(err) }

// PruneModel cuts a copy of m in memory as c says, proves the cut and repairs what is left. If a
// gate fails, the error is a *Gate and the Result is valid too. The seconds of each stage are added
// to timings, which may be nil.
func PruneModel(ctx context.Context, m *graph.Model, c Config, in Samples, timings map[string]float64) (*Result, error) {
	return pipeline.Prune(ctx, m, withBudget(c.options()), in, timings)
}

// Simplify returns a simplified copy of m and the groups found in it.
func Simplify(ctx context.Context, m *graph.Model) (*graph.Model, *group.Analysis, error) {
	return canonical.Simplify(ctx, m)
}

// Count returns the parameters of a model, its multiply-accumulates for one sample, and its nodes.
// A symbolic dimension counts as dims says, else as 1.
func Count(m *graph.Model, dims map[string]int) (params, macs int64, nodes int) {
	return figures.Count(m, dims)
}

// Synthetic returns random inputs for m: count samples if the first axis is symbolic. Other
// symbolic dimensions have the extents in dims, else 1.
func Synthetic(m *graph.Model, dims map[string]int, count int, seed uint64) (map[string]*graph.Tensor, error) {
	return samples.Synthetic(m, dims, count, seed)
}
