package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "Einsum", Doc: "sum of products over named axes; https://onnx.ai/onnx/operators/onnx__Einsum.html",
		Since: 12, Until: Latest, MinIn: 1, MaxIn: variadic, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-5, 1e-5},
		Infer:     inferEinsum, Couple: coupleEinsum, Cost: costEinsum, Grad: gradEinsum, Eval: evalEinsum,
	})
}

func inferEinsum(n *graph.Node) ([]graph.Type, error) {
	t := graph.Type{DType: inType(n, 0).DType}
	e, shapes, err := einsumOf(n)
	if err != nil {
		return nil, err
	}
	size, err := e.extents(shapes)
	if err != nil {
		return nil, err
	}
	t.Shape = make(graph.Shape, len(e.out))
	for d, l := range e.out {
		t.Shape[d] = size[l]
	}
	return []graph.Type{t}, nil
}

// coupleEinsum makes all axes of a letter the same, including letters that are summed over: a zero factor makes a zero
// product.
func coupleEinsum(n *graph.Node) (c Coupling, err error) {
	e, shapes, err := einsumOf(n)
	if err != nil {
		return c, err
	}
	size, err := e.extents(shapes)
	if err != nil {
		return c, err
	}
	for _, l := range e.letters() {
		var whole Axis
		if o := slices.Index(e.out, l); o >= 0 {
			whole = Out(0, o)
		} else {
			whole = c.addVirtual(size[l])
		}
		for i, t := range e.in {
			first := slices.Index(t, l)
			for d, m := range t {
				if m != l || shapes[i][d].Is(1) {
					continue
				}
				c.link(In(i, d), whole)
				switch {
				case !shapes[i][d].Equal(size[l]):
					c.pinAxis(In(i, d), "whether it broadcasts is known at run time only")
				case d > first:
					c.pinAxis(In(i, d), "the diagonal of its input is taken")
				}
			}
		}
	}
	return c, nil
}

func costEinsum(n *graph.Node) Cost {
	e, shapes, err := einsumOf(n)
	if err != nil {
		return Cost{graph.Unknown}
	}
	size, err := e.extents(shapes)
	if err != nil {
		return Cost{graph.Unknown}
	}
	total := graph.Size(1)
	for _, l := range e.letters() {
		total = total.Mul(size[l])
	}
	return Cost{total}
}

func evalEinsum(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	shapes := make([]graph.Shape, len(in))
	ranks := make([]int, len(in))
	for i, x := range in {
		if x.DType() != in[0].DType() {
			return nil, fmt.Errorf("element types differ: %v and %v", in[0].DType(), x.DType())
		}
		shapes[i], ranks[i] = graph.ShapeOf(x.Shape()...), x.Rank()
	}
	e, err := decodeEinsum(n, ranks)
	if err != nil {
		return nil, err
	}
	size, err := e.extents(shapes)
	if err != nil {
		return nil, err
	}
	letters := e.letters()
	extents := make([]int, len(letters))
	for k, l := range letters {
		extents[k], _ = size[l].Value()
	}
	strides := make([][]int, len(in))
	for i, x := range in {
		strides[i] = letterStrides(letters, e.in[i], x.Shape())
	}
	dims := extents[:len(e.out):len(e.out)]
	if err := mustFit(dims); err != nil {
		return nil, err
	}
	if d := in[0].DType(); d.IsInt() {
		v, err := integerInputs(in)
		if err != nil {
			return nil, err
		}
		t, err := fromInts(d, contract(v, strides, extents, len(e.out)), dims)
		return []*graph.Tensor{t}, err
	}
	v, err := floatInputs(in)
	if err != nil {
		return nil, err
	}
	t, err := fromFloats(in[0].DType(), contract(v, strides, extents, len(e.out)), dims)
	return []*graph.Tensor{t}, err
}

func integerInputs(in []*graph.Tensor) ([][]int64, error) {
	out := make([][]int64, len(in))
	for i, x := range in {
		v, ok := graph.Ints(x)
		if !ok {
			return nil, fmt.Errorf("elements of type %v are not supported", x.DType())
		}
		out[i] = v
	}
	return out, nil
}

// letterStrides returns, for each letter, the distance between elements of an input that differ by
// one in that letter. It is 0 for letters that the input lacks or broadcasts. A letter that stands
// twice runs along the diagonal.
func letterStrides(letters, term []rune, dims []int) []int {
	out := make([]int, len(letters))
	step := 1
	for d := len(dims) - 1; d >= 0; d-- {
		if dims[d] != 1 {
			out[slices.Index(letters, term[d])] += step
		}
		step *= dims[d]
	}
	return out
}

// contract sums the products over all letters after the first rank ones, which are the output's.
func contract[T number](v [][]T, strides [][]int, extents []int, rank int) []T {
	inner := volume(extents[rank:])
	out := make([]T, volume(extents[:rank]))
	position := make([]int, len(extents))
	at := make([]int, len(v))
	for o := range out {
		for range inner {
			p := T(1)
			for i := range v {
				p *= v[i][at[i]]
			}
			out[o] += p
			for k := len(extents) - 1; k >= 0; k-- { // the next position, row-major
				position[k]++
				back := position[k] == extents[k]
				for i := range at {
					at[i] += strides[i][k]
					if back {
						at[i] -= strides[i][k] * extents[k]
					}
				}
				if !back {
					break
				}
				position[k] = 0
			}
		}
	}
	return out
}

// gradEinsum contracts the gradient with the other inputs. Diagonals, and letters that one input alone has, are left out.
func gradEinsum(b *Backward) error {
	e, shapes, err := einsumOf(b.Node)
	if err != nil {
		return err
	}
	size, err := e.extents(shapes)
	if err != nil {
		return err
	}
	letter := map[rune]byte{} // an ellipsis has letters that no equation can have
	term := func(t []rune) string {
		var s []byte
		for _, l := range t {
			if letter[l] == 0 {
				letter[l] = byte('A' + len(letter))
			}
			s = append(s, letter[l])
		}
		return string(s)
	}
	for i, t := range e.in {
		if !b.wants(i) {
			continue
		}
		left, in := term(e.out), []*graph.Value{b.grad(0)}
		seen := slices.Clone(e.out)
		for k, other := range e.in {
			if k != i {
				left += "," + term(other)
				in, seen = append(in, b.in(k)), append(seen, other...)
			}
		}
		for d, l := range t {
			if !slices.Contains(seen, l) || slices.Index(t, l) != d || !shapes[i][d].Equal(size[l]) {
				return noGradient("an equation with a diagonal, a broadcast axis or one that no other term has")
			}
		}
		b.set(i, b.add("Einsum", in, graph.StringAttr("equation", left+"->"+term(t))))
	}
	return nil
}
