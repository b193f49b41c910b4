package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "SpaceToDepth", Doc: "square patches of pixels become channels; https://onnx.ai/onnx/operators/onnx__SpaceToDepth.html",
		Since: 1, Until: Latest, MinIn: 1, MaxIn: 1, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Infer:     inferSpaceToDepth, Couple: coupleSpaceToDepth, Grad: gradSpaceToDepth, Eval: evalSpaceToDepth,
	})
}

func inferSpaceToDepth(n *graph.Node) ([]graph.Type, error) {
	x, b, err := inferPatches(n)
	if err != nil || x.Shape == nil {
		return []graph.Type{graph.TensorType(x.DType, unknownShape(4))}, err
	}
	height, err := divided(x.Shape[2], b)
	if err != nil {
		return nil, err
	}
	width, err := divided(x.Shape[3], b)
	out := graph.Shape{x.Shape[0], x.Shape[1].Mul(graph.Size(b * b)), height, width}
	return []graph.Type{graph.TensorType(x.DType, out)}, err
}

func coupleSpaceToDepth(n *graph.Node) (c Coupling, err error) {
	b, err := blockSize(n)
	if err != nil {
		return c, err
	}
	crd, err := channelsFirst(n)
	if err != nil {
		return c, err
	}
	in, out := inShape(n, 0), n.Out(0).Type.Shape
	c.patches(b, Out, out, In, in, crd)
	return c, nil
}

func evalSpaceToDepth(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	b, err := blockSize(n)
	if err != nil {
		return nil, err
	}
	crd, err := channelsFirst(n) // since opset 28
	if err != nil {
		return nil, err
	}
	x := in[0]
	if err := imageShape(graph.ShapeOf(x.Shape()...)); err != nil {
		return nil, err
	}
	s := x.Shape()
	if s[2]%b != 0 || s[3]%b != 0 {
		return nil, fmt.Errorf("extents %d and %d do not divide by %d", s[2], s[3], b)
	}
	dims := []int{s[0], s[1] * b * b, s[2] / b, s[3] / b}
	at := make([]int, 4)
	t, err := arrange(x.DType(), dims, func(i int) (*graph.Tensor, int) {
		unravel(i, dims, at)
		channel, patch := at[1]%s[1], at[1]/s[1]
		if crd {
			channel, patch = at[1]/(b*b), at[1]%(b*b)
		}
		row, col := at[2]*b+patch/b, at[3]*b+patch%b
		return x, ((at[0]*s[1]+channel)*s[2]+row)*s[3] + col
	})
	return []*graph.Tensor{t}, err
}

func gradSpaceToDepth(b *Backward) error {
	if b.wants(0) {
		b.set(0, b.add("DepthToSpace", []*graph.Value{b.grad(0)}, graph.IntAttr("blocksize", b.Node.Int("blocksize", 0)),
			graph.StringAttr("mode", b.Node.Str("mode", "DCR"))))
	}
	return nil
}
