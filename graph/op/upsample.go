package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "Upsample", Doc: "Resize as it was until opset 9; https://onnx.ai/onnx/operators/onnx__Upsample.html",
		Since: 7, Until: 9, MinIn: 1, MaxIn: 2, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-5, 1e-5},
		Infer: func(n *graph.Node) ([]graph.Type, error) {
			return inferResized(n, func(rank int) (resizing, error) { return decodeUpsample(n, rank, nil) })
		},
		Couple: func(n *graph.Node) (c Coupling, err error) {
			r, err := decodeUpsample(n, len(inShape(n, 0)), nil)
			if err != nil {
				return c, err
			}
			coupleResized(&c, n, r, func(int) bool { return false })
			pinInput(&c, n, 1, isParameter)
			return c, nil
		},
		Grad: gradResize, Eval: func(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
			r, err := decodeUpsample(n, in[0].Rank(), in)
			if err != nil {
				return nil, err
			}
			return evalResized(n, in[0], r)
		},
	})
}

// decodeUpsample reads the scales, an attribute until opset 8 and input 1 in opset 9.
func decodeUpsample(n *graph.Node, rank int, in []*graph.Tensor) (r resizing, err error) {
	for d := range rank {
		r.axes = append(r.axes, d)
	}
	t := vectorOf(n, in, 1)
	if n.Version < 9 {
		a := n.Attr("scales")
		if a == nil || a.Kind != graph.AttrFloats {
			return r, fmt.Errorf("scales: missing")
		}
		t = graph.TensorOf(a.Floats, len(a.Floats))
	}
	if t == nil {
		if !stated(n, 1) || in != nil {
			err = fmt.Errorf("scales: missing")
		}
		return r, err
	}
	return r, r.setScales(t)
}
