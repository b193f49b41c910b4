package runtime_test

import (
	"context"
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
		if l.Runs != 10 || l.Min > l.Median || l.Median > l.P90 || l.Min <= 0 {
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
