package runtime_test

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

func TestTimeAlternates(t *testing.T) {
	var order []string
	candidate := func(name string) runtime.Candidate {
		s := compile(t, `<ir_version: 8, opset_import: ["" : 17]> g (float[N] x) => (float[N] y) { a = Relu(x)  b = Relu(a)  y = Add(a, b) }`,
			runtime.Options{Trace: func(e runtime.Event) {
				if e.Node.Op == "Add" {
					order = append(order, name)
				}
			}})
		return runtime.Candidate{Session: s, Feeds: map[string]*graph.Tensor{"x": vector([]float32{1})}}
	}
	out, err := runtime.Time(context.Background(), []runtime.Candidate{candidate("a"), candidate("b")}, 10, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for i := range order {
		if want := string("ab"[i%2]); order[i] != want {
			t.Fatalf("run %d is one of %s, want %s", i, order[i], want)
		}
	}
	for _, l := range out {
		if l.Runs != 10 || l.Min > l.Median || l.Median > l.P90 || l.P90 > l.P95 || l.Spread < 0 || l.Min <= 0 {
			t.Errorf("%+v", l)
		}
		nodes := map[string]int{}
		for _, o := range l.Operators {
			nodes[o.Operator] = o.Nodes
		}
		if nodes["Relu"] != 2 || nodes["Add"] != 1 {
			t.Errorf("operators: %+v", l.Operators)
		}
	}
}

// A candidate without a session takes its turn as sessions do, and has no operators.
func TestTimeOfSomethingElse(t *testing.T) {
	var took time.Duration
	foreign := func(context.Context) (time.Duration, error) {
		took += time.Millisecond
		return took, nil
	}
	out, err := runtime.Time(context.Background(), []runtime.Candidate{{Foreign: foreign}}, 20, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	// The first three runs warm up, so 4 to 23 ms count.
	ms := time.Millisecond
	want := runtime.Latency{Min: 4 * ms, Median: 14 * ms, P90: 22 * ms, P95: 23 * ms, Spread: 10 * ms, Runs: 20}
	if got := out[0]; !reflect.DeepEqual(got, want) {
		t.Errorf("want %+v, have %+v", want, got)
	}
}

const convolution = `<ir_version: 8, opset_import: ["" : 17]>
g (float[N,3,8,8] x) => (float[N,4,6,6] y) <float[4,3,3,3] w = {%s}>
{ a = Conv(x, w)  y = Relu(a) }`

// Multiply-accumulates are those of the extents that are run, whatever the model leaves open.
func TestTimeCountsWork(t *testing.T) {
	s := compile(t, fmt.Sprintf(convolution, strings.TrimSuffix(strings.Repeat("1,", 4*3*3*3), ",")), runtime.Options{Threads: 1})
	feeds := map[string]*graph.Tensor{"x": graph.NewTensor(graph.Float32, 2, 3, 8, 8)}
	out, err := runtime.Time(context.Background(), []runtime.Candidate{{Session: s, Feeds: feeds}}, 1, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range out[0].Operators {
		want := int64(0)
		if o.Operator == "Conv" {
			want = 2 * 4 * 6 * 6 * 3 * 3 * 3
		}
		if o.MACs != want {
			t.Errorf("%s: want %d MACs, have %d", o.Operator, want, o.MACs)
		}
	}
	m := s.Memory()
	if least := int64(4 * 2 * 4 * 6 * 6); m.Activations < least || m.Weights < 4*4*3*3*3 || m.Scratch < 0 {
		t.Errorf("want at least %d bytes of activations, have %+v", least, m)
	}
	if s.Peak() <= 0 {
		t.Errorf("peak %g", s.Peak())
	}
}

// Before extents are known there is no plan.
func TestMemoryBeforeARun(t *testing.T) {
	if m := compile(t, chain, runtime.Options{}).Memory(); m.Activations != 0 || m.Scratch != 0 {
		t.Errorf("%+v", m)
	}
}
