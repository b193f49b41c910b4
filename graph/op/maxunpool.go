package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "MaxUnpool", Doc: "maxima put back where MaxPool found them; https://onnx.ai/onnx/operators/onnx__MaxUnpool.html",
		Since: 9, Until: Latest, MinIn: 2, MaxIn: 3, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Infer:     inferMaxUnpool, Couple: coupleMaxUnpool, Eval: evalMaxUnpool,
	})
}

// unpooled returns the shape that the attributes give for an input of shape x.
func unpooled(n *graph.Node, x graph.Shape) (graph.Shape, error) {
	if err := imageRank(x); err != nil {
		return nil, err
	}
	w, err := decodePool(n, len(x)-2)
	if err != nil {
		return nil, err
	}
	out := append(graph.Shape{x[0], x[1]}, unknownShape(len(x)-2)...)
	for d := range w.kernel {
		if size, known := x[2+d].Value(); known {
			extent := (size-1)*w.strides[d] + w.kernel[d] - w.before[d] - w.after[d]
			if extent < 0 {
				return nil, fmt.Errorf("pads: %d and %d are more than the output has", w.before[d], w.after[d])
			}
			out[2+d] = graph.Size(extent)
		}
	}
	return out, nil
}

func inferMaxUnpool(n *graph.Node) ([]graph.Type, error) {
	x := inType(n, 0)
	if x.Shape == nil {
		return []graph.Type{{DType: x.DType}}, nil
	}
	out, err := unpooled(n, x.Shape)
	if err != nil {
		return nil, err
	}
	if n.In(2) != nil {
		stated := inputElems(n, 2)
		if stated == nil {
			stated = unknownShape(len(out))
		}
		if len(stated) != len(out) {
			return nil, fmt.Errorf("output_shape: want %d extents, have %d", len(out), len(stated))
		}
		out = slices.Clone(stated)
	}
	return []graph.Type{graph.TensorType(x.DType, out)}, nil
}

func coupleMaxUnpool(n *graph.Node) (c Coupling, err error) {
	pinInput(&c, n, 0, "indices count positions of the whole output")
	pinInput(&c, n, 1, "its elements count positions of the whole output")
	pinInput(&c, n, 2, isParameter)
	pinOutput(&c, n, 0, "indices count its positions")
	return c, nil
}

// evalMaxUnpool reads the indices as positions in the shape that the attributes give. If a larger
// shape is stated, the same places are used within it.
func evalMaxUnpool(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x := in[0]
	shape, err := unpooled(n, graph.ShapeOf(x.Shape()...))
	if err != nil {
		return nil, err
	}
	inner, _ := shape.Ints()
	dims := inner
	stated, err := intsOf(in, 2)
	if err != nil {
		return nil, err
	}
	if stated != nil {
		dims = stated
	}
	if len(dims) != len(inner) {
		return nil, fmt.Errorf("output_shape: want %d extents, have %v", len(inner), dims)
	}
	for _, s := range [][]int{inner, dims} {
		if err := mustFit(s); err != nil {
			return nil, err
		}
	}
	index, err := indices(in[1])
	if err != nil {
		return nil, err
	}
	if len(index) != x.Len() {
		return nil, fmt.Errorf("indices: want %d, have %d", x.Len(), len(index))
	}
	from := map[int]int{}
	at := make([]int, len(dims))
	for i, k := range index {
		if k < 0 || k >= int64(volume(inner)) {
			return nil, fmt.Errorf("index: want 0 to %d, have %d", volume(inner)-1, k)
		}
		unravel(int(k), inner, at)
		for d, p := range at {
			if p >= dims[d] {
				return nil, fmt.Errorf("output_shape: %v has no place for index %d of %v", dims, k, inner)
			}
		}
		from[ravel(at, dims)] = i
	}
	t, err := arrange(x.DType(), dims, func(i int) (*graph.Tensor, int) {
		if k, ok := from[i]; ok {
			return x, k
		}
		return nil, 0
	})
	return []*graph.Tensor{t}, err
}
