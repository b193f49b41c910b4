package proof

import (
	"context"
	"fmt"

	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/runtime"
)

// Prove checks that simplified computes what original does, and that cut computes what simplified
// does with the removed units masked. If feeds is nil, it makes up inputs. If the proof fails,
// Prove returns it together with a *stage.Gate.
func Prove(ctx context.Context, original, simplified, cut *graph.Model, a *group.Analysis, p *group.Plan,
	feeds map[string]*graph.Tensor, s stage.Settings) (*report.Proof, error) {
	if feeds == nil {
		var err error
		if feeds, err = Feeds(simplified, s); err != nil {
			return nil, fmt.Errorf("proof: %w", err)
		}
	}
	if err := runtime.Runs(simplified); err != nil {
		return nil, fmt.Errorf("proof: the model cannot be run here; use --no-proof --recovery none to cut it all the same: %w", err)
	}
	rel, known, err := Simplified(ctx, original, simplified, feeds, s.Threads)
	if err != nil {
		return nil, fmt.Errorf("proof: %w", err)
	}
	proof, err := Cut(ctx, simplified, cut, a, p, feeds, s.Threads)
	if err != nil {
		return nil, fmt.Errorf("proof: %w", err)
	}
	if known {
		proof.Simplified = &rel
	}
	switch {
	case known && rel > proof.Tolerance:
		proof.Passed = false
		return proof, &stage.Gate{Reason: fmt.Sprintf("proof: the original and the simplified original differ by %.3g of the largest output, tolerance %.3g",
			rel, proof.Tolerance)}
	case !proof.Passed && proof.MaxRelDiff <= proof.Tolerance:
		return proof, &stage.Gate{Reason: "proof: every output is empty, NaN or infinite on these inputs, which prove nothing; use --calibration to supply others"}
	case !proof.Passed:
		return proof, &stage.Gate{Reason: fmt.Sprintf("proof: cut and mask differ by %.3g of the largest output, tolerance %.3g", proof.MaxRelDiff, proof.Tolerance)}
	}
	return proof, nil
}
