package op

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "StringNormalizer", Doc: "words without stop words, in one case; https://onnx.ai/onnx/operators/onnx__StringNormalizer.html",
		Since: 10, Until: Latest, MinIn: 1, MaxIn: 1, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Infer:     inferStringNormalizer, Eval: evalStringNormalizer,
	})
}

// texts returns the strings of the attribute of that name.
func texts(n *graph.Node, name string) []string {
	if a := n.Attr(name); a != nil && a.Kind == graph.AttrStrings {
		return a.Strings
	}
	return nil
}

// normalised returns the words of x that remain, normalised.
func normalised(n *graph.Node, x *graph.Tensor) ([]string, error) {
	if x.DType() != graph.String || x.Rank() != 1 && (x.Rank() != 2 || x.Shape()[0] != 1) {
		return nil, fmt.Errorf("want strings of shape [C] or [1,C], have %v%v", x.DType(), x.Shape())
	}
	change := func(s string) string { return s }
	switch action := n.Str("case_change_action", "NONE"); action {
	case "NONE":
	case "LOWER":
		change = strings.ToLower
	case "UPPER":
		change = strings.ToUpper
	default:
		return nil, fmt.Errorf("case_change_action: want NONE, LOWER or UPPER, have %q", action)
	}
	same := func(a, b string) bool { return a == b }
	if n.Int("is_case_sensitive", 0) == 0 {
		same = strings.EqualFold
	}
	var words []string
	for _, w := range graph.Data[string](x) {
		if !slices.ContainsFunc(texts(n, "stopwords"), func(s string) bool { return same(s, w) }) {
			words = append(words, change(w))
		}
	}
	if len(words) == 0 {
		words = []string{""} // the page asks for one empty string if nothing remains
	}
	return words, nil
}

func inferStringNormalizer(n *graph.Node) ([]graph.Type, error) {
	x := inType(n, 0)
	if x.Shape != nil && len(x.Shape) != 1 && len(x.Shape) != 2 {
		return nil, fmt.Errorf("want strings of shape [C] or [1,C], have %v", x)
	}
	count := graph.Unknown
	if v := n.In(0); v != nil && v.IsConstant() {
		words, err := normalised(n, v.Const)
		if err != nil {
			return nil, err
		}
		count = graph.Size(len(words))
	}
	y := graph.Shape{count}
	switch {
	case x.Shape == nil:
		y = nil
	case len(x.Shape) == 2:
		y = graph.Shape{graph.Size(1), count}
	}
	return []graph.Type{graph.TensorType(graph.String, y)}, nil
}

func evalStringNormalizer(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	words, err := normalised(n, in[0])
	if err != nil {
		return nil, err
	}
	dims := []int{1, len(words)}[2-in[0].Rank():]
	return []*graph.Tensor{graph.TensorOf(words, dims...)}, nil
}
