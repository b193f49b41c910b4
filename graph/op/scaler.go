package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

// learning is the domain of ONNX's operators of classical learning.
const learning = "ai.onnx.ml"

func init() {
	register(Def{
		Name: "Scaler", Domain: learning, Doc: "(x - offset) * scale, of each feature; https://onnx.ai/onnx/operators/onnx_aionnxml_Scaler.html",
		Since: 1, Until: latestLearning, MinIn: 1, MaxIn: 1, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-6, 1e-6},
		Infer:     inferScaler, Couple: coupleSame, Resize: resizeScaler, Eval: evalScaler,
	})
}

// latestLearning is the newest opset of ai.onnx.ml that its definitions have been checked against.
const latestLearning = 5

// featureFloats returns the attribute's number of each feature, the last axis of input 0: one for all, or one each.
func featureFloats(n *graph.Node, name string, features graph.Dim) ([]float32, error) {
	a := n.Attr(name)
	if a == nil {
		return nil, nil
	}
	if len(a.Floats) != 1 && features.Known() && !features.Is(len(a.Floats)) {
		return nil, fmt.Errorf("%s: want 1 number or %v, have %d", name, features, len(a.Floats))
	}
	return a.Floats, nil
}

// lastExtent returns the extent of the last axis of s.
func lastExtent(s graph.Shape) graph.Dim {
	if len(s) == 0 {
		return graph.Unknown
	}
	return s[len(s)-1]
}

func inferScaler(n *graph.Node) ([]graph.Type, error) {
	shape := inShape(n, 0)
	for _, name := range []string{"offset", "scale"} {
		if _, err := featureFloats(n, name, lastExtent(shape)); err != nil {
			return nil, err
		}
	}
	return []graph.Type{graph.TensorType(graph.Float32, shape)}, nil
}

func resizeScaler(n *graph.Node, kept Kept) error {
	return resizeFeatures(n, kept, "offset", "scale")
}

// resizeFeatures keeps of each attribute that has a number for each feature those of the kept ones.
func resizeFeatures(n *graph.Node, kept Kept, names ...string) error {
	left := kept(In(0, len(inShape(n, 0))-1))
	if left == nil {
		return nil
	}
	for _, name := range names {
		a := n.Attr(name)
		if a == nil || len(a.Floats) < 2 {
			continue
		}
		floats := make([]float32, len(left))
		for i, k := range left {
			floats[i] = a.Floats[k]
		}
		a.Floats = floats
	}
	return nil
}

func evalScaler(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x, ok := graph.Floats(in[0])
	if !ok || in[0].Rank() == 0 {
		return nil, fmt.Errorf("want numbers with an axis of features, have %v%v", in[0].DType(), in[0].Shape())
	}
	features := in[0].Shape()[in[0].Rank()-1]
	offset, err := featureFloats(n, "offset", graph.Size(features))
	if err != nil {
		return nil, err
	}
	scale, err := featureFloats(n, "scale", graph.Size(features))
	if err != nil {
		return nil, err
	}
	for i := range x {
		if len(offset) > 0 {
			x[i] -= float64(offset[i%features%len(offset)])
		}
		if len(scale) > 0 {
			x[i] *= float64(scale[i%features%len(scale)])
		}
	}
	t, err := fromFloats(graph.Float32, x, in[0].Shape())
	return []*graph.Tensor{t}, err
}
