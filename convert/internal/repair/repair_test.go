package repair_test

import (
	"testing"

	"github.com/pollard-dev/pollard/convert/internal/repair"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
)

// Few batches are held while values are large, and more as they shrink, until the last node has run.
func TestHoldGrowsAsValuesShrink(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 13]>
net (float[N,4194304] x) => (float[N,8192] y) { a = Relu(x)  b = MaxPool<kernel_shape = [512], strides = [512]>(a)  y = Neg(b) }`)
	if err != nil {
		t.Fatal(err)
	}
	m.Graph.Inputs[0].Type.Shape = graph.Shape{m.Graph.Inputs[0].Type.Shape[0], graph.Size(1), graph.Size(4194304)}
	m.Graph.Outputs[0].Type.Shape = nil
	var feeds passes.Held
	for range 100 {
		feeds = append(feeds, map[string]*graph.Tensor{"x": graph.NewTensor(graph.Float32, 2, 1)})
	}
	hold := repair.Hold(m, feeds, stage.Settings{Memory: 15 << 28})
	// Of one sample, the input takes 16 MiB, and so does a; b and y take 32 KiB each.
	for nodes, want := range []int{12, 12, 23, 100} {
		if have := hold(nodes); have != want {
			t.Errorf("behind %d nodes: want %d batches of 2 samples in 0.4 of 3.75 GiB, have %d", nodes, want, have)
		}
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
	for _, c := range []struct{ samples, want int }{{1, 6}, {32, 1}, {1000, 1}} { // a sample takes 8 MiB in each of two networks
		if have := repair.MaxParallel(m, c.samples, s); have != c.want {
			t.Errorf("%d samples: want %d at a time, have %d", c.samples, c.want, have)
		}
	}
}
