package samples

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

// recurrent returns a model whose state is twice the input and half the state before.
func recurrent(t *testing.T, decay float32) *graph.Model {
	t.Helper()
	m, err := graph.Parse(fmt.Sprintf(`<ir_version: 8, opset_import: ["" : 17]> g (float[1,3] x, float[2,1,3] h) => (float[2,1,3] hn, float[1,3] y)
<float two = {2}, float decay = {%v}, int64[1] front = {0}>
{ d = Mul(x, two) u = Unsqueeze(d, front) k = Mul(h, decay) hn = Add(u, k) y = ReduceSum<keepdims = 0>(hn, front) }`, decay))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// calls opens sequences of made-up calls for a model.
func calls(t *testing.T, m *graph.Model, sequences, each int) (*dataset.Data, []float32) {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	x := make([]float32, sequences*each*3)
	for i := range x {
		x[i] = rng.Float32()
	}
	path := filepath.Join(t.TempDir(), "x.npy")
	var b bytes.Buffer
	if err := dataset.WriteNPY(&b, graph.TensorOf(x, sequences, each, 3)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	d, err := dataset.OpenData(path, "", dataset.Options{States: dataset.StateOptions{Outputs: m.Graph.Outputs}}, m.Graph.Inputs)
	if err != nil {
		t.Fatal(err)
	}
	if err := Carry(t.Context(), m, d, 1); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d, x
}

// slow returns the states before every call, computed from the beginning.
func slow(x []float32, sequences, each int, decay float32) (states [][]float32) {
	for s := range sequences {
		h := make([]float32, 6)
		for k := range each {
			states = append(states, slices.Clone(h))
			for i := range h {
				h[i] = 2*x[(s*each+k)*3+i%3] + decay*h[i]
			}
		}
	}
	return states
}

// Whatever is read in whatever order, the states are those that the model leaves when it runs from the beginning, whether all
// of them are kept or few.
func TestCarriedStates(t *testing.T) {
	defer func(n int64) { mostStates = n }(mostStates)
	for _, mostStates = range []int64{1 << 20, 100, 1} {
		m := recurrent(t, 0.5)
		d, x := calls(t, m, 3, 17)
		want := slow(x, 3, 17, 0.5)
		check := func(s dataset.Source, i, call int) {
			t.Helper()
			feeds, err := s.Read([]int{i})
			if err != nil {
				t.Fatal(err)
			}
			if h := feeds["h"]; !slices.Equal(h.Shape(), []int{2, 1, 3}) || !slices.Equal(graph.Data[float32](h), want[call]) || graph.Data[float32](feeds["x"])[0] != x[3*call] {
				t.Fatalf("most %d, call %d: want state %v, have %v%v", mostStates, call, want[call], h.Shape(), graph.Data[float32](h))
			}
		}
		for _, i := range []int{0, 50, 16, 17, 3, 4, 5, 49, 18, 2, 33, 34} {
			check(d.Samples, i, i)
		}
		for i := range d.Samples.Count() {
			check(d.Samples, i, i)
		}
		check(d.Part([]int{20, 9, 8}).Samples, 1, 9)
		if c := d.Samples.(*Carried); mostStates == 1<<20 && c.every != 1 || mostStates == 100 && (c.every == 1 || c.bytes > 100) {
			t.Errorf("most %d: %d bytes are kept, of every %d", mostStates, c.bytes, c.every)
		}
	}
}

// Each session goes on from its own states, and from the states of the carrying model where calls are left out.
func TestSessionsCarryTheirOwnStates(t *testing.T) {
	m, other := recurrent(t, 0.5), recurrent(t, 0.25)
	d, x := calls(t, m, 2, 9)
	var sessions []*runtime.Session
	for _, m := range []*graph.Model{m, other} {
		s, err := runtime.Compile(m, runtime.Options{Threads: 1})
		if err != nil {
			t.Fatal(err)
		}
		sessions = append(sessions, s)
	}
	half, quarter := slow(x, 2, 9, 0.5), slow(x, 2, 9, 0.25)
	next := func(h []float32, call int, decay float32) float32 { return 2 * (2*x[3*call] + decay*h[0]) }
	seen := 0
	run := func(c *Carried, take func(i int, y [2]float32)) {
		err := c.Stream(t.Context(), sessions, func(int, int) {}, func(from, count int, feeds runtime.Outputs, out []runtime.Outputs) error {
			if count != 1 || feeds["x"] == nil || out[0]["hn"] != nil {
				t.Errorf("%d calls, feeds %v, outputs %v", count, feeds, out)
			}
			seen++
			take(from, [2]float32{graph.Data[float32](out[0]["y"])[0], graph.Data[float32](out[1]["y"])[0]})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	near := func(a, b float32) bool { return a-b < 1e-5 && b-a < 1e-5 }
	all := d.Samples.(*Carried)
	run(all, func(i int, y [2]float32) {
		if !near(y[0], next(half[i], i, 0.5)) || !near(y[1], next(quarter[i], i, 0.25)) {
			t.Errorf("call %d: have %v", i, y)
		}
	})
	some := []int{4, 5, 12}
	run(all.Part(some).(*Carried), func(i int, y [2]float32) {
		call := some[i]
		if i != 1 && (!near(y[0], next(half[call], call, 0.5)) || !near(y[1], next(half[call], call, 0.25))) {
			t.Errorf("call %d, after others were left out: have %v", call, y)
		}
	})
	if seen != 21 {
		t.Errorf("%d calls", seen)
	}
	if s := all.Sequences(); len(s) != 2 || !slices.Equal(s[1], []int{9, 10, 11, 12, 13, 14, 15, 16, 17}) {
		t.Errorf("sequences %v", s)
	}
	feeds, err := First(all, m)
	if err != nil || slices.Max(graph.Data[float32](feeds["h"])) == 0 {
		t.Errorf("the first samples for a proof have no state: %v, %v", feeds, err)
	}
}

// A state that does not keep its extents is refused.
func TestStatesThatGrow(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 17]> g (float[1,3] x, float[1,K,3] h) => (float[1,3] y, float[1,L,3] hn)
<int64[1] one = {1}> { y = Neg(x) u = Unsqueeze(x, one) hn = Concat<axis = 1>(u, h) }`)
	if err != nil {
		t.Fatal(err)
	}
	d, _ := calls(t, m, 1, 3)
	_, err = d.Samples.Read([]int{2})
	if want := `call 0: output "hn": want the extents of the state "h" that it is carried to, [1 1 3], have [1 2 3]`; err == nil || err.Error() != want {
		t.Errorf("want %q, have %v", want, err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	m = recurrent(t, 1)
	d, _ = calls(t, m, 1, 3)
	d.Samples.(*Carried).ctx = ctx
	if _, err := d.Samples.Read([]int{2}); err == nil {
		t.Error("ran although it was stopped")
	}
}
