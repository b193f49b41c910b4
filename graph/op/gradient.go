package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// Gradients is the domain of the operators that only backward passes need. Files never hold them.
const Gradients = "pollard.gradient"

// gradientVersion is the opset version of ONNX's own operators in backward passes.
const gradientVersion = 18

// Backward is what a Def's Grad works on: one node of a graph whose values have known extents, and the gradients of a
// loss with respect to the node's outputs. Grad adds nodes to the graph and sets the gradients of the inputs that are
// wanted: for output gradients dy, those of input x are the sum over y of dy[y] * d y / d x (a vector-Jacobian product).
type Backward struct {
	Node *graph.Node

	graph  *graph.Graph
	dy, dx []*graph.Value
	wanted []bool
	err    error
}

// NewBackward prepares the gradients of n, whose outputs have gradients dy, nil where the loss does not depend on one.
// Wanted says which inputs' gradients are asked for.
func NewBackward(n *graph.Node, dy []*graph.Value, wanted []bool) *Backward {
	return &Backward{Node: n, graph: n.Graph(), dy: dy, wanted: wanted, dx: make([]*graph.Value, len(n.Inputs()))}
}

// Run calls the Grad of the node's operator and returns the gradients by input, nil where none is wanted or the operator
// is constant in an input. The error is ErrNoGradient, wrapped, if there is no Grad for this node.
func (b *Backward) Run() ([]*graph.Value, error) {
	d := Lookup(b.Node)
	if d == nil || d.Grad == nil {
		return nil, fmt.Errorf("operator %s: %w", b.Node.OpName(), ErrNoGradient)
	}
	if err := d.Grad(b); err != nil {
		return nil, err
	}
	if b.err != nil {
		return nil, b.err
	}
	for i, v := range b.dx {
		if x := b.Node.In(i); v != nil && !v.Type.Shape.Equal(x.Type.Shape) {
			return nil, fmt.Errorf("node %s: the gradient of input %d has shape %v, want %v", b.Node.Label(), i, v.Type.Shape, x.Type.Shape)
		}
	}
	return b.dx, nil
}

// ErrNoGradient says that an operator, or a use of it, has no gradient here.
var ErrNoGradient = fmt.Errorf("no gradient is defined")

// noGradient explains why a node has none.
func noGradient(reason string) error { return fmt.Errorf("%s: %w", reason, ErrNoGradient) }

// in returns input i of the node, and out its output i.
func (b *Backward) in(i int) *graph.Value  { return b.Node.In(i) }
func (b *Backward) out(i int) *graph.Value { return b.Node.Out(i) }

// Wants reports whether the gradient of input i is asked for.
func (b *Backward) wants(i int) bool { return i < len(b.wanted) && b.wanted[i] }

// set sets the gradient of input i.
func (b *Backward) set(i int, v *graph.Value) { b.dx[i] = v }

// grad returns the gradient of output i: zeros if the loss does not depend on it.
func (b *Backward) grad(i int) *graph.Value {
	if i < len(b.dy) && b.dy[i] != nil {
		return b.dy[i]
	}
	dims := b.dims(b.out(i))
	return b.constant(b.out(i), make([]float64, volume(dims)), dims...)
}

// dims returns the extents of v, which are known.
func (b *Backward) dims(v *graph.Value) []int {
	dims, known := v.Type.Shape.Ints()
	if !known && b.err == nil {
		b.err = fmt.Errorf("value %q: its extents are not known", v.Name)
	}
	return dims
}

// add adds a node of ONNX's own domain, infers its type and returns its output.
func (b *Backward) add(name string, in []*graph.Value, attrs ...*graph.Attr) *graph.Value {
	return b.addOf("", gradientVersion, name, in, attrs...)
}

// own adds a node of the domain Gradients.
func (b *Backward) own(name string, in []*graph.Value, attrs ...*graph.Attr) *graph.Value {
	return b.addOf(Gradients, 1, name, in, attrs...)
}

func (b *Backward) addOf(domain string, version int, name string, in []*graph.Value, attrs ...*graph.Attr) *graph.Value {
	out := b.many(domain, version, name, 1, in, attrs...)
	if out == nil {
		return b.Node.FirstOut() // whatever: the error is reported in the end
	}
	return out[0]
}

// many is addOf for a node with several outputs. It returns nil after an error.
func (b *Backward) many(domain string, version int, name string, outputs int, in []*graph.Value, attrs ...*graph.Attr) []*graph.Value {
	if b.err != nil {
		return nil
	}
	var out []*graph.Value
	for range outputs {
		out = append(out, b.graph.Fresh("gradient."+b.Node.Title()))
	}
	n, err := b.graph.NewNode(name, domain, version, in, out, attrs...)
	if err == nil {
		n.Name = "gradient of " + b.Node.Title()
		err = Infer(n)
	}
	if b.err = err; err != nil {
		return nil
	}
	return out
}

// constant adds a constant of like's element type.
func (b *Backward) constant(like *graph.Value, v []float64, dims ...int) *graph.Value {
	t, err := fromFloats(like.Type.DType, v, dims)
	if err != nil && b.err == nil {
		b.err = err
	}
	return b.graph.AddConst("gradient.constant", t)
}

// number adds a constant scalar of like's element type.
func (b *Backward) number(like *graph.Value, x float64) *graph.Value {
	return b.constant(like, []float64{x})
}

// ints adds a constant list of integers.
func (b *Backward) ints(v ...int) *graph.Value {
	w := make([]int64, len(v))
	for i, x := range v {
		w[i] = int64(x)
	}
	return b.graph.AddConst("gradient.extents", graph.TensorOf(w, len(w)))
}

func (b *Backward) mul(x, y *graph.Value) *graph.Value { return b.add("Mul", []*graph.Value{x, y}) }
func (b *Backward) sub(x, y *graph.Value) *graph.Value { return b.add("Sub", []*graph.Value{x, y}) }
func (b *Backward) sum(x, y *graph.Value) *graph.Value { return b.add("Add", []*graph.Value{x, y}) }

// scale returns x times a number.
func (b *Backward) scale(x *graph.Value, by float64) *graph.Value {
	if by == 1 {
		return x
	}
	return b.mul(x, b.number(x, by))
}

// reshape returns x under other extents.
func (b *Backward) reshape(x *graph.Value, dims []int) *graph.Value {
	if have := b.dims(x); slices.Equal(have, dims) {
		return x
	}
	return b.add("Reshape", []*graph.Value{x, b.ints(dims...)})
}

// transpose permutes the axes of x.
func (b *Backward) transpose(x *graph.Value, perm ...int) *graph.Value {
	return b.add("Transpose", []*graph.Value{x}, graph.IntsAttr("perm", perm...))
}

// flip swaps the last two axes of x.
func (b *Backward) flip(x *graph.Value) *graph.Value {
	perm := identity(len(x.Type.Shape))
	n := len(perm)
	perm[n-2], perm[n-1] = n-1, n-2
	return b.transpose(x, perm...)
}

func identity(rank int) []int {
	perm := make([]int, rank)
	for i := range perm {
		perm[i] = i
	}
	return perm
}

// reduce applies a reduction over axes, which stay with extent 1.
func (b *Backward) reduce(name string, x *graph.Value, axes ...int) *graph.Value {
	if len(axes) == 0 {
		return x
	}
	return b.add(name, []*graph.Value{x, b.ints(axes...)}, graph.IntAttr("keepdims", 1))
}

// unbroadcast sums v over the axes that broadcasting x to v's extents repeats.
func (b *Backward) unbroadcast(v, x *graph.Value) *graph.Value {
	from, to := b.dims(v), b.dims(x)
	var axes []int
	for d, extent := range from {
		at := d - (len(from) - len(to))
		if at < 0 || to[at] == 1 && extent != 1 {
			axes = append(axes, d)
		}
	}
	return b.reshape(b.reduce("ReduceSum", v, axes...), to)
}

// expand repeats v, which broadcasts, to dims.
func (b *Backward) expand(v *graph.Value, dims []int) *graph.Value {
	if slices.Equal(b.dims(v), dims) {
		return v
	}
	return b.add("Expand", []*graph.Value{v, b.ints(dims...)})
}

// slope multiplies the gradient of output 0 by the derivative of a function of one element: see PointwiseGradient. At is
// what the derivative is taken at.
func (b *Backward) slope(of string, at *graph.Value, attrs ...*graph.Attr) *graph.Value {
	return b.own("PointwiseGradient", []*graph.Value{b.grad(0), at}, append([]*graph.Attr{graph.StringAttr("of", of)}, attrs...)...)
}
