package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "Compress", Doc: "the positions of an axis for which a condition holds; https://onnx.ai/onnx/operators/onnx__Compress.html",
		Since: 9, Until: Latest, MinIn: 2, MaxIn: 2, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Infer:     inferCompress, Couple: coupleCompress, Eval: evalCompress,
	})
}

// held lists the positions for which the condition holds.
func held(condition *graph.Tensor) ([]int, error) {
	if condition.DType() != graph.Bool || condition.Rank() != 1 {
		return nil, fmt.Errorf("condition: want a vector of bool, have %v%v", condition.DType(), condition.Shape())
	}
	var at []int
	for i, b := range graph.Data[bool](condition) {
		if b {
			at = append(at, i)
		}
	}
	return at, nil
}

func inferCompress(n *graph.Node) ([]graph.Type, error) {
	x := inType(n, 0)
	count := graph.Unknown
	if v := n.In(1); v.IsConstant() {
		at, err := held(v.Const)
		if err != nil {
			return nil, err
		}
		count = graph.Size(len(at))
	}
	if n.Attr("axis") == nil {
		return []graph.Type{graph.TensorType(x.DType, graph.Shape{count})}, nil
	}
	if x.Shape == nil {
		return []graph.Type{{DType: x.DType}}, nil
	}
	axis, err := normalAxis(n.Int("axis", 0), len(x.Shape))
	if err != nil {
		return nil, err
	}
	out := x.Shape.Clone()
	out[axis] = count
	return []graph.Type{graph.TensorType(x.DType, out)}, nil
}

func coupleCompress(n *graph.Node) (c Coupling, err error) {
	const reason = "a condition names its positions"
	if n.Attr("axis") == nil {
		pinInput(&c, n, 0, reason)
		return c, nil
	}
	axis, err := normalAxis(n.Int("axis", 0), len(inShape(n, 0)))
	for d := range inShape(n, 0) {
		if d == axis {
			c.pinAxis(In(0, d), reason)
			continue
		}
		c.link(In(0, d), Out(0, d))
	}
	return c, err
}

func evalCompress(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x := in[0]
	at, err := held(in[1])
	if err != nil {
		return nil, err
	}
	if n.Attr("axis") == nil {
		x = x.Reshaped(x.Len())
	}
	axis, err := normalAxis(n.Int("axis", 0), x.Rank())
	if err != nil {
		return nil, err
	}
	dims := slices.Clone(x.Shape())
	size, inner := dims[axis], volume(dims[axis+1:])
	if len(at) > 0 && at[len(at)-1] >= size {
		return nil, fmt.Errorf("condition: holds for position %d of %d", at[len(at)-1], size)
	}
	dims[axis] = len(at)
	t, err := arrange(x.DType(), dims, func(i int) (*graph.Tensor, int) {
		row := i / inner
		return x, (row/len(at)*size+at[row%len(at)])*inner + i%inner
	})
	return []*graph.Tensor{t}, err
}
