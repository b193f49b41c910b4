package convert_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/budget"
)

// swept returns a sweep of a small network on made-up inputs.
func swept(t *testing.T) convert.Sweep {
	made := func(samples int, seed uint64) func(*graph.Model) (*convert.Data, error) {
		return func(m *graph.Model) (*convert.Data, error) {
			feeds, err := convert.Synthetic(m, nil, samples, seed)
			if err != nil {
				return nil, err
			}
			return convert.InMemory(feeds, nil)
		}
	}
	return convert.Sweep{
		In: "../fixtures/families/resnet.onnx", Dir: t.TempDir(),
		Config: convert.Config{
			Budget: budget.Budget{Metric: budget.MACs, Floor: 0.1}, Recovery: convert.AutoRecovery, Threads: 2,
		},
		Calibration: made(64, 1), Eval: made(50, 2),
		Criteria: []string{"obs", "l2"}, Budgets: []float64{0.3, 0.5, 0.7},
	}
}

// comparable returns a report without what depends on the clock and the folder.
func comparable(t *testing.T, r *report.Sweep) string {
	t.Helper()
	c := *r
	c.Timings, c.Found, c.SideBySide, c.Candidates = nil, 0, 0, nil
	for _, k := range r.Candidates {
		k := *k
		k.Seconds = nil
		c.Candidates = append(c.Candidates, &k)
	}
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Wherever a sweep is stopped, the same command ends in the same table and does not repeat finished
// work. The number of threads does not matter either.
func TestSweepResumes(t *testing.T) {
	whole := swept(t)
	whole.Config.Threads, whole.Budgets = 1, []float64{0.4, 0.7}
	want, err := whole.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{"errors at the outputs", "candidate 3"} {
		j := swept(t)
		j.Budgets = whole.Budgets
		ctx, stop := context.WithCancel(t.Context())
		j.Config.Progress = func(stage string, _, _ int) {
			if strings.HasPrefix(stage, at) {
				stop()
			}
		}
		_, err := j.Run(ctx)
		var stopped *convert.Interrupted
		if !errors.As(err, &stopped) || stopped.Done == 4 || at == "candidate 3" && stopped.Done < 2 {
			t.Fatalf("%s: %v", at, err)
		}
		before := modified(t, j.Dir)
		j.Config.Progress = nil
		r, err := j.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if r.Found != stopped.Done {
			t.Errorf("%s: %d candidates were found, %d were finished", at, r.Found, stopped.Done)
		}
		if have := comparable(t, r); have != comparable(t, want) {
			t.Errorf("%s: want %s, have %s", at, comparable(t, want), have)
		}
		after := modified(t, j.Dir)
		for name, when := range before {
			if after[name] != when {
				t.Errorf("%s: %s was written again", at, name)
			}
		}
		if len(after) != 9 { // including the table
			t.Errorf("%s: files %v", at, after)
		}
	}
}

// modified returns the modification time of each file in a folder.
func modified(t *testing.T, dir string) map[string]int64 {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]int64{}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		all[e.Name()] = info.ModTime().UnixNano()
	}
	return all
}

// A finished candidate does not count if its model was changed or it was made with other flags.
func TestSweepTrustsOnlyItsOwnFiles(t *testing.T) {
	j := swept(t)
	j.Criteria, j.Budgets = []string{"l2"}, []float64{0.5, 0.7}
	r, err := j.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if r.Measure != "agreement" || r.Candidates[0].Drop != nil || r.Candidates[0].Model.Accuracy != nil {
		t.Errorf("without labels: %+v", r.Candidates[0])
	}
	if err := os.WriteFile(filepath.Join(j.Dir, r.Candidates[0].Model.Path), []byte("torn"), 0o666); err != nil {
		t.Fatal(err)
	}
	if r, err = j.Run(t.Context()); err != nil || r.Found != 1 {
		t.Fatalf("a torn model: %v, %+v", err, r)
	}
	for _, change := range [][2]string{{`"drop": null`, `"drop": 1`}, {`"accuracy": null`, `"accuracy": 1`}, {`"path": "`, `"path": "../`}} { // a candidate that was edited is made again
		path := filepath.Join(j.Dir, r.Candidates[0].Name+".json")
		text, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(text), change[0]) {
			t.Fatalf("%v: no %s in %s", err, change[0], text)
		}
		if err := os.WriteFile(path, []byte(strings.Replace(string(text), change[0], change[1], 1)), 0o666); err != nil {
			t.Fatal(err)
		}
		if r, err = j.Run(t.Context()); err != nil || r.Found != 1 {
			t.Fatalf("%s: %v, %+v", change[1], err, r)
		}
	}
	j.Config.Budget.Floor = 0.2
	if r, err = j.Run(t.Context()); err != nil || r.Found != 0 {
		t.Fatalf("another floor: %v, %+v", err, r)
	}
}

// A model that minimizes predicted error plus price times size lies on the lower convex hull of
// error over size: no candidate lies below the line through it with the slope of the price, and a
// budget of its size finds it again.
func TestPricesGiveTheHullOfBudgets(t *testing.T) {
	j := swept(t)
	j.Criteria, j.Config.Recovery = []string{"obs"}, convert.NoRecovery
	j.Config.Budget.RoundTo = 1 // in whole steps, few sizes are on the hull
	j.Budgets, j.Lambdas = []float64{0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9}, []float64{0.03, 0.1, 0.3, 1, 3}
	r, err := j.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	j.Budgets = nil
	sizes := map[float64]bool{}
	for _, p := range r.Candidates {
		if p.Lambda == 0 {
			continue
		}
		if !sizes[p.Reached] {
			sizes[p.Reached] = true
			j.Budgets = append(j.Budgets, math.Nextafter(p.Reached, 2))
		}
		for _, c := range r.Candidates {
			if *c.PredictedError+p.Lambda*c.Reached < (*p.PredictedError+p.Lambda*p.Reached)*(1-1e-9) {
				t.Errorf("%s: error %g at %g, and %s, error %g at %g, lies below its line", p.Name, *p.PredictedError, p.Reached, c.Name, *c.PredictedError, c.Reached)
			}
		}
	}
	if len(sizes) < 4 {
		t.Errorf("prices gave %d sizes: %v", len(sizes), sizes)
	}
	again, err := j.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if again.Found != len(j.Lambdas) {
		t.Errorf("%d candidates were found, those of %d prices are there", again.Found, len(j.Lambdas))
	}
	for _, p := range again.Candidates {
		for _, c := range again.Candidates {
			if p.Lambda > 0 && c.Lambda == 0 && math.Abs(c.Keep-p.Reached) < 1e-12 && math.Abs(*c.PredictedError-*p.PredictedError) > 1e-9**p.PredictedError {
				t.Errorf("%s: error %g at %g; the least under that budget is %g at %g", p.Name, *p.PredictedError, p.Reached, *c.PredictedError, c.Reached)
			}
		}
	}
}
