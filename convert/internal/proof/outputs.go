package proof

import (
	"context"
	"fmt"

	"github.com/pollard-dev/pollard/convert/internal/figures"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

// proofWork bounds the multiply-accumulates of one model in a proof beyond the first sample.
const proofWork = 2e10

// Feeds makes up inputs for a proof of m: several samples if they are cheap.
func Feeds(m *graph.Model, s stage.Settings) (map[string]*graph.Tensor, error) {
	_, macs, _ := figures.Count(m, s.Dims)
	count := int(min(samples.ProofSamples, max(1, proofWork/max(1, macs))))
	return samples.Synthetic(m, s.Dims, count, s.Seed)
}

// SameOutputs returns an error if the outputs of two models differ by more than tolerance, as a
// fraction of the largest magnitude of an output. If feeds is nil, it makes up inputs.
func SameOutputs(ctx context.Context, a, b *graph.Model, feeds map[string]*graph.Tensor, tolerance float64, s stage.Settings) error {
	var err error
	if feeds == nil {
		if feeds, err = Feeds(a, s); err != nil {
			return err
		}
	}
	e := runtime.Evaluator{Threads: s.Threads}
	want, err := e.Evaluate(ctx, a, feeds)
	if err != nil {
		return err
	}
	have, err := e.Evaluate(ctx, b, feeds)
	if err != nil {
		return err
	}
	_, rel, err := Difference(want, have)
	if err == nil && rel > tolerance {
		err = fmt.Errorf("outputs differ by %.3g of the largest, tolerance %.3g", rel, tolerance)
	}
	return err
}
