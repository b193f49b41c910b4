package op

import (
	"fmt"
	"regexp"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "RegexFullMatch", Doc: "whether strings match a pattern from end to end; https://onnx.ai/onnx/operators/onnx__RegexFullMatch.html",
		Since: 20, Until: Latest, MinIn: 1, MaxIn: 1, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Infer: func(n *graph.Node) ([]graph.Type, error) {
			_, err := fullPattern(n)
			return []graph.Type{graph.TensorType(graph.Bool, inShape(n, 0))}, err
		},
		Eval: func(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
			p, err := fullPattern(n)
			if err != nil {
				return nil, err
			}
			if in[0].DType() != graph.String {
				return nil, fmt.Errorf("want strings, have %v", in[0].DType())
			}
			y := make([]bool, in[0].Len())
			for i, s := range graph.Data[string](in[0]) {
				y[i] = p.MatchString(s)
			}
			return []*graph.Tensor{graph.TensorOf(y, in[0].Shape()...)}, nil
		},
	})
}

// fullPattern returns the node's pattern, anchored at both ends. The page asks for the syntax of
// RE2, which is Go's.
func fullPattern(n *graph.Node) (*regexp.Regexp, error) {
	if n.Attr("pattern") == nil {
		return nil, fmt.Errorf("pattern: missing")
	}
	pattern := n.Str("pattern", "")
	if _, err := regexp.Compile(pattern); err != nil {
		return nil, fmt.Errorf("pattern: %w", err)
	}
	p, err := regexp.Compile(`\A(?:` + pattern + `)\z`)
	if err != nil {
		return nil, fmt.Errorf("pattern: %w", err)
	}
	return p, nil
}
