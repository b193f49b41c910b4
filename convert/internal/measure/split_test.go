package measure_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/measure"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
)

// Samples are dealt in turn, batch by batch, with their labels; what fills no batch is left out.
func TestSplitDealsInTurn(t *testing.T) {
	x, labels := make([]float32, 11), make([]int, 11)
	for i := range x {
		x[i], labels[i] = float32(i), 10*i
	}
	d, err := dataset.InMemory(map[string]*graph.Tensor{"x": graph.TensorOf(x, 11, 1)}, labels)
	if err != nil {
		t.Fatal(err)
	}
	for step, want := range map[int][2][]float32{
		1: {{0, 2, 4, 6, 8, 10}, {1, 3, 5, 7, 9}},
		2: {{0, 1, 4, 5, 8, 9}, {2, 3, 6, 7}},
	} {
		choosing, judging, how, err := measure.Split(d, step)
		if err != nil || how == "" {
			t.Fatal(err)
		}
		for i, part := range []*dataset.Data{choosing, judging} {
			feeds, err := dataset.ReadRange(part.Samples, 0, part.Samples.Count())
			if err != nil {
				t.Fatal(err)
			}
			have := graph.Data[float32](feeds["x"])
			if !slices.Equal(have, want[i]) {
				t.Errorf("step %d, part %d: want %v, have %v", step, i, want[i], have)
			}
			for k, l := range part.Labels {
				if l != 10*int(have[k]) {
					t.Errorf("step %d: sample %g has label %d", step, have[k], l)
				}
			}
		}
	}
	if _, _, _, err := measure.Split(d, 7); err == nil {
		t.Error("11 samples are two batches of 7")
	}
}

// A gate fails beyond its bound, not at it, and is open without figures or without a bound.
func TestGates(t *testing.T) {
	bound := 0.0
	accuracy := report.Metric{Name: "accuracy", Unit: report.Fraction, HigherIsBetter: true, Original: 0.90, Pruned: 0.89, Drop: 1}
	r := &report.Report{Metrics: []report.Metric{accuracy}, Agreement: &report.Agreement{Figures: []report.Figure{{Name: "same class", Value: 0.95}}}}
	for drop, fails := range map[float64]bool{0.5: true, 0.99: true, 1.01: false, 5: false} {
		if err := measure.DropGate(r, &drop); (err != nil) != fails {
			t.Errorf("max-drop %g: have %v", drop, err)
		}
	}
	for least, fails := range map[float64]bool{0.94: false, 0.95: false, 0.96: true} {
		if err := measure.AgreementGate(r, &least); (err != nil) != fails {
			t.Errorf("min-agreement %g: have %v", least, err)
		}
	}
	if err := measure.DropGate(r, nil); err != nil {
		t.Error(err)
	}
	if err := measure.DropGate(&report.Report{}, &bound); err != nil {
		t.Error(err)
	}
}

// What chose nothing refutes a target beyond its interval, or, where there is none, beyond the bound.
func TestTargetsAreRefuted(t *testing.T) {
	most, least := 1.0, 0.9
	target := &report.Target{MaxDrop: &most, MinAgreement: &least}
	metric := &report.Metric{Name: "mIoU", Unit: report.Fraction}
	wide, narrow := report.Interval{Low: 0.5, High: 2}, report.Interval{Low: 1.2, High: 2}
	for _, c := range []struct {
		drop      float64
		interval  *report.Interval
		agreement report.Interval
		refuted   bool
	}{
		{1.5, &wide, report.Interval{Low: 0.8, High: 0.95}, false},
		{1.5, &narrow, report.Interval{Low: 0.8, High: 0.95}, true},
		{1.5, nil, report.Interval{Low: 0.8, High: 0.95}, true},
		{1, nil, report.Interval{Low: 0.8, High: 0.95}, false},
		{0, &wide, report.Interval{Low: 0.8, High: 0.85}, true},
	} {
		s := report.Split{Samples: 10, Metric: metric, Drop: &c.drop, DropInterval: c.interval, AgreementInterval: c.agreement}
		if why := measure.Refutes(target, s); (why != "") != c.refuted {
			t.Errorf("%+v: %q", c, why)
		}
	}
}

// Sequences of calls are dealt whole.
func TestSplitDealsSequences(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 17]> g (float[1,1] x, float[1,1] h) => (float[1,1] y, float[1,1] hn) { y = Neg(x) hn = Add(x, h) }`)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.npy")
	var b bytes.Buffer
	if err := dataset.WriteNPY(&b, graph.TensorOf([]float32{0, 1, 2, 3, 4, 5}, 3, 2, 1)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	d, err := dataset.OpenData(path, "", dataset.Options{States: dataset.StateOptions{Outputs: m.Graph.Outputs}}, m.Graph.Inputs)
	if err == nil {
		err = samples.Carry(t.Context(), m, d, 1)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	choosing, judging, _, err := measure.Split(d, 1)
	if err != nil {
		t.Fatal(err)
	}
	for part, want := range map[*dataset.Data][]float32{choosing: {0, 1, 4, 5}, judging: {2, 3}} {
		var have []float32
		for i := range part.Samples.Count() {
			feeds, err := part.Samples.Read([]int{i})
			if err != nil {
				t.Fatal(err)
			}
			have = append(have, graph.Data[float32](feeds["x"])...)
		}
		if !slices.Equal(have, want) {
			t.Errorf("want %v, have %v", want, have)
		}
	}
}
