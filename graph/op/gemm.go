package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "Gemm", Doc: "alpha A B + beta C; https://onnx.ai/onnx/operators/onnx__Gemm.html",
		Since: 1, Until: Latest, MinIn: 2, MaxIn: 3, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-5, 1e-5},
		Infer:     inferGemm, Couple: coupleGemm, Cost: costGemm, Grad: gradGemm, Eval: evalGemm,
	})
}

// gemmAxes returns the axes of A and B that are rows, contracted and columns.
func gemmAxes(n *graph.Node) (m, ka, kb, cols int) {
	ka, kb, cols = 1, 0, 1
	if n.Int("transA", 0) != 0 {
		m, ka = 1, 0
	}
	if n.Int("transB", 0) != 0 {
		kb, cols = 1, 0
	}
	return m, ka, kb, cols
}

func inferGemm(n *graph.Node) ([]graph.Type, error) {
	a, b := inType(n, 0), inType(n, 1)
	if a.Shape == nil || b.Shape == nil {
		return []graph.Type{graph.TensorType(a.DType, unknownShape(2))}, nil
	}
	if len(a.Shape) != 2 || len(b.Shape) != 2 {
		return nil, fmt.Errorf("want matrices, have A of shape %v and B of shape %v", a.Shape, b.Shape)
	}
	m, ka, kb, cols := gemmAxes(n)
	if x, y := a.Shape[ka], b.Shape[kb]; x.Known() && y.Known() && x != y {
		return nil, fmt.Errorf("input B: want %v rows to go with A, have %v", x, y)
	}
	out := graph.Shape{a.Shape[m], b.Shape[cols]}
	if c := inShape(n, 2); c != nil {
		if len(c) > 2 {
			return nil, fmt.Errorf("input C of shape %v does not broadcast to %v", c, out)
		}
		if _, err := broadcastShapes(out, c); err != nil {
			return nil, err
		}
	}
	return []graph.Type{graph.TensorType(a.DType, out)}, nil
}

func coupleGemm(n *graph.Node) (c Coupling, err error) {
	m, ka, kb, cols := gemmAxes(n)
	c.link(In(0, m), Out(0, 0))
	c.link(In(0, ka), In(1, kb))
	c.link(In(1, cols), Out(0, 1))
	coupleBroadcast(&c, n, 0, 2)
	return c, nil
}

func costGemm(n *graph.Node) Cost {
	_, ka, _, _ := gemmAxes(n)
	a := inShape(n, 0)
	y := n.Out(0).Type.Shape
	if len(a) != 2 || y == nil {
		return Cost{graph.Unknown}
	}
	return Cost{y.Elems().Mul(a[ka])}
}

func evalGemm(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	a, b := in[0], in[1]
	if a.Rank() != 2 || b.Rank() != 2 {
		return nil, fmt.Errorf("want matrices, have %v and %v", a.Shape(), b.Shape())
	}
	m, ka, kb, cols := gemmAxes(n)
	rows, inner, width := a.Shape()[m], a.Shape()[ka], b.Shape()[cols]
	if b.Shape()[kb] != inner {
		return nil, fmt.Errorf("input B: want %d rows to go with A, have %d", inner, b.Shape()[kb])
	}
	x, okX := graph.Floats(a)
	w, okW := graph.Floats(b)
	if !okX || !okW {
		return nil, fmt.Errorf("elements of type %v are not supported", a.DType())
	}
	alpha, beta := float64(n.Float("alpha", 1)), float64(n.Float("beta", 1))
	dims := []int{rows, width}
	y := make([]float64, rows*width)
	at := func(t *graph.Tensor, v []float64, axis, i, j int) float64 { // i along axis
		if axis == 0 {
			return v[i*t.Shape()[1]+j]
		}
		return v[j*t.Shape()[1]+i]
	}
	for i := range rows {
		for j := range width {
			total := 0.0
			for k := range inner {
				total += at(a, x, m, i, k) * at(b, w, kb, k, j)
			}
			y[i*width+j] = alpha * total
		}
	}
	if len(in) > 2 && in[2] != nil {
		c, ok := graph.Floats(in[2])
		if s, err := broadcastShapes(graph.ShapeOf(dims...), graph.ShapeOf(in[2].Shape()...)); !ok || err != nil || !s.Equal(graph.ShapeOf(dims...)) {
			return nil, fmt.Errorf("input C of shape %v does not broadcast to %v", in[2].Shape(), dims)
		}
		for i, k := range broadcastIndex(in[2].Shape(), dims) {
			y[i] += beta * c[k]
		}
	}
	t, err := fromFloats(a.DType(), y, dims)
	return []*graph.Tensor{t}, err
}

func gradGemm(b *Backward) error {
	n := b.Node
	alpha, beta := float64(n.Float("alpha", 1)), float64(n.Float("beta", 1))
	g := b.grad(0)
	// product multiplies two matrices, each transposed if its flag is set.
	product := func(x *graph.Value, flipX bool, y *graph.Value, flipY bool) *graph.Value {
		if flipX {
			x = b.flip(x)
		}
		if flipY {
			y = b.flip(y)
		}
		return b.scale(b.add("MatMul", []*graph.Value{x, y}), alpha)
	}
	transA, transB := n.Int("transA", 0) != 0, n.Int("transB", 0) != 0
	if b.wants(0) {
		if transA {
			b.set(0, product(b.in(1), transB, g, true))
		} else {
			b.set(0, product(g, false, b.in(1), !transB))
		}
	}
	if b.wants(1) {
		if transB {
			b.set(1, product(g, true, b.in(0), transA))
		} else {
			b.set(1, product(b.in(0), !transA, g, false))
		}
	}
	if b.wants(2) {
		b.set(2, b.scale(b.unbroadcast(g, b.in(2)), beta))
	}
	return nil
}
