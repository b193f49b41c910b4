package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "If", Doc: "one of two subgraphs; https://onnx.ai/onnx/operators/onnx__If.html",
		Since: 1, Until: Latest, MinIn: 1, MaxIn: 1, MinOut: 1, MaxOut: variadic,
		Tolerance: Exact, // of If itself; the branches have their own
		Infer:     inferIf, Cost: costIf, Control: controlIf,
	})
}

// branches returns the subgraphs for true and for false.
func branches(n *graph.Node) (then, other *graph.Graph, err error) {
	if then, err = subgraph(n, "then_branch", 0, len(n.Outputs())); err != nil {
		return nil, nil, err
	}
	other, err = subgraph(n, "else_branch", 0, len(n.Outputs()))
	return then, other, err
}

// inferIf joins the types of both branches. A branch that cannot run is never taken by a run that completes, so the
// types are those of the other one. Exporters write such branches, for example to squeeze an axis only if its extent is
// 1.
func inferIf(n *graph.Node) ([]graph.Type, error) {
	then, other, err := branches(n)
	if err != nil {
		return nil, err
	}
	a, errA := inferSubgraph(then)
	b, errB := inferSubgraph(other)
	if cond, known := oneElem(n, 0); known && cond.Known() {
		if cond.Is(0) {
			return b, errB
		}
		return a, errA
	}
	switch {
	case errA != nil && errB != nil:
		return nil, fmt.Errorf("neither branch can run: %w", errA)
	case errA != nil:
		return b, nil
	case errB != nil:
		return a, nil
	}
	types := make([]graph.Type, len(n.Outputs()))
	for i := range types {
		types[i] = graph.Join(a[i], b[i])
	}
	return types, nil
}

func controlIf(n *graph.Node, in []*graph.Tensor, run Subgraph) ([]*graph.Tensor, error) {
	branch, other, err := branches(n)
	if err != nil {
		return nil, err
	}
	cond, err := oneNumber("cond", in[0])
	if err != nil {
		return nil, err
	}
	if cond == 0 {
		branch = other
	}
	return run(branch, nil)
}
