package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "MatMul", Doc: "matrix product as numpy.matmul; https://onnx.ai/onnx/operators/onnx__MatMul.html",
		Since: 1, Until: Latest, MinIn: 2, MaxIn: 2, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-5, 1e-5},
		Infer:     inferMatMul, Couple: coupleMatMul, Cost: costMatMul, Grad: gradMatMul, Eval: evalMatMul,
	})
}

// matmulShapes widens a vector on the left to one row and one on the right to one column.
func matmulShapes(a, b graph.Shape) (graph.Shape, graph.Shape, error) {
	if len(a) == 0 || len(b) == 0 {
		return nil, nil, fmt.Errorf("want no scalars, have shapes %v and %v", a, b)
	}
	if len(a) == 1 {
		a = graph.Shape{graph.Size(1), a[0]}
	}
	if len(b) == 1 {
		b = graph.Shape{b[0], graph.Size(1)}
	}
	return a, b, nil
}

func inferMatMul(n *graph.Node) ([]graph.Type, error) { return inferMatMulOf(n, 1) }

// inferMatMulOf is inferMatMul for a right side at that input.
func inferMatMulOf(n *graph.Node, right int) ([]graph.Type, error) {
	d := inType(n, 0).DType
	sa, sb := inShape(n, 0), inShape(n, right)
	if sa == nil || sb == nil {
		return []graph.Type{{DType: d}}, nil
	}
	s, err := matmulShape(sa, sb)
	return []graph.Type{graph.TensorType(d, s)}, err
}

// matmulShape returns the shape of the product of tensors of these shapes.
func matmulShape(sa, sb graph.Shape) (graph.Shape, error) {
	a, b, err := matmulShapes(sa, sb)
	if err != nil {
		return nil, err
	}
	ka, kb := a[len(a)-1], b[len(b)-2]
	if ka.Known() && kb.Known() && ka != kb {
		return nil, fmt.Errorf("input B: want %v rows to go with A, have %v", ka, kb)
	}
	out, err := broadcastShapes(a[:len(a)-2], b[:len(b)-2])
	if err != nil {
		return nil, err
	}
	if len(sa) > 1 {
		out = append(out, a[len(a)-2])
	}
	if len(sb) > 1 {
		out = append(out, b[len(b)-1])
	}
	return out, nil
}

func coupleMatMul(n *graph.Node) (Coupling, error) { return coupleMatMulOf(n, 1) }

// coupleMatMulOf is coupleMatMul for a right side at that input.
func coupleMatMulOf(n *graph.Node, right int) (Coupling, error) {
	return coupleProduct(inShape(n, 0), inShape(n, right), n.Out(0).Type.Shape, right), nil
}

// coupleProduct couples the axes of input 0 and of the right side, of shapes a and b, with those of their product y.
func coupleProduct(a, b, y graph.Shape, right int) (c Coupling) {
	contracted := In(right, max(0, len(b)-2))
	c.link(In(0, len(a)-1), contracted)
	tail := 0
	if len(b) > 1 {
		c.link(In(right, len(b)-1), Out(0, len(y)-1))
		tail++
	}
	if len(a) > 1 {
		tail++
		c.link(In(0, len(a)-2), Out(0, len(y)-tail))
	}
	batch := len(y) - tail
	for _, side := range []struct {
		input int
		shape graph.Shape
	}{{0, a}, {right, b}} {
		i, s := side.input, side.shape
		for d := range max(0, len(s)-2) {
			o := batch - (len(s) - 2) + d
			switch {
			case s[d].Is(1):
			case s[d].Equal(y[o]):
				c.link(In(i, d), Out(0, o))
			default:
				c.pinAxis(In(i, d), "whether it broadcasts is known at run time only")
				c.pinAxis(Out(0, o), "whether it broadcasts is known at run time only")
			}
		}
	}
	return c
}

func costMatMul(n *graph.Node) Cost {
	a, y := inShape(n, 0), n.Out(0).Type.Shape
	if len(a) == 0 || y == nil {
		return Cost{graph.Unknown}
	}
	return Cost{y.Elems().Mul(a[len(a)-1])}
}

func evalMatMul(_ *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	sa, sb, err := matmulShapes(graph.ShapeOf(in[0].Shape()...), graph.ShapeOf(in[1].Shape()...))
	if err != nil {
		return nil, err
	}
	a, _ := sa.Ints()
	b, _ := sb.Ints()
	rows, inner, width := a[len(a)-2], a[len(a)-1], b[len(b)-1]
	if b[len(b)-2] != inner {
		return nil, fmt.Errorf("input B: want %d rows to go with A, have %d", inner, b[len(b)-2])
	}
	s, err := broadcastShapes(sa[:len(sa)-2], sb[:len(sb)-2])
	if err != nil {
		return nil, err
	}
	batch, _ := s.Ints()
	x, okX := graph.Floats(in[0])
	w, okW := graph.Floats(in[1])
	if !okX || !okW {
		return nil, fmt.Errorf("elements of type %v are not supported", in[0].DType())
	}
	ia, ib := broadcastIndex(a[:len(a)-2], batch), broadcastIndex(b[:len(b)-2], batch)
	y := make([]float64, 0, len(ia)*rows*width)
	for m := range ia {
		for i := range rows {
			for j := range width {
				total := 0.0
				for k := range inner {
					total += x[(ia[m]*rows+i)*inner+k] * w[(ib[m]*inner+k)*width+j]
				}
				y = append(y, total)
			}
		}
	}
	dims := slices.Clone(batch)
	if in[0].Rank() > 1 {
		dims = append(dims, rows)
	}
	if in[1].Rank() > 1 {
		dims = append(dims, width)
	}
	t, err := fromFloats(in[0].DType(), y, dims)
	return []*graph.Tensor{t}, err
}

// gradMatMul treats vectors as matrices of one row or column.
func gradMatMul(b *Backward) error {
	da, db := b.dims(b.in(0)), b.dims(b.in(1))
	dy := b.dims(b.out(0))
	if b.err != nil {
		return b.err
	}
	x, w, dims := b.in(0), b.in(1), slices.Clone(dy)
	if len(da) == 1 {
		x = b.reshape(x, []int{1, da[0]})
		at := len(dims) - min(1, len(db)-1)
		dims = slices.Insert(dims, at, 1)
	}
	if len(db) == 1 {
		w = b.reshape(w, []int{db[0], 1})
		dims = append(dims, 1)
	}
	g := b.reshape(b.grad(0), dims)
	if b.wants(0) {
		b.set(0, b.reshape(b.unbroadcast(b.add("MatMul", []*graph.Value{g, b.flip(w)}), x), da))
	}
	if b.wants(1) {
		if wide := b.dims(x); len(b.dims(w)) == 2 && len(wide) > 2 { // all rows at once
			k, n := wide[len(wide)-1], dims[len(dims)-1]
			x = b.reshape(x, []int{volume(wide) / max(1, k), k})
			g = b.reshape(g, []int{volume(dims) / max(1, n), n})
		}
		b.set(1, b.reshape(b.unbroadcast(b.add("MatMul", []*graph.Value{b.flip(x), g}), w), db))
	}
	return nil
}
