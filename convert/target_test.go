package convert_test

import (
	"path/filepath"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/budget"
)

// aimed returns a job without a budget.
func aimed(t *testing.T) convert.Job {
	s := swept(t)
	j := convert.Job{In: s.In, Out: filepath.Join(t.TempDir(), "out.onnx"), Config: s.Config, Calibration: s.Calibration, Eval: s.Eval}
	j.Config.Budget = budget.Budget{Floor: 0.1}
	return j
}

// The result is the smallest model tried that meets the target on the samples that chose; the
// reported figures are those on the other samples.
func TestTheSmallestModelIsFoundForATarget(t *testing.T) {
	j := aimed(t)
	least := 0.8
	j.MinAgreement = &least
	r, err := convert.Prune(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	target := r.Target
	if target.Chosen.Samples != 25 || target.Reported.Samples != 25 || r.Agreement.Samples != 25 || r.Agreement.Value() != target.Reported.Agreement {
		t.Errorf("the split: %+v, %+v, %+v", target.Chosen, target.Reported, r.Agreement)
	}
	if target.Chosen.Agreement < least || len(target.Tried) == 0 || len(target.Tried) > 10 {
		t.Errorf("target %+v", target)
	}
	smallest := 1.0
	for _, m := range target.Tried {
		if m.Met != (m.Agreement >= least) {
			t.Errorf("tried %+v", m)
		}
		if m.Met {
			smallest = min(smallest, m.Reached)
		}
	}
	if have := float64(r.Pruned.MACs) / float64(r.Original.MACs); have-smallest > 1e-9 || smallest-have > 1e-9 || smallest == 1 {
		t.Errorf("the model has %v of the multiply-accumulates, the smallest that was tried and does has %v", have, smallest)
	}
	if i := target.Reported.AgreementInterval; i.Low > target.Reported.Agreement || i.High < target.Reported.Agreement {
		t.Errorf("interval %+v", i)
	}
}

func TestTargetsThatCannotBeMetOrMeasured(t *testing.T) {
	j := aimed(t)
	drop := 0.5
	j.MaxDrop = &drop
	if _, err := convert.Prune(t.Context(), j); err == nil || convert.IsGate(err) || err.Error() != "max-drop: want data and labels to measure accuracy on" {
		t.Errorf("a drop without labels: %v", err)
	}
	// Labels from the original itself, and a target that asks for a gain of accuracy.
	j.Eval = func(m *graph.Model) (*convert.Data, error) {
		feeds, err := convert.Synthetic(m, nil, 20, 2)
		if err != nil {
			return nil, err
		}
		return convert.InMemory(feeds, make([]int, 20))
	}
	drop = -101
	r, err := convert.Prune(t.Context(), j)
	if !convert.IsGate(err) || r.Target == nil || r.Target.Reported != nil || len(r.Target.Tried) == 0 {
		t.Errorf("more than can be: %v", err)
	}
	j.Eval = func(m *graph.Model) (*convert.Data, error) {
		feeds, err := convert.Synthetic(m, nil, 3, 2)
		if err != nil {
			return nil, err
		}
		return convert.InMemory(feeds, make([]int, 3))
	}
	if _, err := convert.Prune(t.Context(), j); err == nil || convert.IsGate(err) {
		t.Errorf("too few samples to split: %v", err)
	}
}
