package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "Transpose", Doc: "the axes in another order; https://onnx.ai/onnx/operators/onnx__Transpose.html",
		Since: 1, Until: Latest, MinIn: 1, MaxIn: 1, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Infer:     inferTranspose, Couple: coupleTranspose, Grad: gradTranspose, Eval: evalTranspose,
	})
}

// permutation returns the input axis of every output axis. The default order is reversed.
func permutation(n *graph.Node, rank int) ([]int, error) {
	perm := n.Ints("perm")
	if perm == nil {
		perm = make([]int, rank)
		for d := range perm {
			perm[d] = rank - 1 - d
		}
	}
	if len(perm) != rank {
		return nil, fmt.Errorf("perm: want %d axes, have %v", rank, perm)
	}
	seen := make([]bool, rank)
	for _, p := range perm {
		if p < 0 || p >= rank || seen[p] {
			return nil, fmt.Errorf("perm: %v is not a permutation of %d axes", perm, rank)
		}
		seen[p] = true
	}
	return perm, nil
}

func inferTranspose(n *graph.Node) ([]graph.Type, error) {
	x := inType(n, 0)
	if x.Shape == nil {
		if perm := n.Ints("perm"); perm != nil {
			return []graph.Type{graph.TensorType(x.DType, unknownShape(len(perm)))}, nil
		}
		return []graph.Type{{DType: x.DType}}, nil
	}
	perm, err := permutation(n, len(x.Shape))
	if err != nil {
		return nil, err
	}
	out := make(graph.Shape, len(perm))
	for d, p := range perm {
		out[d] = x.Shape[p]
	}
	return []graph.Type{withElems(graph.TensorType(x.DType, out), flatElems(n, 0))}, nil
}

func coupleTranspose(n *graph.Node) (c Coupling, err error) {
	perm, err := permutation(n, len(inShape(n, 0)))
	for d, p := range perm {
		c.link(In(0, p), Out(0, d))
	}
	return c, err
}

func evalTranspose(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x := in[0]
	perm, err := permutation(n, x.Rank())
	if err != nil {
		return nil, err
	}
	dims, strides, from := make([]int, len(perm)), make([]int, len(perm)), rowMajor(x.Shape())
	for d, p := range perm {
		dims[d], strides[d] = x.Shape()[p], from[p]
	}
	t, err := pick(x, strided(0, dims, strides), dims)
	return []*graph.Tensor{t}, err
}

func gradTranspose(b *Backward) error {
	if !b.wants(0) {
		return nil
	}
	perm, err := permutation(b.Node, len(b.dims(b.in(0))))
	if err != nil {
		return err
	}
	back := make([]int, len(perm))
	for i, d := range perm {
		back[d] = i
	}
	b.set(0, b.transpose(b.grad(0), back...))
	return nil
}
