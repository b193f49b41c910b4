package runtime_test

import (
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/fixtures"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/runtime"
)

// A node that was prepared is prepared again once its weights change.
func TestStepperSeesChangedWeights(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 13]>
net (float[2,2] x) => (float[2,2] y) <float[2,2] w = {1, 2, 3, 4}> { y = MatMul(x, w) }`)
	if err != nil {
		t.Fatal(err)
	}
	n := m.Graph.Nodes[0]
	s := runtime.NewStepper(1)
	x := graph.TensorOf([]float32{1, 0, 0, 1}, 2, 2)
	for _, want := range [][]float32{{1, 2, 3, 4}, {5, 6, 7, 8}} {
		n.SetConstInput(1, graph.TensorOf(slices.Clone(want), 2, 2))
		for range 2 {
			out, err := s.Step(t.Context(), n, []*graph.Tensor{x, n.In(1).Const})
			if err != nil {
				t.Fatal(err)
			}
			if have := graph.Data[float32](out[0]); !slices.Equal(have, want) {
				t.Errorf("have %v, want %v", have, want)
			}
		}
	}
}

// Node by node a stepper computes what a session does node by node, for every operator's fixture.
func TestStepperAgreesWithSession(t *testing.T) {
	all, err := fixtures.Operators()
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range all {
		m := o.Model
		if err := op.InferGraph(m.Graph); err != nil {
			continue
		}
		session, err := runtime.Compile(m, runtime.Options{Threads: 1})
		if err != nil {
			continue
		}
		feeds := fixtures.Feeds(m, 3)
		want, err := session.RunAll(t.Context(), feeds, func(*graph.Node, []*graph.Tensor, []*graph.Tensor) error { return nil })
		if err != nil {
			continue
		}
		have, s := map[string]*graph.Tensor{}, runtime.NewStepper(1)
		for name, f := range feeds {
			have[name] = f
		}
		for _, n := range m.Graph.Nodes {
			in := make([]*graph.Tensor, len(n.Reads()))
			for i, v := range n.Reads() {
				if v == nil {
					continue
				}
				if in[i] = have[v.Name]; in[i] == nil {
					in[i] = v.Const
				}
			}
			out, err := s.Step(t.Context(), n, in)
			if err != nil {
				t.Fatalf("%s: %v", o.Name, err)
			}
			for i, v := range n.Outputs() {
				if v != nil {
					have[v.Name] = out[i]
				}
			}
		}
		for name, w := range want {
			if h := have[name]; h == nil || !slices.Equal(h.Raw(), w.Raw()) {
				t.Errorf("%s: output %s differs", o.Name, name)
			}
		}
	}
}
