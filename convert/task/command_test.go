package task_test

import (
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/task"
	"github.com/pollard-dev/pollard/graph"
)

// The command gets a folder with the outputs of either model; what it prints last is the metric.
func TestCommandTellsTheMetric(t *testing.T) {
	if runtime.GOOS == "windows" || runtime.GOOS == "js" {
		t.Skip("there is no sh")
	}
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	m := model(t, "float[N,3]", "float[N,3]")
	long, short := graph.TensorOf(make([]float32, 15), 5, 3), graph.TensorOf(make([]float32, 15), 5, 3)
	copyOf := t.TempDir()
	o := task.Options{Name: task.Classification, Lower: true,
		Command: `f() { echo some words; cp "$1"/outputs.npz ` + copyOf + `/last.npz; wc -l < "$1"/samples.txt; }; f`}
	f := compare(t, choose(t, o, m), samples(t, 5, []int{0, 0, 0, 0, 1}), long, short, 2)
	if k := f.Metrics; len(k) != 2 || k[0].Name != "metric" || k[0].Pruned != 5 || k[0].HigherIsBetter || k[1].Name != task.Accuracy {
		t.Errorf("%+v", k)
	}
	for a, err := range dataset.Arrays(copyOf + "/last.npz") {
		if err != nil || a.Name != "y" || a.Tensor.Shape()[0] != 5 || a.Tensor.Shape()[1] != 3 {
			t.Errorf("%v, %v", a, err)
		}
	}
	for command, want := range map[string]string{
		"echo no number; true":         `want a number as its last line, have "no number"`,
		"echo nan; true":               `want a number as its last line, have "nan"`,
		"echo wrong >&2; exit 3; true": "exit status 3: wrong",
	} {
		o.Command = command
		of := choose(t, o, m)
		tally, err := of.Start(samples(t, 5, nil))
		if err != nil {
			t.Fatal(err)
		}
		if err := tally.Add(task.Batch{Count: 5, Outputs: [2]map[string]*graph.Tensor{{"y": long}, {"y": short}}}); err != nil {
			t.Fatal(err)
		}
		if _, err := tally.Figures(t.Context()); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: want %q, have %v", command, want, err)
		}
		if err := tally.(interface{ Close() error }).Close(); err != nil {
			t.Error(err)
		}
	}
	// compare above closes nothing; what the command saw once is not run again.
	if left, _ := os.ReadDir(temp); len(left) != 2 {
		t.Errorf("%d folders are left", len(left))
	}
}
