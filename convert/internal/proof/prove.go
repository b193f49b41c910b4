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

// Prove proves that simplified computes what original does, and that cut computes what simplified does with the units masked that the plan removes.
// Nil feeds stand for made-up inputs. A proof that fails is there beside the error, which then is a *Gate.
func Prove(ctx context.Context, original, simplified, cut *graph.Model, a *group.Analysis, p *group.Plan, feeds map[string]*graph.Tensor, s stage.Settings) (*report.Proof, error) {
	if feeds == nil {
		var err error
		if feeds, err = Feeds(simplified, s); err != nil {
			return nil, fmt.Errorf("proof: %w", err)
		}
	}
	if err := runtime.Runs(simplified); err != nil {
		return nil, fmt.Errorf("proof: the model cannot be run here, only --no-proof --recovery none cuts it: %w", err)
	}
	apart, known, err := Simplified(ctx, original, simplified, feeds, s.Threads)
	if err != nil {
		return nil, fmt.Errorf("proof: %w", err)
	}
	proof, err := Cut(ctx, simplified, cut, a, p, feeds, s.Threads)
	if err != nil {
		return nil, fmt.Errorf("proof: %w", err)
	}
	if known {
		proof.Simplified = &apart
	}
	switch {
	case known && apart > proof.Tolerance:
		proof.Passed = false
		return proof, &stage.Gate{Reason: fmt.Sprintf("proof: the original and the simplified original differ by %.3g of the largest output, tolerance %.3g", apart, proof.Tolerance)}
	case !proof.Passed && proof.MaxRelDiff <= proof.Tolerance:
		return proof, &stage.Gate{Reason: "proof: every output is empty, NaN or infinite on these inputs, so that they prove nothing; want others, see --calibration"}
	case !proof.Passed:
		return proof, &stage.Gate{Reason: fmt.Sprintf("proof: cut and mask differ by %.3g of the largest output, tolerance %.3g", proof.MaxRelDiff, proof.Tolerance)}
	}
	return proof, nil
}
