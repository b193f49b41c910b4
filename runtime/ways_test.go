package runtime_test

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

// thin keeps at most the given fraction of the weights of m. Either single weights are set to zero,
// or those of four outputs at a time along the first axis.
func thin(m *graph.Model, seed uint64, most float64) {
	rng := rand.New(rand.NewPCG(seed, 3))
	for _, v := range m.Graph.Initializers {
		if v.Const.DType() != graph.Float32 || v.Const.Rank() < 2 {
			continue
		}
		w := append([]float32{}, graph.Data[float32](v.Const)...)
		inner := len(w) / v.Const.Shape()[0]
		density, block := rng.Float64()*most, 1+3*rng.IntN(2)
		gone := map[int]bool{}
		for i := range w {
			at := i/(block*inner)*inner + i%inner
			if _, drawn := gone[at]; !drawn {
				gone[at] = rng.Float64() > density
			}
			if gone[at] {
				w[i] = 0
			}
		}
		m.Graph.SetConst(v, graph.TensorOf(w, v.Const.Shape()...))
	}
}

// Trained networks with most of their weights zero compute what the reference evaluation does,
// whichever way their nodes are computed, on one thread and several.
func TestSparseWaysAgreeWithTheReference(t *testing.T) {
	for i, name := range []string{"resnet20", "vgg", "densenet", "mobilenetv2", "vit"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := network(t, filepath.Join(networks, name+".onnx"))
			thin(m, uint64(i), .6)
			feeds, _ := images(t, 2)
			want, _ := computed(t, m, runtime.Options{Reference: true}, feeds)
			for _, o := range []runtime.Options{{Threads: 1, Sparse: runtime.SparseAlways}, {Threads: 3, Sparse: runtime.SparseAlways}, {Threads: 1, Sparse: runtime.SparseFastest}} {
				have, choices := computed(t, m, o, feeds)
				for k, w := range want {
					if d := apart(w, have[k]); !(d < 1e-5) {
						t.Errorf("%+v: output %q differs by %.2g of the largest", o, k, d)
					}
				}
				if len(choices) == 0 {
					t.Errorf("%+v: no node was computed in one of several ways", o)
				}
				for _, c := range choices {
					if o.Sparse == runtime.SparseAlways && c.Way == "dense" {
						t.Errorf("%+v: node %s is dense", o, c.Node.Label())
					}
					if o.Sparse == runtime.SparseFastest && (len(c.Ways) < 2 || c.Ways[0].Time == 0) {
						t.Errorf("%+v: node %s was not measured: %+v", o, c.Node.Label(), c.Ways)
					}
				}
			}
		})
	}
}

// Unless it is asked for, nothing depends on measurements.
func TestSparseIsNotTheDefault(t *testing.T) {
	m := network(t, filepath.Join(networks, "resnet20.onnx"))
	thin(m, 1, .6)
	feeds, _ := images(t, 1)
	if _, choices := computed(t, m, runtime.Options{Threads: 1}, feeds); len(choices) > 0 {
		t.Errorf("have %d choices", len(choices))
	}
}

// The memory of a session falls with the number of weights that are not zero.
func TestSparseWeightsTakeLessMemory(t *testing.T) {
	m := network(t, filepath.Join(networks, "vgg.onnx"))
	feeds, _ := images(t, 1)
	thin(m, 7, .3)
	memory := map[runtime.Sparse]int64{}
	for _, mode := range []runtime.Sparse{runtime.SparseNever, runtime.SparseAlways} {
		s, err := runtime.Compile(m, runtime.Options{Threads: 1, Sparse: mode})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Run(context.Background(), feeds); err != nil {
			t.Fatal(err)
		}
		memory[mode] = s.Memory().Weights
	}
	if never, always := memory[runtime.SparseNever], memory[runtime.SparseAlways]; always*2 > never {
		t.Errorf("weights of which at most three in ten are not zero take %d bytes, dense %d", always, never)
	}
}

func computed(t *testing.T, m *graph.Model, o runtime.Options, feeds map[string]*graph.Tensor) (map[string]*graph.Tensor, []runtime.Choice) {
	t.Helper()
	s, err := runtime.Compile(m, o)
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.Run(context.Background(), feeds)
	if err != nil {
		t.Fatal(err)
	}
	return out, s.Choices()
}

// apart returns the largest difference between two tensors as a fraction of the largest number.
func apart(want, have *graph.Tensor) float64 {
	var most, largest float64
	h := graph.Data[float32](have)
	for i, w := range graph.Data[float32](want) {
		most = max(most, float64(w-h[i]), float64(h[i]-w))
		largest = max(largest, float64(w), -float64(w))
	}
	return most / largest
}
