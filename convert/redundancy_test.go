package convert_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/graph"
)

// Predicted and drawn shares agree for groups that die with all of their units. Random removal
// never adds answers, and a choice by data beats a random one.
func TestRedundancyOfANetwork(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes where there are no fast kernels")
	}
	r, err := convert.Redundancy(t.Context(), models+"vit.onnx", images(t, "calib-images-idx3-ubyte.gz", 96), convert.Config{Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	k := r.Redundancy
	// No constant weights read the dimensions of queries and keys.
	if len(k.Groups)+len(k.Unseen) != len(r.Groups) || len(k.Unseen) != 4 || k.Samples != 96 || k.Answer != "the original's class" {
		t.Errorf("%d of %d groups, unseen %v, %d samples, %s", len(k.Groups), len(r.Groups), k.Unseen, k.Samples, k.Answer)
	}
	for _, g := range k.Groups {
		units := g.Silent
		for _, m := range g.Sizes {
			units += m
		}
		if units != g.Units || g.Rank != len(g.Sizes) || !slices.IsSortedFunc(g.Sizes, func(a, b int) int { return b - a }) {
			t.Errorf("%+v", g)
		}
	}
	for _, d := range k.Deaths {
		if d.Groups > 10 && (d.Gone < 0.8*d.Predicted-0.01 || d.Gone > 1.2*d.Predicted+0.01) || d.Size == 1 && d.Lost > d.Gone+1e-9 {
			t.Errorf("%+v", d)
		}
	}
	first, last := k.Survival[0], k.Survival[len(k.Survival)-1]
	if first.Answered < last.Answered || first.Fitted < last.Fitted || k.Fitted.M < 1 || k.Fitted.R <= 0 || k.Fitted.Residual > 0.3 {
		t.Errorf("survival %+v, fitted %+v", k.Survival, k.Fitted)
	}
	errors := map[string]float64{}
	for _, c := range k.Choices {
		if c.MACs == 0.5 {
			errors[c.Criterion] = c.RepairedError
		}
	}
	if len(k.Choices) != 9 || !(errors["obs"] > 0 && errors["obs"] < errors["random"]) {
		t.Errorf("choices %+v", k.Choices)
	}
}

// Outputs other than class scores are compared by variance, and groups that no linear node reads
// are named.
func TestRedundancyWithoutClasses(t *testing.T) {
	path := save(t, `<ir_version: 8, opset_import: ["" : 13]>
g (float[N,2] x) => (float[N,1] y)
<float[2,4] w = {3, 3, 1, -1, 4, 4, 0, 2}, float[4,1] v = {1, 0.5, -1, 2}>
{ h = MatMul(x, w)  r = Relu(h)  y = MatMul(r, v) }`)
	load := func(*graph.Model) (*convert.Data, error) {
		values := make([]float32, 64)
		for i := range values {
			values[i] = float32(i*37%23-11) / 7
		}
		return convert.InMemory(map[string]*graph.Tensor{"x": graph.TensorOf(values, 32, 2)}, nil)
	}
	r, err := convert.Redundancy(t.Context(), path, load, convert.Config{})
	if err != nil {
		t.Fatal(err)
	}
	k := r.Redundancy
	if !strings.Contains(k.Answer, "variance") || len(k.Groups) != 1 || k.Groups[0].Copies < 1 || k.Groups[0].Sizes[0] < 2 {
		t.Errorf("%+v", k)
	}
}

// save writes a model in text form to a file.
func save(t *testing.T, text string) string {
	t.Helper()
	m, err := graph.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "model.onnx")
	if err := onnx.Write(t.Context(), path, m, onnx.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	return path
}
