package repair_test

import (
	"testing"

	"github.com/pollard-dev/pollard/convert/internal/repair"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/graph"
)

// A repair takes samples spread over the data, in batches that the model accepts.
func TestFeedsFitTheBatch(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 13]>
net (float[N,10] x) => (float[N,10] y) { y = Relu(x) }`)
	if err != nil {
		t.Fatal(err)
	}
	samples := func(n int) map[string]*graph.Tensor {
		x := make([]float32, n*10)
		for i := range x {
			x[i] = float32(i / 10)
		}
		return map[string]*graph.Tensor{"x": graph.TensorOf(x, n, 10)}
	}
	feeds, count, err := repair.Feeds(m, samples(3000), nil)
	if err != nil || count != 1024 || len(feeds) != 16 {
		t.Errorf("have %d batches of %d samples (%v)", len(feeds), count, err)
	}
	if first := graph.Data[float32](feeds[15]["x"])[0]; first < 2500 {
		t.Errorf("the last batch starts at sample %g of 3000", first)
	}
	m.Graph.Inputs[0].Type.Shape[0] = graph.Size(7)
	feeds, count, err = repair.Feeds(m, samples(40), nil)
	if err != nil || count != 35 || len(feeds) != 5 || feeds[4]["x"].Shape()[0] != 7 {
		t.Errorf("a model for 7 samples: have %d batches of %d samples (%v)", len(feeds), count, err)
	}
	if _, _, err := repair.Feeds(m, samples(3), nil); err == nil {
		t.Error("3 samples fill a batch of 7")
	}
	m.Graph.Inputs[0].Type.Shape[0] = graph.Size(64) // as many as are run at a time where the batch is free
	feeds, count, err = repair.Feeds(m, samples(100), nil)
	if err != nil || count != 64 || len(feeds) != 1 {
		t.Errorf("a model for 64 samples: have %d batches of %d samples (%v)", len(feeds), count, err)
	}
}

// Memory, not the number of threads, bounds the repairs that run at once, but one always can.
func TestMaxParallel(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 13]>
net (float[N,1048576] x) => (float[N,1048576] y) { y = Relu(x) }`)
	if err != nil {
		t.Fatal(err)
	}
	s := stage.Settings{Threads: 6}
	for _, c := range []struct{ samples, want int }{{1, 6}, {32, 4}, {1000, 1}} { // a sample takes 8 MiB in each of two networks
		if have := repair.MaxParallel(m, c.samples, s); have != c.want {
			t.Errorf("%d samples: want %d at a time, have %d", c.samples, c.want, have)
		}
	}
	if have := repair.MaxSamples(m, nil, 1000); have != 128 {
		t.Errorf("want 128 samples in 2 GiB, have %d", have)
	}
}
