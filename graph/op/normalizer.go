package op

import (
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "Normalizer", Domain: learning, Doc: "division by the norm of each sample's features; https://onnx.ai/onnx/operators/onnx_aionnxml_Normalizer.html",
		Since: 1, Until: latestLearning, MinIn: 1, MaxIn: 1, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-6, 1e-5},
		Accept:    acceptNormalizer,
		Infer: func(n *graph.Node) ([]graph.Type, error) {
			return []graph.Type{graph.TensorType(graph.Float32, inShape(n, 0))}, nil
		},
		Couple: coupleNormalizer, Eval: evalNormalizer,
	})
}

func acceptNormalizer(n *graph.Node) error {
	if norm := n.Str("norm", "MAX"); norm != "MAX" && norm != "L1" && norm != "L2" {
		return fmt.Errorf("norm: want MAX, L1 or L2, have %q", norm)
	}
	return nil
}

// coupleNormalizer: zeroes add nothing to the sums, but may be the largest of negative numbers.
func coupleNormalizer(n *graph.Node) (Coupling, error) {
	c, err := coupleSame(n)
	if n.Str("norm", "MAX") == "MAX" {
		last := len(inShape(n, 0)) - 1
		c.Stat = append(c.Stat, Stat{In(0, last), "the largest of its features divides each sample"})
	}
	return c, err
}

func evalNormalizer(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x, ok := graph.Floats(in[0])
	if !ok || in[0].Rank() == 0 {
		return nil, fmt.Errorf("want numbers with an axis of features, have %v%v", in[0].DType(), in[0].Shape())
	}
	features := in[0].Shape()[in[0].Rank()-1]
	for at := 0; at+features <= len(x) && features > 0; at += features {
		row := x[at : at+features]
		norm := math.Inf(-1)
		if n.Str("norm", "MAX") != "MAX" {
			norm = 0
		}
		for _, v := range row {
			switch n.Str("norm", "MAX") {
			case "MAX":
				norm = max(norm, v)
			case "L1":
				norm += math.Abs(v)
			default:
				norm += v * v
			}
		}
		if n.Str("norm", "MAX") == "L2" {
			norm = math.Sqrt(norm)
		}
		for i := range row {
			if norm != 0 {
				row[i] /= norm
			}
		}
	}
	t, err := fromFloats(graph.Float32, x, in[0].Shape())
	return []*graph.Tensor{t}, err
}
