package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "Reshape", Doc: "the same elements under another shape; https://onnx.ai/onnx/operators/onnx__Reshape.html",
		Since: 5, Until: Latest, MinIn: 2, MaxIn: 2, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Infer:     inferReshape, Couple: coupleReshape, Resize: resizeReshape, Grad: gradReshaped, Eval: evalReshape,
	})
}

// zeroCopies reports whether 0 in the target means the extent of the same input axis.
func zeroCopies(n *graph.Node) bool { return n.Version < 14 || n.Int("allowzero", 0) == 0 }

// reshaped returns the shape that target asks for. -1 takes whatever is left. If just one element
// is unknown, it follows from the number of elements.
func reshaped(in graph.Shape, target []graph.Dim, copyZero bool) (graph.Shape, error) {
	out := make(graph.Shape, len(target))
	have, rest := graph.Size(1), graph.Size(1) // products over the axes that are not copied
	copied := make([]bool, len(in))
	open, inferred := -1, false
	many := false
	for d, e := range target {
		v, known := e.Value()
		switch {
		case known && v == 0 && copyZero:
			if in == nil {
				out[d] = graph.Unknown
				rest = graph.Unknown
				continue
			}
			if d >= len(in) {
				return nil, fmt.Errorf("target %v: 0 at axis %d, but the input has %d axes", target, d, len(in))
			}
			out[d], copied[d] = in[d], true
		case known && v == -1, !e.Named():
			if known && inferred {
				return nil, fmt.Errorf("target %v: more than one -1", target)
			}
			inferred = inferred || known
			many = many || open >= 0
			out[d], open = graph.Unknown, d
		case known && v < 0:
			return nil, fmt.Errorf("target %v: want no negative extents but -1", target)
		default:
			out[d] = e
			rest = rest.Mul(e)
		}
	}
	if in == nil {
		return out, nil
	}
	for d, e := range in {
		if !copied[d] {
			have = have.Mul(e)
		}
	}
	return completed(out, have, rest, open, many)
}

// completed sets the extent at open, if any, so that the shape has have elements; its other extents
// multiply to rest.
func completed(out graph.Shape, have, rest graph.Dim, open int, many bool) (graph.Shape, error) {
	switch {
	case open < 0:
		if have.Known() && rest.Known() && have != rest {
			return nil, fmt.Errorf("cannot make shape %v: %v elements wanted, %v there", out, rest, have)
		}
	case many:
	case have.Known() && rest.Known():
		q, ok := have.Div(rest)
		if !ok {
			return nil, fmt.Errorf("cannot make shape %v: %v elements do not divide by %v", out, have, rest)
		}
		out[open] = q
	default:
		q, ok := have.Div(rest)
		if !ok {
			q = graph.Derived("%s/%s", have, rest)
		}
		out[open] = q
	}
	return out, nil
}

// reshapeTarget returns the elements of the target as far as they are known, or nil if not even
// their number is known.
func reshapeTarget(n *graph.Node) []graph.Dim {
	if elems := inputElems(n, 1); elems != nil {
		return elems
	}
	if count, known := elemCount(n, 1); known {
		return unknownShape(count)
	}
	return nil
}

func inferReshape(n *graph.Node) ([]graph.Type, error) {
	x := inType(n, 0)
	target := reshapeTarget(n)
	if target == nil {
		return []graph.Type{{DType: x.DType}}, nil
	}
	s, err := reshaped(x.Shape, target, zeroCopies(n))
	if err != nil {
		return nil, err
	}
	return []graph.Type{withElems(graph.TensorType(x.DType, s), flatElems(n, 0))}, nil
}

func coupleReshape(n *graph.Node) (c Coupling, err error) {
	coupleReshaped(&c, n)
	pinInput(&c, n, 1, isParameter)
	if fixed(n, 1) {
		return c, nil
	}
	// A computed target cannot be rewritten. Only -1 follows a cut, and 0 if the axis that it
	// copies is the same one.
	target := reshapeTarget(n)
	for d := range n.Out(0).Type.Shape {
		if d < len(target) && (target[d].Is(-1) || (target[d].Is(0) && zeroCopies(n) && linked(c, In(0, d), Out(0, d)))) {
			continue
		}
		c.pinAxis(Out(0, d), "a shape computed at run time states its extent")
	}
	return c, nil
}

// linked reports whether the coupling states that a is b.
func linked(c Coupling, a, b Axis) bool {
	for _, s := range c.Same {
		if s == (Same{a, b}) {
			return true
		}
	}
	return false
}

// resizeReshape rewrites the target. -1 stays right, because the number of elements follows from
// the other axes. So does 0 if the copied axis has the new extent.
func resizeReshape(n *graph.Node, kept Kept) error {
	target, ok := inputInts(n, 1)
	if !ok || !fixed(n, 1) {
		return nil
	}
	in, out := inShape(n, 0), n.Out(0).Type.Shape
	cut := false
	for d, v := range target {
		if v == -1 || d >= len(out) {
			continue
		}
		old, known := out[d].Value()
		if !known {
			continue // not cut, and 0 copies an axis that is just as unknown
		}
		extent := keptCount(kept, Out(0, d), old)
		if v == 0 && zeroCopies(n) {
			was, _ := in[d].Value()
			if keptCount(kept, In(0, d), was) == extent {
				continue
			}
		}
		if v != extent {
			target[d], cut = extent, true
		}
	}
	if !cut {
		return nil
	}
	return setInts(n, 1, target)
}

func evalReshape(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	target, err := intsOf(in, 1)
	if err != nil {
		return nil, err
	}
	s, err := reshaped(graph.ShapeOf(in[0].Shape()...), graph.ShapeOf(target...), zeroCopies(n))
	if err != nil {
		return nil, err
	}
	dims, ok := s.Ints()
	if !ok {
		return nil, fmt.Errorf("target %v of %v is not definite", target, in[0].Shape())
	}
	return evalReshaped(in[0], dims)
}

// gradReshaped gives the gradient the shape of input 0: the operator moves no element.
func gradReshaped(b *Backward) error {
	if b.wants(0) {
		b.set(0, b.reshape(b.grad(0), b.dims(b.in(0))))
	}
	return nil
}
