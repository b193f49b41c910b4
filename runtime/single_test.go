package runtime_test

import (
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

// loopText slices, gathers and multiplies by values that change from one iteration to the next.
const loopText = `<ir_version: 8, opset_import: ["" : 17]>
g (float[8,3] x, int64 n, float[3,3] m) => (float[?,?] y)
<bool yes = {1}, float[3] zero = {0, 1, 2}, int64[1] one = {1}, int64[1] nought = {0}>
{
  s, y = Loop<body: graph = t (int64 i, bool c, float[3] a) => (bool d, float[3] e, float[3] f) {
     d = Identity(c)
     r = Gather<axis: int = 0>(x, i)
     j = Reshape(i, one)
     k = Add(j, one)
     v = Slice(x, j, k, nought)
     w = Squeeze(v, nought)
     o = Unsqueeze(r, nought)
     p = Gemm(o, m)
     h = Squeeze(p, nought)
     q = Add(a, h)
     e = Add(q, w)
     f = Relu(e)
  }>(n, yes, zero)
}`

// Nodes computed by themselves are bound again when their integers or matrices change.
func TestSingleNodesSeeWhatChanges(t *testing.T) {
	m, err := graph.Parse(loopText)
	if err != nil {
		t.Fatal(err)
	}
	x, w := make([]float32, 24), make([]float32, 9)
	for i := range x {
		x[i] = float32(i%7) - 2
	}
	var outputs []map[string]*graph.Tensor
	sessions := make([]*runtime.Session, 4)
	for i, o := range []runtime.Options{{Reference: true}, {Threads: 1}, {Threads: 3}, {Once: true}} {
		if sessions[i], err = runtime.Compile(m, o); err != nil {
			t.Fatal(err)
		}
	}
	for _, n := range []int64{8, 3, 8} {
		for i := range w {
			w[i] += float32(i%3) / 4
		}
		feeds := map[string]*graph.Tensor{"x": graph.TensorOf(x, 8, 3), "n": graph.TensorOf([]int64{n}).Reshaped(), "m": graph.TensorOf(w, 3, 3)}
		outputs = nil
		for _, s := range sessions {
			out, err := s.Run(t.Context(), feeds)
			if err != nil {
				t.Fatal(err)
			}
			outputs = append(outputs, out)
		}
		for i, out := range outputs[1:] {
			if !agreeing(out["y"], outputs[0]["y"]) {
				t.Errorf("%d iterations, session %d: have %v, want %v", n, i+1, out["y"], outputs[0]["y"])
			}
		}
	}
}

func BenchmarkLoopBody(b *testing.B) {
	m, err := graph.Parse(loopText)
	if err != nil {
		b.Fatal(err)
	}
	s, err := runtime.Compile(m, runtime.Options{Threads: 1})
	if err != nil {
		b.Fatal(err)
	}
	feeds := map[string]*graph.Tensor{"x": graph.NewTensor(graph.Float32, 8, 3), "n": graph.TensorOf([]int64{8}).Reshaped(), "m": graph.NewTensor(graph.Float32, 3, 3)}
	for b.Loop() {
		if _, err := s.Run(b.Context(), feeds); err != nil {
			b.Fatal(err)
		}
	}
}
