package task_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/task"
	"github.com/pollard-dev/pollard/graph"
)

// stored is an array in testdata/reference.json.
type stored struct {
	Shape []int
	Data  []float64
}

func (s stored) floats() *graph.Tensor {
	x := make([]float32, len(s.Data))
	for i, v := range s.Data {
		x[i] = float32(v)
	}
	return graph.TensorOf(x, s.Shape...)
}

func (s stored) ints() *graph.Tensor {
	x := make([]int64, len(s.Data))
	for i, v := range s.Data {
		x[i] = int64(v)
	}
	return graph.TensorOf(x, s.Shape...)
}

// model returns a model with one output y of the given shape.
func model(t *testing.T, input, output string) *graph.Model {
	t.Helper()
	m, err := graph.Parse(fmt.Sprintf(`<ir_version: 8, opset_import: ["" : 13]> g (%s x) => (%s y) { y = Relu(x) }`, input, output))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// compare compares two outputs in batches of the given size.
func compare(t *testing.T, of task.Task, d *dataset.Data, original, pruned *graph.Tensor, batch int) *task.Figures {
	t.Helper()
	tally, err := of.Start(d)
	if err != nil {
		t.Fatal(err)
	}
	n := original.Shape()[0]
	for from := 0; from < n; from += batch {
		b := task.Batch{First: from, Count: min(batch, n-from)}
		for m, whole := range []*graph.Tensor{original, pruned} {
			part, err := dataset.Subset(map[string]*graph.Tensor{"y": whole}, from, from+b.Count)
			if err != nil {
				t.Fatal(err)
			}
			b.Outputs[m] = part
		}
		if err := tally.Add(b); err != nil {
			t.Fatal(err)
		}
	}
	f, err := tally.Figures(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// samples returns data of n samples that nobody looks at.
func samples(t *testing.T, n int, labels []int) *dataset.Data {
	t.Helper()
	d, err := dataset.InMemory(map[string]*graph.Tensor{"x": graph.TensorOf(make([]float32, n), n, 1)}, labels)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Figures are those of scipy, scikit-learn and NumPy, whatever the batches: testdata/reference.py.
func TestFiguresAreThoseOfOthers(t *testing.T) {
	text, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases map[string]struct {
		Original, Pruned, Labels stored
		Want                     map[string]float64
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	models := map[string][2]string{
		task.Classification: {"float[N,12]", "float[N,12]"}, task.Multilabel: {"float[N,6]", "float[N,6]"}, task.Regression: {"float[N,3]", "float[N,3]"},
		task.Embedding: {"float[N,8]", "float[N,8]"}, task.Generation: {"float[N,7,9]", "float[N,7,9]"}, task.Segmentation: {"float[N,3,4,3]", "float[N,5,4,3]"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			m := model(t, models[name][0], models[name][1])
			if name == task.Multilabel {
				m.Graph.Nodes[0].Op = "Sigmoid"
			}
			of, err := task.Choose(task.Options{Name: name}, m)
			if err != nil {
				t.Fatal(err)
			}
			var d *dataset.Data
			n := c.Original.Shape[0]
			if name == task.Classification {
				labels := make([]int, n)
				for i, l := range c.Labels.Data {
					labels[i] = int(l)
				}
				d = samples(t, n, labels)
			} else {
				d = samples(t, n, nil)
				path, labels := filepath.Join(t.TempDir(), "labels.npy"), c.Labels.ints()
				if name == task.Regression || name == task.Embedding {
					labels = graph.TensorOf(c.Labels.Data, c.Labels.Shape...)
				}
				if name == task.Regression {
					labels = c.Labels.floats()
				}
				if err := dataset.SaveNPY(path, labels); err != nil {
					t.Fatal(err)
				}
				if err := of.Truth(d, "", path); err != nil {
					t.Fatal(err)
				}
				defer d.Close()
			}
			if !task.Labelled(of, d) {
				t.Error("labels are not known")
			}
			for _, batch := range []int{n, 7} {
				f := compare(t, of, d, c.Original.floats(), c.Pruned.floats(), batch)
				have := map[string]float64{}
				for _, a := range f.Agreement {
					have[a.Name] = a.Value
					if a.Interval == nil || a.Interval.Low > a.Interval.High {
						t.Errorf("%s: interval %v", a.Name, a.Interval)
					}
				}
				for _, k := range f.Metrics {
					have[k.Name+"/original"], have[k.Name+"/pruned"] = k.Original, k.Pruned
					if want := k.Scale() * (k.Original - k.Pruned); math.Abs(k.Drop-want) > 1e-9 || k.DropInterval == nil || k.DropInterval.Low > k.Drop || k.DropInterval.High < k.Drop {
						t.Errorf("%s: drop %v, want %v, interval %+v", k.Name, k.Drop, want, k.DropInterval)
					}
				}
				for figure, want := range c.Want {
					if x, known := have[figure]; !known || math.Abs(x-want) > 1e-6 {
						t.Errorf("batches of %d: %s: want %v, have %v", batch, figure, want, x)
					}
					delete(have, figure)
				}
				if len(have) > 0 {
					t.Errorf("not compared: %v", have)
				}
			}
		})
	}
}

// The same outputs agree in everything, whatever they are.
func TestAModelAgreesWithItself(t *testing.T) {
	x := graph.TensorOf([]float32{1, 2, 3, 4, 0, -1, 2, 2, 7, 1, 0, 3}, 4, 3)
	for _, name := range []string{task.Classification, task.Multilabel, task.Regression, task.Embedding, task.None} {
		of, err := task.Choose(task.Options{Name: name}, model(t, "float[N,3]", "float[N,3]"))
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range compare(t, of, samples(t, 4, nil), x, x, 3).Agreement {
			if a.Value < 1-1e-9 && !strings.Contains(a.Name, "difference") || a.Value > 1+1e-9 {
				t.Errorf("%s: %s: %v", name, a.Name, a.Value)
			}
		}
	}
}
