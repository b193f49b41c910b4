package op

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "StringSplit", Doc: "the parts of strings between delimiters; https://onnx.ai/onnx/operators/onnx__StringSplit.html",
		Since: 20, Until: Latest, MinIn: 1, MaxIn: 1, MinOut: 1, MaxOut: 2,
		Tolerance: Exact,
		Infer:     inferStringSplit, Eval: evalStringSplit,
	})
}

// splitText splits s at most that many times, or at every delimiter if the number is negative.
func splitText(s, delimiter string, most int) []string {
	if delimiter != "" {
		if most >= 0 {
			most++
		}
		return strings.SplitN(s, delimiter, most)
	}
	var parts []string
	for s = strings.TrimLeftFunc(s, unicode.IsSpace); s != ""; s = strings.TrimLeftFunc(s, unicode.IsSpace) {
		end := strings.IndexFunc(s, unicode.IsSpace)
		if end < 0 || len(parts) == most {
			return append(parts, s)
		}
		parts, s = append(parts, s[:end]), s[end:]
	}
	return parts
}

// splitTexts returns the parts of every string, and the largest number of parts.
func splitTexts(n *graph.Node, x *graph.Tensor) (parts [][]string, width int, err error) {
	if x.DType() != graph.String {
		return nil, 0, fmt.Errorf("want strings, have %v", x.DType())
	}
	most := -1
	if n.Attr("maxsplit") != nil {
		if most = n.Int("maxsplit", 0); most < 0 {
			return nil, 0, fmt.Errorf("maxsplit: want a number from 0, have %d", most)
		}
	}
	for _, s := range graph.Data[string](x) {
		p := splitText(s, n.Str("delimiter", ""), most)
		parts, width = append(parts, p), max(width, len(p))
	}
	return parts, width, nil
}

// inferStringSplit leaves the number of parts unknown, because it depends on the contents.
func inferStringSplit(n *graph.Node) ([]graph.Type, error) {
	x := inShape(n, 0)
	types := []graph.Type{graph.TensorType(graph.String, nil), graph.TensorType(graph.Int64, x)}
	if x == nil {
		return types, nil
	}
	width := graph.Unknown
	if v := n.In(0); v.IsConstant() {
		_, most, err := splitTexts(n, v.Const)
		if err != nil {
			return nil, err
		}
		width = graph.Size(most)
	}
	types[0].Shape = append(x.Clone(), width)
	return types, nil
}

func evalStringSplit(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x := in[0]
	parts, width, err := splitTexts(n, x)
	if err != nil {
		return nil, err
	}
	dims := append(slices.Clone(x.Shape()), width)
	if err := mustFit(dims); err != nil {
		return nil, err
	}
	y, counts := make([]string, volume(dims)), make([]int64, len(parts))
	for i, p := range parts {
		copy(y[i*width:], p)
		counts[i] = int64(len(p))
	}
	return []*graph.Tensor{graph.TensorOf(y, dims...), graph.TensorOf(counts, x.Shape()...)}, nil
}
