package surgery_test

import (
	"testing"

	"github.com/pollard-dev/pollard/fixtures"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/surgery"
)

// Behind an operator that nobody knows no rank may be known. That costs compression: for no operator
// is it an error, neither of inference nor of a cut elsewhere in the model.
func TestOperatorsOnTensorsOfUnknownRank(t *testing.T) {
	all, err := fixtures.Operators()
	if err != nil {
		t.Fatal(err)
	}
	cuts := 0
	for _, o := range all {
		m := o.Model
		g := m.Graph
		for _, v := range g.Values() {
			if v.Const == nil {
				v.Type.Shape, v.Type.Elems = nil, nil
			}
		}
		// Units that can be removed, beside the operator.
		x, err := g.NewValue("beside")
		if err != nil {
			t.Fatal(o.Name, err)
		}
		x.Type = graph.TensorType(graph.Float32, graph.ShapeOf(2, 3))
		g.AddInput(x)
		v := x
		for _, shape := range [][]int{{3, 4}, {4, 3}} {
			w := make([]float32, 12)
			for i := range w {
				w[i] = float32(i) - 5
			}
			out := g.Fresh("product")
			if _, err := g.NewNode("MatMul", "", 13, []*graph.Value{v, g.AddConst("weights", graph.TensorOf(w, shape...))}, []*graph.Value{out}); err != nil {
				t.Fatal(o.Name, err)
			}
			v = out
		}
		g.Outputs = append(g.Outputs, v)
		if err := op.InferGraph(g); err != nil {
			t.Errorf("%s: %v", o.Name, err)
			continue
		}
		a, err := group.FindContext(t.Context(), m)
		if err != nil {
			t.Errorf("%s: %v", o.Name, err)
			continue
		}
		plan := &group.Plan{Kept: map[*group.Group][]int{}}
		for _, g := range a.Groups {
			for u := range (g.Units + 1) / 2 {
				plan.Kept[g] = append(plan.Kept[g], u)
			}
		}
		if _, err := surgery.Cut(m, a, plan); err != nil {
			t.Errorf("%s: %v", o.Name, err)
		}
		if len(plan.Kept) > 0 {
			cuts++
		}
	}
	if cuts < len(all) {
		t.Errorf("units beside the operator were cut in %d of %d models", cuts, len(all))
	}
}
