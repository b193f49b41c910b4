package convert_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/recovery"
	"github.com/pollard-dev/pollard/runtime"
)

// trained is a classifier that was trained, with samples of its task.
type trained struct {
	model             string
	calibration, eval func(*graph.Model) (*convert.Data, error)
	labels            []int
}

// few is how many samples a test takes to choose and repair, and as many others to judge.
const few = 200

// trainedNetworks returns a network of the fixtures and, if POLLARD_REAL names a folder in the form of
// fixtures/real/README.md, the one that lies there. Its bounds are those of residual networks for
// CIFAR-10.
func trainedNetworks(t *testing.T) map[string]trained {
	t.Helper()
	labels, err := dataset.LoadLabels("../fixtures/data/t2k-labels-idx1-ubyte.gz")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]trained{"fixture": {models + "resnet20.onnx",
		images(t, "calib-images-idx3-ubyte.gz", few), images(t, "t2k-images-idx3-ubyte.gz", few), labels[:few]}}
	folder := os.Getenv("POLLARD_REAL")
	if folder == "" {
		return all
	}
	first := func(name string) func(*graph.Model) (*convert.Data, error) {
		return func(m *graph.Model) (*convert.Data, error) {
			file, err := dataset.Open(filepath.Join(folder, name), dataset.Options{}, m.Graph.Inputs)
			if err != nil {
				return nil, err
			}
			feeds, err := dataset.ReadRange(file, 0, few)
			if err != nil {
				return nil, err
			}
			return convert.InMemory(feeds, nil)
		}
	}
	if labels, err = dataset.LoadLabels(filepath.Join(folder, "test.npz")); err != nil {
		t.Fatal(err)
	}
	all[filepath.Base(folder)] = trained{filepath.Join(folder, "model.onnx"), first("calibration.npy"), first("test.npz"), labels[:few]}
	return all
}

func skipSlowLevel(t *testing.T) {
	t.Helper()
	if level := convert.NewVersion().Level; testing.Short() || level == "generic" && os.Getenv("POLLARD_LONG") == "" {
		t.Skipf("it takes minutes at level %s: POLLARD_LONG=1 runs it", level)
	}
}

// With 0.7 of the multiply-accumulates and default flags, a trained classifier loses at most five
// points on samples that it has not seen; the units with the largest weights alone lose far more.
func TestTrainedNetworkKeepsItsAccuracy(t *testing.T) {
	skipSlowLevel(t)
	for name, network := range trainedNetworks(t) {
		t.Run(name, func(t *testing.T) {
			lost := map[string]float64{}
			for how, change := range map[string]func(*convert.Config){
				"default":   func(*convert.Config) {},
				"magnitude": func(c *convert.Config) { c.Criterion, c.Recovery, c.NoRotation = "l2", convert.NoRecovery, true },
			} {
				j := convert.Job{In: network.model, Out: filepath.Join(t.TempDir(), "out.onnx"), Calibration: network.calibration}
				j.Config.Budget = budget.Budget{Metric: budget.MACs, Keep: 0.7}
				j.Eval = func(m *graph.Model) (*convert.Data, error) {
					d, err := network.eval(m)
					if err == nil {
						d.Labels = network.labels
					}
					return d, err
				}
				change(&j.Config)
				r, err := convert.Prune(t.Context(), j)
				if err != nil {
					t.Fatal(err)
				}
				lost[how] = 100 * (*r.Original.Accuracy - *r.Pruned.Accuracy)
				if how == "default" && r.Calibration.Samples != few {
					t.Errorf("%d samples were used, want %d", r.Calibration.Samples, few)
				}
			}
			t.Logf("points lost: %v", lost)
			if lost["default"] > 5 || lost["magnitude"] < lost["default"]+10 {
				t.Errorf("points lost: %v", lost)
			}
		})
	}
}

// reads counts how often each batch is read.
type reads struct {
	passes.Held
	of []int
}

func (r reads) Read(i int, some []int) (map[string]*graph.Tensor, error) {
	r.of[i]++
	return r.Held.Read(i, some)
}

// Where two batches fit in memory at first, and all only for the last node, all are used in the
// end, and the repair brings the network back to the original.
func TestTrainedNetworkIsRepairedInLittleMemory(t *testing.T) {
	skipSlowLevel(t)
	const batch = 8
	method, err := recovery.Lookup("leastsquares")
	if err != nil {
		t.Fatal(err)
	}
	for name, network := range trainedNetworks(t) {
		t.Run(name, func(t *testing.T) {
			f, err := onnx.Read(network.model)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			data, err := network.calibration(f.Model)
			if err != nil {
				t.Fatal(err)
			}
			eval, err := network.eval(f.Model)
			if err != nil {
				t.Fatal(err)
			}
			batches := reads{of: make([]int, few/batch)}
			for from := 0; from < few; from += batch {
				feeds, err := dataset.ReadRange(data.Samples, from, from+batch)
				if err != nil {
					t.Fatal(err)
				}
				batches.Held = append(batches.Held, feeds)
			}
			c := convert.Config{Budget: budget.Budget{Metric: budget.MACs, Keep: 0.7}, Criterion: "l2", Recovery: convert.NoRecovery, NoRotation: true}
			r, err := convert.PruneModel(t.Context(), f.Model, c, convert.Samples{Calibration: data.Samples}, nil)
			if err != nil {
				t.Fatal(err)
			}
			before, nodes := agree(t, f.Model, r.Cut, eval), len(r.Simplified.Graph.Nodes)
			if _, err := method.Apply(t.Context(), recovery.Input{
				Original: r.Simplified, Cut: r.Cut, Analysis: r.Analysis, Plan: r.Plan, Feeds: batches, Stepper: runtime.NewStepper(2), Threads: 2,
				Hold: func(n int) int { return 2 + (len(batches.of)-2)*n/nodes },
			}); err != nil {
				t.Fatal(err)
			}
			for i, n := range batches.of {
				if n == 0 {
					t.Errorf("batch %d of %d is never read", i, len(batches.of))
				}
			}
			after := agree(t, f.Model, r.Cut, eval)
			t.Logf("agreement with the original: %g, repaired %g", before, after)
			if after < 0.7 || after < before+0.3 {
				t.Errorf("agreement with the original: %g, repaired %g", before, after)
			}
		})
	}
}

// agree returns the share of samples for which two models say the same.
func agree(t *testing.T, a, b *graph.Model, d *convert.Data) float64 {
	t.Helper()
	var sessions []*runtime.Session
	for _, m := range []*graph.Model{a, b} {
		s, err := runtime.Compile(m, runtime.Options{})
		if err != nil {
			t.Fatal(err)
		}
		sessions = append(sessions, s)
	}
	feeds, err := dataset.ReadRange(d.Samples, 0, d.Samples.Count())
	if err != nil {
		t.Fatal(err)
	}
	held, err := runtime.Held(sessions[0], feeds)
	if err != nil {
		t.Fatal(err)
	}
	c, err := runtime.Compare(t.Context(), sessions, held, nil, 50, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c.Agreement.Top1
}
