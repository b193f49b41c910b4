package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "Tile", Doc: "the tensor repeated along its axes; https://onnx.ai/onnx/operators/onnx__Tile.html",
		Since: 6, Until: Latest, MinIn: 2, MaxIn: 2, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Takes:     atLeastOne(1),
		Infer:     inferTile, Couple: coupleTile, Resize: resizeTile, Grad: gradTile, Eval: evalTile,
	})
}

func inferTile(n *graph.Node) ([]graph.Type, error) {
	x := inType(n, 0)
	repeats, err := tileRepeats(n)
	if err != nil {
		return nil, err
	}
	if x.Shape == nil {
		t := graph.Type{DType: x.DType}
		if repeats != nil {
			t.Shape = unknownShape(len(repeats))
		}
		return []graph.Type{t}, nil
	}
	t := graph.TensorType(x.DType, unknownShape(len(x.Shape)))
	if repeats == nil {
		return []graph.Type{t}, nil
	}
	if len(repeats) != len(x.Shape) {
		return nil, fmt.Errorf("repeats: want %d values, have %d", len(x.Shape), len(repeats))
	}
	for d, r := range repeats {
		t.Shape[d] = x.Shape[d].Mul(r)
	}
	elems := flatElems(n, 0)
	if count, few := fewElements(t.Shape); few && len(elems) > 0 {
		t = withElems(t, slices.Repeat(elems, count/len(elems)))
	}
	return []graph.Type{t}, nil
}

// tileRepeats returns how often each axis is repeated, or nil if not even the number of axes is
// known.
func tileRepeats(n *graph.Node) (graph.Shape, error) {
	r, err := statedShape(n, 1)
	if err != nil {
		return nil, fmt.Errorf("repeats: %w", err)
	}
	return r, nil
}

// coupleTile couples a repeated axis as the product of the copies and the positions. The copies are
// virtual axes, in the order of the axes.
func coupleTile(n *graph.Node) (c Coupling, err error) {
	pinInput(&c, n, 1, isParameter)
	in := inShape(n, 0)
	repeats, err := tileRepeats(n)
	if err != nil {
		return c, err
	}
	for d, extent := range in {
		switch r, known := repeatOf(repeats, d); {
		case !known:
			c.pinBoth(d, "how often it is repeated is known at run time only")
		case r == 1:
			c.link(In(0, d), Out(0, d))
		default:
			copies := c.addVirtual(graph.Size(r))
			if !fixed(n, 1) {
				c.pinAxis(copies, "how often it is repeated is computed at run time")
			}
			c.Product = append(c.Product, Product{[]Axis{Out(0, d)},
				axesOver1([]Axis{copies, In(0, d)}, []graph.Dim{graph.Size(r), extent})})
		}
	}
	return c, nil
}

func repeatOf(repeats graph.Shape, axis int) (int, bool) {
	if axis >= len(repeats) {
		return 0, false
	}
	return repeats[axis].Value()
}

// resizeTile rewrites the numbers of copies.
func resizeTile(n *graph.Node, kept Kept) error {
	repeats, ok := inputInts(n, 1)
	if !ok || !fixed(n, 1) {
		return nil
	}
	next, cut := 0, false
	for d, r := range repeats {
		if r == 1 {
			continue
		}
		if k := kept(VirtualAxis(next)); k != nil {
			repeats[d], cut = len(k), true
		}
		next++
	}
	if !cut {
		return nil
	}
	return setInts(n, 1, repeats)
}

func evalTile(_ *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x := in[0]
	repeats, err := intsOf(in, 1)
	if err != nil {
		return nil, err
	}
	if len(repeats) != x.Rank() {
		return nil, fmt.Errorf("repeats: want %d values, have %d", x.Rank(), len(repeats))
	}
	dims := slices.Clone(x.Shape())
	for d, r := range repeats {
		if r < 0 || (r > 0 && dims[d] > mostElements/r) {
			return nil, fmt.Errorf("repeats: %d is out of range", r)
		}
		dims[d] *= r
	}
	if err := mustFit(dims); err != nil {
		return nil, err
	}
	strides, at := rowMajor(x.Shape()), make([]int, len(dims))
	t, err := arrange(x.DType(), dims, func(i int) (*graph.Tensor, int) {
		unravel(i, dims, at)
		from := 0
		for d, p := range at {
			from += p % x.Shape()[d] * strides[d]
		}
		return x, from
	})
	return []*graph.Tensor{t}, err
}

// gradTile adds up the copies.
func gradTile(b *Backward) error {
	if !b.wants(0) {
		return nil
	}
	x, y := b.dims(b.in(0)), b.dims(b.out(0))
	var dims, copies []int
	for d, size := range x {
		copies = append(copies, len(dims))
		dims = append(dims, y[d]/max(1, size), size)
	}
	b.set(0, b.reshape(b.reduce("ReduceSum", b.reshape(b.grad(0), dims), copies...), x))
	return nil
}
