package task_test

import (
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert/task"
	"github.com/pollard-dev/pollard/graph"
)

func choose(t *testing.T, o task.Options, m *graph.Model) task.Task {
	t.Helper()
	of, err := task.Choose(o, m)
	if err != nil {
		t.Fatal(err)
	}
	return of
}

// Ties, and what rounding decides, are no change of class; what is more than that is one.
func TestTiesAreNoChangeOfClass(t *testing.T) {
	of := choose(t, task.Options{Name: task.Classification}, model(t, "float[N,3]", "float[N,3]"))
	original := graph.TensorOf([]float32{1, 1, 0, 1, .99999, 0, 1, .99, 0, 5, 1, 0, 5, 1, 0, -3, -9, -8}, 6, 3)
	pruned := graph.TensorOf([]float32{.99999, 1, 0, .99999, 1, 0, .99, 1, 0, 1, 5, 0, 2, 2.0001, 0, -3, -9, -8}, 6, 3)
	f := compare(t, of, samples(t, 6, nil), original, pruned, 4)
	if want := 4.0 / 6; f.Agreement[0].Value != want { // the third and the fourth change
		t.Errorf("want %v, have %v", want, f.Agreement[0].Value)
	}
}

// Scores have any number of last axes of extent 1, and one score tells between two classes: a
// probability at a half, another at zero.
func TestFormsOfScores(t *testing.T) {
	for _, c := range []struct {
		shape   []int
		output  string
		op      string
		data    []float32
		correct float64
	}{
		{[]int{2, 3, 1, 1}, "float[N,3,1,1]", "Relu", []float32{0, 1, 0, 0, 0, 1}, 0.5},
		{[]int{2, 1}, "float[N,1]", "Sigmoid", []float32{0.4, 0.6}, 1},
		{[]int{2, 1}, "float[N,1]", "Relu", []float32{0.4, 0.6}, 0.5},
		{[]int{2}, "float[N]", "Relu", []float32{-1, 2}, 1},
	} {
		m := model(t, "float[N,3]", c.output)
		m.Graph.Nodes[0].Op = c.op
		y := graph.TensorOf(c.data, c.shape...)
		f := compare(t, choose(t, task.Options{Name: task.Classification}, m), samples(t, 2, []int{0, 1}[:2]), y, y, 2)
		if c.shape[len(c.shape)-1] == 1 && len(c.shape) == 4 {
			if f.Metrics[0].Original != 0 {
				t.Errorf("%v: have %v right", c.shape, f.Metrics[0].Original)
			}
			continue
		}
		if f.Metrics[0].Original != c.correct || f.Metrics[0].Name != task.Accuracy {
			t.Errorf("%v %s: want %v right, have %+v", c.shape, c.op, c.correct, f.Metrics[0])
		}
	}
}

// Each output of scores is a head of its own; others are left alone.
func TestSeveralHeads(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 13]> g (float[N,2] x) => (float[N,2] y, float[N,2] z, float[N,2,2] w) { y = Relu(x) z = Abs(x) w = Neg(x) }`)
	if err != nil {
		t.Fatal(err)
	}
	tally, err := choose(t, task.Options{Name: task.Classification}, m).Start(samples(t, 2, nil))
	if err != nil {
		t.Fatal(err)
	}
	y, z, w := graph.TensorOf([]float32{1, 0, 0, 1}, 2, 2), graph.TensorOf([]float32{0, 1, 0, 1}, 2, 2), graph.TensorOf(make([]float32, 8), 2, 2, 2)
	b := task.Batch{Count: 2, Outputs: [2]map[string]*graph.Tensor{{"y": y, "z": y, "w": w}, {"y": y, "z": z, "w": w}}}
	if err := tally.Add(b); err != nil {
		t.Fatal(err)
	}
	f, err := tally.Figures(t.Context())
	if err != nil || len(f.Agreement) != 2 || f.Agreement[0].Value != 1 || f.Agreement[1].Value != 0.5 || !strings.Contains(f.Agreement[1].Name, `"z"`) {
		t.Errorf("%v, %+v", err, f.Agreement)
	}
}

// The classes that lost most come first, and those that lost nothing not at all.
func TestClassesThatLostMost(t *testing.T) {
	of := choose(t, task.Options{Name: task.Classification}, model(t, "float[N,3]", "float[N,3]"))
	score := func(classes ...int) *graph.Tensor {
		x := make([]float32, 3*len(classes))
		for i, c := range classes {
			x[3*i+c] = 1
		}
		return graph.TensorOf(x, len(classes), 3)
	}
	f := compare(t, of, samples(t, 6, []int{0, 0, 1, 2, 2, 2}), score(0, 0, 1, 2, 2, 2), score(0, 1, 1, 0, 0, 2), 3)
	if c := f.Classes; len(c) != 2 || c[0].Class != 2 || c[0].Samples != 3 || c[0].Original != 3 || c[0].Pruned != 1 || c[1].Class != 0 {
		t.Errorf("%+v", c)
	}
	if len(f.Metrics) != 1 {
		t.Errorf("top-5 of three classes: %+v", f.Metrics)
	}
}
