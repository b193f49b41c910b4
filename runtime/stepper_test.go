package runtime_test

import (
	"iter"
	"math"
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/fixtures"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/runtime"
)

// each yields the batches.
func each(batches []map[*graph.Value]*graph.Tensor) iter.Seq2[map[*graph.Value]*graph.Tensor, error] {
	return func(yield func(map[*graph.Value]*graph.Tensor, error) bool) {
		for _, b := range batches {
			if !yield(b, nil) {
				return
			}
		}
	}
}

// A Stepper computes with the weights that a node has when it is stepped over.
func TestStepperSeesChangedWeights(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 13]>
net (float[2,2] x) => (float[2,2] y) <float[2,2] w = {1, 2, 3, 4}> { y = MatMul(x, w) }`)
	if err != nil {
		t.Fatal(err)
	}
	g := m.Graph
	s := runtime.NewStepper(1)
	x := graph.TensorOf([]float32{1, 0, 0, 1}, 2, 2)
	for _, want := range [][]float32{{1, 2, 3, 4}, {5, 6, 7, 8}} {
		g.Nodes[0].SetConstInput(1, graph.TensorOf(slices.Clone(want), 2, 2))
		batches := []map[*graph.Value]*graph.Tensor{{g.Inputs[0]: x}, {g.Inputs[0]: x}}
		if err := s.Step(t.Context(), m, g.Nodes, g.Outputs, each(batches)); err != nil {
			t.Fatal(err)
		}
		for _, b := range batches {
			if have := graph.Data[float32](b[g.Outputs[0]]); !slices.Equal(have, want) {
				t.Errorf("have %v, want %v", have, want)
			}
		}
	}
}

// A Stepper that advances a few nodes at a time computes what the reference evaluation does, for
// every operator's fixture and some networks, wherever a walk stops.
func TestStepperAgreesWithTheReference(t *testing.T) {
	all, err := fixtures.Operators()
	if err != nil {
		t.Fatal(err)
	}
	models := map[string]*graph.Model{}
	for _, o := range all {
		models[o.Name] = o.Model
	}
	for _, name := range []string{"mobilenetv2", "vit", "resnet20"} {
		if models[name], err = onnx.Decode(name, fixtures.Model(name)); err != nil {
			t.Fatal(err)
		}
	}
	for name, m := range models {
		if op.InferGraph(m.Graph) != nil {
			continue
		}
		reference, err := runtime.Compile(m, runtime.Options{Reference: true})
		if err != nil {
			continue
		}
		feeds := fixtures.Feeds(m, 1)
		want, err := reference.Run(t.Context(), feeds)
		if err != nil {
			continue
		}
		for _, step := range []int{1, 3, len(m.Graph.Nodes)} {
			if len(m.Graph.Nodes) > 20 && step < 3 {
				continue
			}
			have := stepped(t, name, m, feeds, step)
			for _, v := range m.Graph.Outputs {
				if h := have[v]; h == nil || !agreeing(h, want[v.Name]) {
					t.Errorf("%s, %d nodes at a time: output %s is %v, want %v", name, step, v.Name, h, want[v.Name])
				}
			}
		}
	}
}

// stepped walks through m the given number of nodes at a time.
func stepped(t *testing.T, name string, m *graph.Model, feeds map[string]*graph.Tensor, step int) map[*graph.Value]*graph.Tensor {
	t.Helper()
	batch := map[*graph.Value]*graph.Tensor{}
	for _, v := range m.Graph.Inputs {
		if batch[v] = feeds[v.Name]; batch[v] == nil {
			batch[v] = v.Const
		}
	}
	s := runtime.NewStepper(2)
	for nodes := range slices.Chunk(m.Graph.Nodes, max(1, step)) {
		var wanted []*graph.Value
		for _, n := range nodes {
			for _, v := range n.Outputs() {
				if v != nil && (v.IsOutput() || slices.ContainsFunc(v.Uses(), func(u graph.Use) bool { return !slices.Contains(nodes, u.Node) })) {
					wanted = append(wanted, v)
				}
			}
		}
		if err := s.Step(t.Context(), m, nodes, wanted, each([]map[*graph.Value]*graph.Tensor{batch})); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	return batch
}

// agreeing reports whether two tensors hold nearly the same numbers.
func agreeing(a, b *graph.Tensor) bool {
	x, float := graph.Floats(a)
	y, _ := graph.Floats(b)
	if !float || a.DType() != b.DType() || len(x) != len(y) {
		return a.DType() == graph.Sequence || slices.Equal(a.Raw(), b.Raw())
	}
	for i := range x {
		if d := math.Abs(x[i] - y[i]); x[i] != y[i] && !(d <= 2e-4+2e-4*math.Abs(y[i])) && !(math.IsNaN(x[i]) && math.IsNaN(y[i])) {
			return false
		}
	}
	return true
}
