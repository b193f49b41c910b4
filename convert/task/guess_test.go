package task_test

import (
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert/task"
	"github.com/pollard-dev/pollard/graph"
)

// What outputs look like, and what an error says that nobody could guess.
func TestTasksAreGuessed(t *testing.T) {
	for _, c := range []struct{ model, want, how string }{
		{`(float[N,8] x, float[8,10] w) => (float[N,10] y) { y = MatMul(x, w) }`, task.Classification, ""},
		{`(float[N,8] x) => (float[N,8] y) { y = Sigmoid(x) }`, task.Multilabel, ""},
		{`(float[N,1] x) => (float[N,1] y) { y = Sigmoid(x) }`, task.Classification, "one probability"},
		{`(float[N,1] x, bool c) => (float[N,1] y) { s = Sigmoid(x) b = If<then_branch = t () => (u) { u = Identity(s) }, else_branch = e () => (v) { v = Identity(s) }>(c) y = ReduceMean<keepdims = 1, axes = [1]>(b) }`, task.Classification, "one probability"},
		{`(float[N,1] x, bool c) => (float[N,1] y) { s = Sigmoid(x) y = If<then_branch = t () => (u) { u = Identity(s) }, else_branch = e () => (v) { v = Identity(x) }>(c) }`, task.Regression, ""},
		{`(float[N,1] x) => (float[N,1] y) { y = Neg(x) }`, task.Regression, ""},
		{`(float[N,8] x, float[N,1] n) => (float[N,8] y) { y = Div(x, n) }`, task.Embedding, "Div"},
		{`(float[N,10,1,1] x) => (float[N,10,1,1] y) { y = Relu(x) }`, task.Classification, ""},
		{`(float[N,3,16,16] x) => (float[N,3,16,16] y) { y = Relu(x) }`, task.Regression, "a picture"},
		{`(float[N,4,16,16] x) => (float[N,4,16,16] y) { y = Relu(x) }`, task.Segmentation, ""},
		{`(float[N,4,16,16] x) => (float[N,4,16] y) { y = ReduceMax<axes = [3], keepdims = 0>(x) }`, task.None, ""},
		{`(int64[N,4] ids, float[N,4,8] x, float[8,8] w) => (float[N,4,8] y) { y = MatMul(x, w) }`, task.Generation, ""},
		{`(float[1,3,64,64] x, float[1,84,85] r) => (float[1,84,85] y) { y = Relu(r) }`, task.Detection, "head cells"},
		{`(float[1,3,64,64] x, float[1,252,85] r) => (float[1,252,85] y) { y = Relu(r) }`, task.Detection, "head anchors"},
		{`(float[1,3,64,64] x, float[1,84,84] r) => (float[1,12,84] y) { y = Relu(r) }`, task.Detection, "head centres"},
		{`(float[1,3,64,64] x, float[1,300,6] r) => (float[1,300,6] y) { y = Relu(r) }`, task.Detection, "head rows"},
		{`(float[1,3,64,64] x, float[1,50,4] r, float[1,50,7] s) => (float[1,50,7] p, float[1,50,4] q) { p = Relu(s) q = Sigmoid(r) }`, task.Detection, "head queries"},
		{`(float[1,3,64,64] x, float[1,50,4] r, float[1,50,7] s) => (float[1,50,7] p, float[1,50,4] q) { p = Softmax(s) q = Relu(r) }`, task.Detection, "head corners"},
		{`(float[1,3,64,64] x, float[K,4] r, float[K] s, int64[K] l) => (float[K,4] a, int64[K] b, float[K] c) { a = Relu(r) b = Abs(l) c = Relu(s) }`, task.Detection, "head lists"},
		{`(float[1,3,64,64] x, float[1,64,32] r, float[1,64,5] s) => (float[1,64,5] p, float[1,64,32] q) { p = Relu(s) q = Relu(r) }`, task.Detection, "head distances"},
	} {
		m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 13]> g ` + c.model)
		if err != nil {
			t.Fatalf("%s: %v", c.model, err)
		}
		of, err := task.Choose(task.Options{}, m)
		if err != nil {
			t.Errorf("%s: %v", c.model, err)
			continue
		}
		if r := of.Report(); r.Name != c.want || !r.Guessed || !strings.Contains(r.How, c.how) {
			t.Errorf("%s: want %s with %q, have %+v", c.model, c.want, c.how, r)
		}
	}
}

func TestTasksThatCannotBe(t *testing.T) {
	m := model(t, "float[N,3]", "float[N,3]")
	for want, o := range map[string]task.Options{
		"task: want one of classification, multilabel, detection, segmentation, embedding, regression, generation, none, have \"segments\"": {Name: "segments"},
		"detection: the shapes of the outputs do not tell how to read them":                                                                 {Name: task.Detection},
		"no such file": {Head: "testdata/none.json"},
		"detection: want --task detection, have embedding": {Name: task.Embedding, Head: "testdata/none.json"},
	} {
		if _, err := task.Choose(o, m); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("want %q, have %v", want, err)
		}
	}
}

// Labels that are numbers of classes make a classifier of what else looks like an embedding, but not of
// what cannot be one.
func TestLabelsDecideAGuess(t *testing.T) {
	for shape, want := range map[string]string{"float[N,8]": task.Classification, "float[N,8,8]": task.None} {
		m := model(t, shape, shape)
		m.Graph.Nodes[0].Op = "Tanh"
		if r := choose(t, task.Options{Classes: true}, m).Report(); r.Name != want {
			t.Errorf("%s: want %s, have %+v", shape, want, r)
		}
	}
	m := model(t, "float[N,8]", "float[N,8]")
	m.Graph.Nodes[0].Op = "Tanh"
	if r := choose(t, task.Options{}, m).Report(); r.Name != task.Embedding {
		t.Errorf("without labels: %+v", r)
	}
	if r := choose(t, task.Options{Name: task.Embedding, Classes: true}, m).Report(); r.Name != task.Embedding || r.Guessed {
		t.Errorf("as it was said: %+v", r)
	}
}
