package convert_test

import (
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/convert/task"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/budget"
)

// opened opens a file of fixtures/data for a task.
func opened(name string, labelled bool) func(*graph.Model) (*convert.Data, error) {
	path := filepath.Join("..", "fixtures", "data", name)
	return func(m *graph.Model) (*convert.Data, error) {
		d, err := dataset.OpenSamples(path, dataset.Options{}, m.Graph.Inputs)
		if err != nil || !labelled {
			return d, err
		}
		of, err := task.Choose(task.Options{}, m)
		if err == nil {
			err = of.Truth(d, path, "")
		}
		return d, err
	}
}

// A search goes by the agreement and the metric of the task, whatever that is.
func TestTheSmallestSegmentationIsFound(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes where there are no fast kernels")
	}
	least, drop := 0.9, 5.0
	j := convert.Job{In: "../fixtures/families/unet.onnx", Out: filepath.Join(t.TempDir(), "out.onnx"),
		Config: convert.Config{Recovery: convert.AutoRecovery, Threads: 2}, Calibration: opened("pictures.npz", false), Eval: opened("pictures.npz", true),
		MinAgreement: &least, MaxDrop: &drop}
	r, err := convert.Prune(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	if r.Task.Name != task.Segmentation || !r.Task.Guessed || r.Original.Accuracy != nil || r.Agreement.Top1 != nil {
		t.Errorf("%+v, accuracy %v, top-1 %v", r.Task, r.Original.Accuracy, r.Agreement.Top1)
	}
	s := r.Target.Reported
	if s.Samples != 12 || s.Metric == nil || s.Metric.Name != "mIoU" || s.Accuracy != nil || *s.Drop > drop || s.Agreement < least || s.Agreement != r.Agreement.Value() {
		t.Errorf("%+v, %+v", s, r.Agreement)
	}
	if s.Metric.Original < 0.3 || r.Metrics[0].Name != "mIoU" || r.Metrics[1].Name != "pixel accuracy" || r.Metrics[1].Original < 0.8 {
		t.Errorf("%+v", r.Metrics)
	}
}

// Of models whose metric is better when it is less, those with less are on the front.
func TestSweepOfTokens(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes where there are no fast kernels")
	}
	j := convert.Sweep{In: "../fixtures/families/gpt.onnx", Dir: t.TempDir(), Config: convert.Config{Budget: budget.Budget{Metric: budget.MACs}, Recovery: convert.AutoRecovery, Threads: 2},
		Calibration: opened("tokens.npy", false), Eval: opened("tokens.npy", true), Criteria: []string{"l2"}, Budgets: []float64{0.5, 0.8}}
	r, err := j.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if r.Measure != "perplexity" || r.Metric == nil || r.Metric.HigherIsBetter || r.Metric.Original != r.Metric.Pruned || r.Original.Accuracy != nil || r.Task.Name != task.Generation {
		t.Errorf("%s, %+v, %+v", r.Measure, r.Metric, r.Task)
	}
	for _, c := range r.Candidates {
		if want := c.Metric.Pruned - c.Metric.Original; c.Metric.Drop != want || *c.Drop != want || c.Score() != -c.Metric.Pruned {
			t.Errorf("%s: %+v", c.Name, c.Metric)
		}
		if beaten := dominated(c, r.Candidates); c.Front == beaten {
			t.Errorf("%s: front %v", c.Name, c.Front)
		}
	}
	again, err := j.Run(t.Context())
	if err != nil || again.Found != 2 {
		t.Errorf("found %+v, %v", again, err)
	}
	// Another task is another sweep.
	j.Config.Task.Name = task.None
	j.Eval = opened("tokens.npy", false)
	if other, err := j.Run(t.Context()); err != nil || other.Found != 0 || other.Measure != "agreement" {
		t.Errorf("found %+v, %v", other, err)
	}
}

// dominated reports whether another candidate is smaller in both ways and better.
func dominated(c *report.Candidate, all []*report.Candidate) bool {
	for _, o := range all {
		if o != c && o.Of.MACs <= c.Of.MACs && o.Of.Params <= c.Of.Params && o.Metric.Pruned <= c.Metric.Pruned {
			return true
		}
	}
	return false
}

// A command's number is a metric as any other, in sweeps of several models at a time too.
func TestSweepByACommand(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes where there are no fast kernels")
	}
	if runtime.GOOS == "windows" || runtime.GOOS == "js" {
		t.Skip("there is no sh")
	}
	j := swept(t)
	j.Criteria, j.Budgets = []string{"l2"}, []float64{0.3, 0.5, 0.7}
	j.Config.Task = task.Options{Command: `f() { wc -c < "$1"/outputs.npz; }; f`, Lower: true}
	var err error
	if j.Pick, err = convert.ParseConditions("metric<=100000,drop<=0"); err != nil {
		t.Fatal(err)
	}
	j.Picked = filepath.Join(t.TempDir(), "picked.onnx")
	r, err := j.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if r.Measure != "metric" || r.Metric.Pruned < 1000 || !r.Pick.Met || r.Pick.Name != r.Candidates[0].Name {
		t.Errorf("%s %+v %+v", r.Measure, r.Metric, r.Pick)
	}
	j = swept(t)
	j.Config.Task.Command = "echo no >&2; false"
	if _, err := j.Run(t.Context()); err == nil || convert.IsGate(err) || !strings.Contains(err.Error(), "metric: ") || strings.Contains(err.Error(), "\n") {
		t.Errorf("a command that fails: %v", err)
	}
}

// A search goes by a command's number in its own unit, on either half of the samples.
func TestTheSmallestByACommand(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes where there are no fast kernels")
	}
	if runtime.GOOS == "windows" || runtime.GOOS == "js" {
		t.Skip("there is no sh")
	}
	drop := 100.0
	j := convert.Job{In: "../fixtures/families/unet.onnx", Out: filepath.Join(t.TempDir(), "out.onnx"),
		Config:      convert.Config{Recovery: convert.NoRecovery, Criterion: "l2", Threads: 2, Task: task.Options{Command: `f() { wc -c < "$1"/outputs.npz; }; f`}},
		Calibration: opened("pictures.npz", false), Eval: opened("pictures.npz", false), MaxDrop: &drop}
	r, err := convert.Prune(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	s := r.Target.Reported
	if s.Metric == nil || s.Metric.Name != "metric" || s.Metric.Unit != report.Number || *s.Drop != 0 || s.DropInterval != nil || s.Metric.Original < 12*2*256*4 {
		t.Errorf("%+v", s)
	}
}

// A page that asks for pictures gets samples with what both models find in them, and a report that is
// for no page gets none.
func TestPicturesWithWhatModelsFind(t *testing.T) {
	const model = "../fixtures/families/unet.onnx"
	for _, number := range []int{0, 3} {
		r, err := convert.Verify(t.Context(), model, model, opened("pictures.npz", true), nil, convert.Config{Threads: 1, Pictures: number})
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Pictures) != number {
			t.Fatalf("have %d pictures, want %d", len(r.Pictures), number)
		}
		for _, p := range r.Pictures {
			if p.Width != 16 || p.Height != 16 || p.Image == nil || p.Masks[0] == nil || p.Masks[0].Bounds() != p.Masks[1].Bounds() || p.Boxes[0] != nil {
				t.Errorf("%+v", p)
			}
		}
	}
	const classifier = "../fixtures/models/resnet20.onnx"
	r, err := convert.Verify(t.Context(), classifier, classifier, func(m *graph.Model) (*convert.Data, error) {
		x, err := convert.Synthetic(m, nil, 4, 1)
		if err != nil {
			return nil, err
		}
		return convert.InMemory(x, nil)
	}, nil, convert.Config{Threads: 1, Pictures: 3})
	if err != nil || len(r.Pictures) > 0 {
		t.Errorf("a classifier has %d pictures (%v)", len(r.Pictures), err)
	}
}
