package convert_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/internal/proof"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/runtime"
)

const models = "../fixtures/models/"

// networks lists the trained fixtures.
func networks(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob(models + "*.onnx")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	return paths
}

func job(t *testing.T, in string, metric budget.Metric, keep float64) convert.Job {
	return convert.Job{In: in, Out: filepath.Join(t.TempDir(), "out.onnx"), Config: convert.Config{
		Budget: budget.Budget{Metric: metric, Keep: keep, Floor: 0.1}, Solver: "uniform", Criterion: "l2", Recovery: convert.NoRecovery,
	}}
}

// Every network meets every budget, undershoots it by at most 2 %, and the cut is proven. The file
// matches the report.
func TestPruneMeetsTheBudgetAndProvesTheCut(t *testing.T) {
	for _, path := range networks(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			before, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range []struct {
				metric budget.Metric
				keep   float64
			}{{budget.MACs, 0.7}, {budget.MACs, 0.5}, {budget.Params, 0.5}} {
				j := job(t, path, b.metric, b.keep)
				r, err := convert.Prune(t.Context(), j)
				if err != nil {
					t.Fatalf("%s %g: %v", b.metric, b.keep, err)
				}
				reached := float64(r.Pruned.MACs) / float64(r.Original.MACs)
				if b.metric == budget.Params {
					reached = float64(r.Pruned.Params) / float64(r.Original.Params)
				}
				if reached > b.keep || reached < 0.98*b.keep {
					t.Errorf("%s %g: reached %.4f, want %.4f to %.4f", b.metric, b.keep, reached, 0.98*b.keep, b.keep)
				}
				if !r.Proof.Passed || !r.Proof.Written || !r.Proof.Predicted {
					t.Errorf("%s %g: proof %+v", b.metric, b.keep, r.Proof)
				}
				written, err := onnx.Read(j.Out)
				if err != nil {
					t.Fatal(err)
				}
				params, macs, nodes := convert.Count(written.Model, nil)
				if params != r.Pruned.Params || macs != r.Pruned.MACs || nodes != r.Pruned.Nodes {
					t.Errorf("%s %g: the file has %d params, %d MACs, %d nodes, the report says %+v", b.metric, b.keep, params, macs, nodes, r.Pruned)
				}
				if err := written.Close(); err != nil {
					t.Error(err)
				}
			}
			if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
				t.Errorf("the original was touched (%v)", err)
			}
		})
	}
}

// A transformer loses heads, head dimensions, neurons and width, though nothing says where they
// are.
func TestTransformerLosesHeadsDimensionsNeuronsAndWidth(t *testing.T) {
	r, err := convert.Prune(t.Context(), job(t, models+"vit.onnx", budget.MACs, 0.5))
	if err != nil {
		t.Fatal(err)
	}
	found, cut := map[string]int{}, map[string]int{}
	for _, g := range r.Groups {
		found[g.Kind]++
		if g.Kept < g.Units {
			cut[g.Kind]++
		}
	}
	// Four blocks: heads; dimensions of q and k, and of v; neurons. One width, and the convolution
	// of the patches.
	for kind, want := range map[string]int{"head": 4, "head dimension": 8, "neuron": 4} {
		if found[kind] != want || cut[kind] == 0 {
			t.Errorf("%s: want %d groups, some of them cut, have %d and %d", kind, want, found[kind], cut[kind])
		}
	}
	width := false
	for _, g := range r.Groups {
		width = width || (g.Units == 96 && g.Kind == "channel" && g.Kept < 96)
	}
	if !width {
		t.Error("the embedding's width of 96 was not cut")
	}
}

func TestSameFlagsGiveTheSameBytes(t *testing.T) {
	for _, name := range []string{"mobilenetv2_bn", "vit_op17"} {
		var files [2][]byte
		for i := range files {
			j := job(t, models+name+".onnx", budget.MACs, 0.6)
			j.Config.Threads = i + 1 // nor does the number of threads matter
			if _, err := convert.Prune(t.Context(), j); err != nil {
				t.Fatal(err)
			}
			b, err := os.ReadFile(j.Out)
			if err != nil {
				t.Fatal(err)
			}
			files[i] = b
		}
		if !bytes.Equal(files[0], files[1]) {
			t.Errorf("%s: two runs wrote different files", name)
		}
	}
}

// A budget below the floor is a failed gate: nothing is written, and the report says what stopped
// it.
func TestUnreachableBudgetFailsItsGate(t *testing.T) {
	j := job(t, models+"resnet20.onnx", budget.MACs, 0.2)
	j.Config.Budget.Floor = 0.9
	r, err := convert.Prune(t.Context(), j)
	if !convert.IsGate(err) || r == nil || r.Budget.Met || r.Budget.Why == "" || len(r.Failed) != 1 {
		t.Errorf("want a failed gate and a report that says why, have %v and %+v", err, r)
	}
	if _, err := os.Stat(j.Out); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file was written: %v", err)
	}
	j.Config.Force = true
	if _, err := convert.Prune(t.Context(), j); !convert.IsGate(err) {
		t.Errorf("with force: want the gate reported, have %v", err)
	}
	if _, err := os.Stat(j.Out); err != nil {
		t.Errorf("with force: %v", err)
	}
}

func TestRoundToAndExclude(t *testing.T) {
	j := job(t, models+"resnet20.onnx", budget.MACs, 0.6)
	j.Config.Budget.RoundTo = 8
	j.Config.Budget.Exclude = []string{"/blocks/blocks.3/*"}
	r, err := convert.Prune(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range r.Groups {
		if g.Kept%8 != 0 {
			t.Errorf("group %s keeps %d units, no multiple of 8", g.Name, g.Kept)
		}
		if ok, _ := filepath.Match("/blocks/blocks.3/*/*", g.Name); ok && g.Kept != g.Units {
			t.Errorf("group %s was to be left alone and keeps %d of %d", g.Name, g.Kept, g.Units)
		}
	}
}

func TestInterruptedPruneLeavesNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	j := job(t, models+"vgg.onnx", budget.MACs, 0.5)
	j.Config.Progress = func(stage string, _, _ int) {
		if stage == "proof" {
			cancel()
		}
	}
	if _, err := convert.Prune(ctx, j); !errors.Is(err, context.Canceled) {
		t.Errorf("want the interruption, have %v", err)
	}
	if left, _ := os.ReadDir(filepath.Dir(j.Out)); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// spoil changes one weight of the first convolution.
func spoil(t *testing.T, m *graph.Model) {
	t.Helper()
	for _, n := range m.Graph.Nodes {
		if n.Op != "Conv" {
			continue
		}
		v, ok := graph.Floats(n.In(1).Const)
		if !ok {
			t.Fatal("no floating-point weights")
		}
		v[0] += 0.1
		w, _ := graph.FromFloats(n.In(1).Const.DType(), v, n.In(1).Const.Shape()...)
		n.SetConstInput(1, w)
		return
	}
	t.Fatal("no convolution")
}

// The proof can fail: it is enough to change one weight of the cut model.
func TestProofNoticesAWrongWeight(t *testing.T) {
	f, err := onnx.Read(models + "resnet20.onnx")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c := job(t, "", budget.MACs, 0.5).Config
	r, err := convert.PruneModel(t.Context(), f.Model, c, convert.Samples{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	feeds, err := convert.Synthetic(f.Model, nil, 4, 1)
	if err != nil {
		t.Fatal(err)
	}
	good, err := runtime.Evaluator{}.Evaluate(t.Context(), r.Cut, feeds)
	if err != nil {
		t.Fatal(err)
	}
	if abs, _, err := proof.Difference(good, good); abs != 0 || err != nil {
		t.Errorf("a model differs from itself by %g (%v)", abs, err)
	}
	spoil(t, r.Cut)
	bad, err := runtime.Evaluator{}.Evaluate(t.Context(), r.Cut, feeds)
	if err != nil {
		t.Fatal(err)
	}
	if _, rel, err := proof.Difference(good, bad); rel <= r.Proof.Tolerance || err != nil {
		t.Errorf("a changed weight moves the output by %g only (%v)", rel, err)
	}
}
