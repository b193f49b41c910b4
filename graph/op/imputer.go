package op

import (
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "Imputer", Domain: learning, Doc: "a number for each feature in place of a value that stands for none; https://onnx.ai/onnx/operators/onnx_aionnxml_Imputer.html",
		Since: 1, Until: latestLearning, MinIn: 1, MaxIn: 1, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Accept:    acceptImputer, Infer: inferImputer, Couple: coupleSame,
		Resize: func(n *graph.Node, kept Kept) error { return resizeFeatures(n, kept, "imputed_value_floats") },
		Eval:   evalImputer,
	})
}

func acceptImputer(n *graph.Node) error {
	if n.Attr("imputed_value_int64s") != nil || n.Attr("imputed_value_floats") == nil {
		return fmt.Errorf("imputed_value_floats: want it, integers are not supported")
	}
	return nil
}

func inferImputer(n *graph.Node) ([]graph.Type, error) {
	if _, err := featureFloats(n, "imputed_value_floats", lastExtent(inShape(n, 0))); err != nil {
		return nil, err
	}
	return inferSame(n)
}

func evalImputer(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x, ok := graph.Floats(in[0])
	if !ok || !in[0].DType().IsFloat() || in[0].Rank() == 0 {
		return nil, fmt.Errorf("want real numbers with an axis of features, have %v%v", in[0].DType(), in[0].Shape())
	}
	features := in[0].Shape()[in[0].Rank()-1]
	by, err := featureFloats(n, "imputed_value_floats", graph.Size(features))
	if err != nil {
		return nil, err
	}
	none := float64(n.Float("replaced_value_float", 0))
	for i, v := range x {
		if v == none || math.IsNaN(v) && math.IsNaN(none) {
			x[i] = float64(by[i%features%len(by)])
		}
	}
	t, err := fromFloats(in[0].DType(), x, in[0].Shape())
	return []*graph.Tensor{t}, err
}
