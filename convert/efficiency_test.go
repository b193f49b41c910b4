package convert_test

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/runtime"
)

// A network with partly zero weights is timed in every way, and each of its nodes is in the report.
func TestBenchFitsTheMachine(t *testing.T) {
	if testing.Short() {
		t.Skip("times a network some hundred times")
	}
	sparse := filepath.Join(t.TempDir(), "sparse.onnx")
	j := convert.Job{In: models + "vgg.onnx", Out: sparse, Config: convert.Config{Sparsity: convert.Sparsity{Pattern: "4x1", Share: 0.8}, NoProof: true, Recovery: "none"}}
	if _, err := convert.Prune(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	r, err := convert.Bench(t.Context(), []string{models + "vgg.onnx", sparse}, nil, convert.BenchOptions{Batch: 1, Runs: 3, Fit: true, Sparse: runtime.SparseFastest}, convert.Config{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	if e := r.Latency[0].Efficiency; e != nil {
		t.Errorf("a network without zeros has an efficiency: %+v", e)
	}
	e := r.Latency[1].Efficiency
	if e == nil || len(e.Nodes) != len(r.Latency[1].Sparse) || len(e.Nodes) == 0 {
		t.Fatalf("%d choices, efficiency %+v", len(r.Latency[1].Sparse), e)
	}
	if math.Abs(e.Theoretical-5) > .2 {
		t.Errorf("four of five weights are zero, %v times fewer multiplications", e.Theoretical)
	}
	for _, n := range e.Nodes {
		if n.NonZero*4 > n.Weights || n.Rho <= 0 || n.MS <= 0 || n.PredictedMS <= 0 || math.IsNaN(n.RhoPredicted) {
			t.Errorf("%+v", n)
		}
		if n.Blocks > 0 && (n.BetaPS+n.GammaPS <= 0 || n.Share < 0 || n.Share > 1) {
			t.Errorf("%+v", n)
		}
	}
}
