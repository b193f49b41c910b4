package op_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// applied is one operator on given inputs and what must come of it.
type applied struct {
	name    string
	op      string // "" is the test's own, see applyAll
	version int    // 0 is op.Latest
	attrs   []*graph.Attr
	in      []*graph.Tensor // nil: left out
	want    []*graph.Tensor // nil: left out
	err     string          // what the error must say, instead of want
}

// applyAll evaluates every case, and holds what inference says with the inputs
// as constants and as fed values against what was computed.
func applyAll(t *testing.T, name string, cases []applied) {
	t.Helper()
	for _, c := range cases {
		if c.op == "" {
			c.op = name
		}
		t.Run(c.op+"/"+c.name, func(t *testing.T) {
			if c.err != "" {
				_, err := c.eval(t)
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Fatalf("error: want one with %q, have %v", c.err, err)
				}
				return
			}
			have, err := c.eval(t)
			if err != nil {
				t.Fatal(err)
			}
			for i, w := range c.want {
				if w == nil {
					continue
				}
				if err := near(have[i], w, op.Lookup(c.node(t, false)).Tolerance); err != nil {
					t.Errorf("output %d: %v", i, err)
				}
			}
			for _, constant := range []bool{true, false} {
				c.checkTypes(t, c.node(t, constant), have)
			}
			c.checkCut(t)
			c.checkTypesOfFloat(t, have)
		})
	}
}

// node is the case's node in a graph of its own, its inputs constants or fed.
func (c applied) node(t *testing.T, constant bool) *graph.Node {
	t.Helper()
	g := graph.New("g")
	in := make([]*graph.Value, len(c.in))
	for i, x := range c.in {
		switch {
		case x == nil:
		case constant:
			in[i] = g.AddConst("c", x)
		default:
			in[i] = g.Fresh("x")
			in[i].Type = graph.TensorType(x.DType(), graph.ShapeOf(x.Shape()...))
			g.AddInput(in[i])
		}
	}
	out := make([]*graph.Value, max(1, len(c.want)))
	for i := range out {
		if c.want == nil || c.want[i] != nil {
			out[i] = g.Fresh("y")
		}
	}
	version := c.version
	if version == 0 {
		version = op.Latest
	}
	n, err := g.NewNode(c.op, "", version, in, out, c.attrs...)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// eval infers, with constant inputs, and evaluates.
func (c applied) eval(t *testing.T) ([]*graph.Tensor, error) {
	t.Helper()
	n := c.node(t, true)
	d := op.Lookup(n)
	if d == nil {
		t.Fatal(op.Why(n))
	}
	if err := op.Infer(n); err != nil {
		return nil, err
	}
	return d.Eval(n, c.in)
}

// checkTypes holds the inferred types against what was computed.
func (c applied) checkTypes(t *testing.T, n *graph.Node, have []*graph.Tensor) {
	t.Helper()
	if err := op.Infer(n); err != nil {
		t.Fatal(err)
	}
	for i, v := range n.Outputs() {
		if v == nil {
			continue
		}
		if err := agrees(v.Type, have[i]); err != nil {
			t.Errorf("output %d: %v", i, err)
		}
	}
}

// agrees reports where the type says something else than x is.
func agrees(typ graph.Type, x *graph.Tensor) error {
	if typ.DType != x.DType() {
		return fmt.Errorf("inferred %v, computed %v%v", typ, x.DType(), x.Shape())
	}
	if typ.Shape == nil {
		return nil
	}
	ok := len(typ.Shape) == x.Rank()
	for i := 0; ok && i < x.Rank(); i++ {
		ok = !typ.Shape[i].Known() || typ.Shape[i].Is(x.Shape()[i])
	}
	if !ok {
		return fmt.Errorf("inferred %v, computed %v%v", typ, x.DType(), x.Shape())
	}
	if typ.Elems == nil {
		return nil
	}
	ints, _ := graph.Ints(x)
	if len(ints) != len(typ.Elems) {
		return fmt.Errorf("inferred %d elements, computed %d", len(typ.Elems), len(ints))
	}
	for i, d := range typ.Elems {
		if d.Known() && !d.Equal(graph.Size64(ints[i])) {
			return fmt.Errorf("inferred elements %v, computed %v", typ.Elems, ints)
		}
	}
	return nil
}

// near reports the first element of have that is farther from want than the tolerance.
func near(have, want *graph.Tensor, tol op.Tolerance) error {
	if have.DType() != want.DType() || !slices.Equal(have.Shape(), want.Shape()) {
		return fmt.Errorf("want %v%v, have %v%v", want.DType(), want.Shape(), have.DType(), have.Shape())
	}
	if want.DType() == graph.Sequence {
		for i, w := range want.Items() {
			if err := near(have.Items()[i], w, tol); err != nil {
				return fmt.Errorf("item %d: %w", i, err)
			}
		}
		return nil
	}
	if !want.DType().IsFloat() {
		if want.DType() == graph.String {
			if w, h := graph.Data[string](want), graph.Data[string](have); !slices.Equal(w, h) {
				return fmt.Errorf("want %q, have %q", w, h)
			}
			return nil
		}
		if !slices.Equal(have.Raw(), want.Raw()) {
			w, _ := graph.Ints(want)
			h, _ := graph.Ints(have)
			return fmt.Errorf("want %v, have %v", w, h)
		}
		return nil
	}
	h, _ := graph.Floats(have)
	w, _ := graph.Floats(want)
	for i := range w {
		same := h[i] == w[i] || (math.IsNaN(h[i]) && math.IsNaN(w[i]))
		if !same && !(math.Abs(h[i]-w[i]) <= tol.Abs+tol.Rel*math.Abs(w[i])) {
			return fmt.Errorf("element %d: want %v, have %v", i, w[i], h[i])
		}
	}
	return nil
}

// f32 is a float tensor; with no extents a vector.
func f32(data []float32, dims ...int) *graph.Tensor { return tensor(data, dims) }

// i64 is an int64 tensor; with no extents a vector.
func i64(data []int64, dims ...int) *graph.Tensor { return tensor(data, dims) }

func tensor[T graph.Element](data []T, dims []int) *graph.Tensor {
	if dims == nil {
		dims = []int{len(data)}
	}
	return graph.TensorOf(data, dims...)
}

// scalar is a tensor without axes.
func scalar[T graph.Element](x T) *graph.Tensor { return graph.TensorOf([]T{x}) }

// ramp is a float tensor of start, start+1, ...
func ramp(start float32, dims ...int) *graph.Tensor {
	n := 1
	for _, d := range dims {
		n *= d
	}
	data := make([]float32, n)
	for i := range data {
		data[i] = start + float32(i)
	}
	return graph.TensorOf(data, dims...)
}
