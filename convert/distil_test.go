package convert_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/budget"
)

// A model that learns is written, the same bytes every time, and differs from one that does not. What bounds it and what
// came of it is in the report.
func TestDistilledModelsAreWritten(t *testing.T) {
	path := small(t, "N")
	prune := func(learns bool) ([]byte, *convert.Report) {
		j := job(t, path, budget.Units, 0.4)
		j.Config.Threads = 2
		j.Config.Distil = convert.Distil{On: learns, Epochs: 4 * boolToInt(learns)}
		j.Calibration = made(200)
		r, err := convert.Prune(t.Context(), j)
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(j.Out)
		if err != nil {
			t.Fatal(err)
		}
		return b, r
	}
	first, r := prune(true)
	if d := r.Distillation; d == nil || d.Undone || !(d.After < d.Before) || d.Held != 20 || d.Samples != 180 || r.Timings["distil"] <= 0 {
		t.Errorf("have %+v", r.Distillation)
	}
	if again, _ := prune(true); !bytes.Equal(first, again) {
		t.Error("the same input gives other bytes")
	}
	if without, r := prune(false); bytes.Equal(first, without) || r.Distillation != nil {
		t.Errorf("it does not matter whether it learns; %+v", r.Distillation)
	}
}

func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// What cannot learn is found out before anything is done.
func TestDistilSaysWhatIsMissing(t *testing.T) {
	for want, change := range map[string]func(*convert.Job){
		"distil: want at least 20 samples, have 19":                            func(j *convert.Job) { j.Calibration = made(19) },
		"distil: want samples to learn from: give some with --calibration":     func(j *convert.Job) { j.Calibration = nil },
		"epochs, time, learning-rate, batch, augment: want --distil with them": func(j *convert.Job) { j.Config.Distil.On = false },
		"epochs: want a positive number, have -1":                              func(j *convert.Job) { j.Config.Distil.Epochs = -1 },
		"distil: want a budget with it": func(j *convert.Job) {
			drop := 1.0
			j.Config.Budget, j.MaxDrop, j.Eval = budget.Budget{}, &drop, made(100)
		},
	} {
		j := job(t, small(t, "N"), budget.Units, 0.4)
		j.Config.Distil = convert.Distil{On: true, Epochs: 1}
		j.Calibration = made(200)
		change(&j)
		if _, err := convert.Prune(t.Context(), j); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, have %v", want, err)
		}
	}
}

// made gives samples of two numbers.
func made(count int) func(*graph.Model) (*dataset.Data, error) {
	return func(*graph.Model) (*dataset.Data, error) {
		x := graph.NewTensor(graph.Float32, count, 2)
		for i := range x.Len() {
			graph.Data[float32](x)[i] = float32(i*7919%1000)/500 - 1
		}
		s, err := dataset.Held(map[string]*graph.Tensor{"x": x})
		return &dataset.Data{Samples: s}, err
	}
}
