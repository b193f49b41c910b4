package op

import (
	"math"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	d := Def{
		Name: "MaxPool", Doc: "maximum over a sliding window; https://onnx.ai/onnx/operators/onnx__MaxPool.html",
		Since: 1, Until: 7, MinIn: 1, MaxIn: 1, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Infer:     inferMaxPool, Couple: coupleMaxPool, Grad: gradMaxPool, Eval: evalMaxPool,
	}
	register(d)
	d.Since, d.Until, d.MaxOut = 8, Latest, 2 // Indices
	register(d)
}

func inferMaxPool(n *graph.Node) ([]graph.Type, error) {
	types, err := inferPool(n)
	if err != nil {
		return nil, err
	}
	return append(types, graph.TensorType(graph.Int64, types[0].Shape)), nil
}

func coupleMaxPool(n *graph.Node) (Coupling, error) {
	c, err := couplePool(n)
	if i := n.Out(1); i != nil {
		for d := range i.Type.Shape {
			c.link(Out(0, d), Out(1, d))
			c.pinAxis(Out(1, d), "indices count positions of the whole input")
		}
	}
	return c, err
}

func evalMaxPool(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x := in[0]
	geo, win, v, dims, err := poolInput(n, x)
	if err != nil {
		return nil, err
	}
	size := x.Shape()[2:]
	columns := n.Int("storage_order", 0) != 0
	y := make([]float64, 0, volume(dims))
	indices := make([]int64, 0, volume(dims))
	geo.windows(x, func(plane int, at []int) {
		best, where := math.Inf(-1), 0
		found := false
		win.visit(size, at, func(_, index int) {
			if e := v[plane+index]; !found || e > best || math.IsNaN(e) {
				best, where, found = e, index, true
			}
		})
		if columns {
			where = columnMajor(where, size)
		}
		y = append(y, best)
		indices = append(indices, int64(plane+where))
	})
	t, err := fromFloats(x.DType(), y, dims)
	out := []*graph.Tensor{t}
	if n.Out(1) != nil {
		out = append(out, graph.TensorOf(indices, dims...))
	}
	return out, err
}

// columnMajor turns a row-major index into the column-major one of the same position.
func columnMajor(index int, dims []int) int {
	at := make([]int, len(dims))
	unravel(index, dims, at)
	out, stride := 0, 1
	for d, p := range at {
		out += p * stride
		stride *= dims[d]
	}
	return out
}

func gradMaxPool(b *Backward) error {
	if b.wants(0) {
		b.set(0, b.own("MaxPoolGradient", []*graph.Value{b.grad(0), b.in(0)}, b.Node.Attrs...))
	}
	return nil
}
