package task_test

import (
	"math"
	"testing"

	"github.com/pollard-dev/pollard/convert/task"
	"github.com/pollard-dev/pollard/graph"
)

// Without labels, what follows is what the model is fed next; what the mask leaves out counts neither
// for the perplexity nor for the agreement.
func TestTokensThatAreFed(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 13]> g (int64[N,4] ids, int64[N,4] mask, float[N,4,3] x) => (float[N,4,3] y) { y = Relu(x) }`)
	if err != nil {
		t.Fatal(err)
	}
	of := choose(t, task.Options{Name: task.Generation}, m)
	d := samples(t, 2, nil)
	if !task.Labelled(of, d) {
		t.Error("what follows is in the inputs")
	}
	tally, err := of.Start(d)
	if err != nil {
		t.Fatal(err)
	}
	// Scores of log 2 for token 1, else 0: its probability is a half, that of others a quarter.
	y, z := make([]float32, 24), make([]float32, 24)
	for at := range 8 {
		y[3*at+1] = float32(math.Log(2))
		z[3*at+1] = y[3*at+1]
	}
	z[0] = 5    // another token at a place that counts
	z[4*3] = 5  // and once more
	z[7*3] = 99 // and where nothing counts
	feeds := map[string]*graph.Tensor{"ids": graph.TensorOf([]int64{2, 1, 0, 1, 1, 2, 1, 1}, 2, 4), "mask": graph.TensorOf([]int64{1, 1, 1, 1, 1, 1, 0, 0}, 2, 4)}
	b := task.Batch{Count: 2, Feeds: feeds, Outputs: [2]map[string]*graph.Tensor{{"y": graph.TensorOf(y, 2, 4, 3)}, {"y": graph.TensorOf(z, 2, 4, 3)}}}
	if err := tally.Add(b); err != nil {
		t.Fatal(err)
	}
	f, err := tally.Figures(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// What follows: 1, 0, 1 of the first, 2 of the second, probabilities 1/2, 1/4, 1/2, 1/4.
	k := f.Metrics[0]
	if want := math.Pow(2, (1.0+2+1+2)/4); math.Abs(k.Original-want) > 1e-6 || k.HigherIsBetter || k.Drop != k.Pruned-k.Original || k.Drop <= 0 {
		t.Errorf("want a perplexity of %v, have %+v", want, k)
	}
	if have := f.Agreement[0].Value; math.Abs(have-4.0/6) > 1e-9 {
		t.Errorf("want 4 of 6 places the same, have %v", have)
	}
}

// Less is better of what has the name of an error or of perplexity alone.
func TestWhatIsBetter(t *testing.T) {
	of := choose(t, task.Options{Name: task.Regression}, model(t, "float[N,3]", "float[N,3]"))
	d := regressionLabels(t, of)
	x := graph.TensorOf([]float32{1, 2, 3, 4, 5, 6}, 2, 3)
	f := compare(t, of, d, x, graph.TensorOf([]float32{2, 2, 3, 4, 5, 6}, 2, 3), 2)
	if m := f.Metrics; !m[0].HigherIsBetter || m[1].HigherIsBetter || m[0].Drop <= 0 || m[1].Drop <= 0 || m[0].Score() != m[0].Pruned || m[1].Score() != -m[1].Pruned {
		t.Errorf("%+v", m)
	}
}
