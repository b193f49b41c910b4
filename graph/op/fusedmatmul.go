package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "FusedMatMul", Domain: microsoft,
		Doc:   "alpha A B of matrices that may lie transposed; https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.FusedMatMul",
		Since: 1, Until: 1, MinIn: 2, MaxIn: 2, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-5, 1e-5},
		Infer:     inferFusedMatMul, Couple: coupleFusedMatMul, Cost: costFusedMatMul, Eval: evalFusedMatMul,
	})
}

// matrixAxes returns, for each axis that MatMul expects of input i, the axis that has it here:
// batch axes, rows, columns.
func matrixAxes(n *graph.Node, i, rank int) []int {
	axes := make([]int, rank)
	for d := range axes {
		axes[d] = d
	}
	if rank < 2 {
		return axes
	}
	side := []string{"A", "B"}[i]
	if n.Int("transBatch"+side, 0) != 0 { // the first axis moves to just before the last one
		copy(axes, axes[1:rank-1])
		axes[rank-2] = 0
	}
	if n.Int("trans"+side, 0) != 0 {
		axes[rank-2], axes[rank-1] = axes[rank-1], axes[rank-2]
	}
	return axes
}

// permuted returns the shape that has axes[d] of s as axis d.
func permuted(s graph.Shape, axes []int) graph.Shape {
	out := make(graph.Shape, len(s))
	for d, a := range axes {
		out[d] = s[a]
	}
	return out
}

func inferFusedMatMul(n *graph.Node) ([]graph.Type, error) {
	d := inType(n, 0).DType
	a, b := inShape(n, 0), inShape(n, 1)
	if a == nil || b == nil {
		return []graph.Type{{DType: d}}, nil
	}
	s, err := matmulShape(permuted(a, matrixAxes(n, 0, len(a))), permuted(b, matrixAxes(n, 1, len(b))))
	return []graph.Type{graph.TensorType(d, s)}, err
}

// coupleFusedMatMul is the coupling of MatMul, with the inputs' axes where they are here.
func coupleFusedMatMul(n *graph.Node) (c Coupling, err error) {
	var axes [2][]int
	var shapes [2]graph.Shape
	for i := range axes {
		s := inShape(n, i)
		axes[i] = matrixAxes(n, i, len(s))
		shapes[i] = permuted(s, axes[i])
	}
	c = coupleProduct(shapes[0], shapes[1], n.Out(0).Type.Shape, 1)
	move := func(a Axis) Axis {
		if a.Of == OfInput {
			a.Dim = axes[a.Index][a.Dim]
		}
		return a
	}
	for i, s := range c.Same {
		c.Same[i] = Same{move(s.A), move(s.B)}
	}
	for i, p := range c.Pin {
		c.Pin[i].Axis = move(p.Axis)
	}
	return c, nil
}

func costFusedMatMul(n *graph.Node) Cost {
	a, y := inShape(n, 0), n.Out(0).Type.Shape
	if len(a) == 0 || y == nil {
		return Cost{graph.Unknown}
	}
	axes := matrixAxes(n, 0, len(a))
	return Cost{y.Elems().Mul(a[axes[len(axes)-1]])}
}

func evalFusedMatMul(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	straight := make([]*graph.Tensor, 2)
	for i, x := range in {
		axes := matrixAxes(n, i, x.Rank())
		dims, _ := permuted(graph.ShapeOf(x.Shape()...), axes).Ints()
		steps := rowMajor(x.Shape())
		strides := make([]int, len(axes))
		for d, a := range axes {
			strides[d] = steps[a]
		}
		t, err := pick(x, strided(0, dims, strides), dims)
		if err != nil {
			return nil, err
		}
		straight[i] = t
	}
	out, err := evalMatMul(n, straight)
	if err != nil {
		return nil, err
	}
	v, ok := graph.Floats(out[0])
	if !ok || !out[0].DType().IsFloat() {
		return nil, fmt.Errorf("elements of type %v are not supported", out[0].DType())
	}
	for i := range v {
		v[i] *= float64(n.Float("alpha", 1))
	}
	t, err := fromFloats(out[0].DType(), v, out[0].Shape())
	return []*graph.Tensor{t}, err
}
