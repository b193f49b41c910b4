package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "LinearRegressor", Domain: learning, Doc: "a product with coefficients that attributes hold; https://onnx.ai/onnx/operators/onnx_aionnxml_LinearRegressor.html",
		Since: 1, Until: latestLearning, MinIn: 1, MaxIn: 1, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-5, 1e-5},
		Accept:    acceptLinearRegressor, Infer: inferLinearRegressor, Couple: coupleLinearRegressor, Resize: resizeLinearRegressor,
		Cost: costLinearRegressor, Eval: evalLinearRegressor,
	})
}

// regressed returns the coefficients, a row of features for each target, and the number of targets.
func regressed(n *graph.Node) (coefficients []float32, targets int) {
	if a := n.Attr("coefficients"); a != nil {
		coefficients = a.Floats
	}
	return coefficients, n.Int("targets", 1)
}

func acceptLinearRegressor(n *graph.Node) error {
	if after := n.Str("post_transform", "NONE"); after != "NONE" {
		return fmt.Errorf("post_transform: want NONE, have %q", after)
	}
	w, targets := regressed(n)
	if targets < 1 || len(w) == 0 || len(w)%targets != 0 {
		return fmt.Errorf("coefficients: want a multiple of %d, one for each target, have %d", targets, len(w))
	}
	if a := n.Attr("intercepts"); a != nil && len(a.Floats) != 0 && len(a.Floats) != targets {
		return fmt.Errorf("intercepts: want %d, one for each target, have %d", targets, len(a.Floats))
	}
	return nil
}

func inferLinearRegressor(n *graph.Node) ([]graph.Type, error) {
	if err := acceptLinearRegressor(n); err != nil {
		return nil, err
	}
	w, targets := regressed(n)
	x := inShape(n, 0)
	if x == nil {
		return []graph.Type{graph.TensorType(graph.Float32, nil)}, nil
	}
	if len(x) != 2 || x[1].Known() && !x[1].Is(len(w)/targets) {
		return nil, fmt.Errorf("x: want [samples,%d], have %v", len(w)/targets, x)
	}
	return []graph.Type{graph.TensorType(graph.Float32, graph.Shape{x[0], graph.Size(targets)})}, nil
}

func coupleLinearRegressor(n *graph.Node) (c Coupling, err error) {
	c.link(In(0, 0), Out(0, 0))
	c.free(In(0, 1), inShape(n, 0)[1])
	c.pinAxis(Out(0, 1), "attributes count its targets")
	return c, nil
}

func resizeLinearRegressor(n *graph.Node, kept Kept) error {
	left := kept(In(0, 1))
	if left == nil {
		return nil
	}
	w, targets := regressed(n)
	features := len(w) / targets
	var floats []float32
	for t := range targets {
		for _, k := range left {
			floats = append(floats, w[t*features+k])
		}
	}
	n.Attr("coefficients").Floats = floats
	return nil
}

func costLinearRegressor(n *graph.Node) Cost {
	_, targets := regressed(n)
	return Cost{inShape(n, 0).Elems().Mul(graph.Size(targets))}
}

func evalLinearRegressor(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	if err := acceptLinearRegressor(n); err != nil {
		return nil, err
	}
	x, ok := graph.Floats(in[0])
	w, targets := regressed(n)
	features := len(w) / targets
	if !ok || in[0].Rank() != 2 || in[0].Shape()[1] != features {
		return nil, fmt.Errorf("x: want numbers of shape [samples,%d], have %v%v", features, in[0].DType(), in[0].Shape())
	}
	samples := in[0].Shape()[0]
	y := make([]float64, samples*targets)
	for i := range y {
		if a := n.Attr("intercepts"); a != nil && len(a.Floats) > 0 {
			y[i] = float64(a.Floats[i%targets])
		}
		for f := range features {
			y[i] += x[i/targets*features+f] * float64(w[i%targets*features+f])
		}
	}
	t, err := fromFloats(graph.Float32, y, []int{samples, targets})
	return []*graph.Tensor{t}, err
}
