package op_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// coupled is one operator, what its rules say of it, and what a cut makes of its parameters.
type coupled struct {
	name    string
	op      string // "" is the test's own, see coupleEach
	version int    // 0 is op.Latest
	attrs   []*graph.Attr
	in      []any // see operand
	outs    int   // number of outputs; 0 is 1
	leftOut []int // outputs left out

	types string // of the outputs as inferred, with their known elements; "" is not looked at
	want  string // the coupling as rules writes it
	err   string // what Infer or Couple must complain of, instead of want

	kept  map[string][]int // positions that survive, by axis as rules writes it
	after string           // integer attributes and constant inputs after the cut, see parameters
}

// coupleEach checks every case; name is the operator of those that name none.
func coupleEach(t *testing.T, name string, cases []coupled) {
	t.Helper()
	for _, c := range cases {
		if c.op == "" {
			c.op = name
		}
		t.Run(c.op+"/"+c.name, func(t *testing.T) { c.check(t) })
	}
}

func (c coupled) check(t *testing.T) {
	t.Helper()
	n := c.node(t)
	d := op.Lookup(n)
	if d == nil {
		t.Fatal(op.Why(n))
	}
	err := op.Infer(n)
	var rules op.Coupling
	if err == nil && c.want+c.err+c.after != "" {
		rules, err = d.Couple(n)
	}
	if c.err != "" {
		if err == nil || !strings.Contains(err.Error(), c.err) {
			t.Fatalf("error: want one with %q, have %v", c.err, err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if have := typesOf(n); c.types != "" && have != c.types {
		t.Errorf("types:\nwant %s\nhave %s", c.types, have)
	}
	if have := written(rules); c.want != "" && have != c.want {
		t.Errorf("coupling:\nwant %s\nhave %s", c.want, have)
	}
	if c.kept == nil {
		return
	}
	if d.Resize != nil {
		if err := d.Resize(n, func(a op.Axis) []int { return c.kept[axisName(a)] }); err != nil {
			t.Fatal(err)
		}
	}
	if have := parameters(n); have != c.after {
		t.Errorf("after the cut:\nwant %s\nhave %s", c.after, have)
	}
}

// operand adds an input to g: nil is left out, a tensor is a constant, a graph.Type is fed, and a
// string is a fed float tensor with these extents, as "N 6 4".
func operand(t *testing.T, g *graph.Graph, x any) *graph.Value {
	t.Helper()
	var typ graph.Type
	switch x := x.(type) {
	case nil:
		return nil
	case *graph.Tensor:
		return g.AddConst("c", x)
	case graph.Type:
		typ = x
	case string:
		typ = graph.TensorType(graph.Float32, dims(t, x))
	default:
		t.Fatalf("no operand: %v", x)
	}
	v := g.Fresh("x")
	v.Type = typ
	g.AddInput(v)
	return v
}

func dims(t *testing.T, s string) graph.Shape {
	t.Helper()
	shape := graph.Shape{}
	for _, f := range strings.Fields(s) {
		d, err := graph.ParseDim(f)
		if err != nil {
			t.Fatal(err)
		}
		shape = append(shape, d)
	}
	return shape
}

// counts is an int64 vector that is computed at run time, but of which these elements are known: "N -1 96".
func counts(s string) graph.Type {
	var elems []graph.Dim
	for _, f := range strings.Fields(s) {
		d, _ := graph.ParseDim(f)
		elems = append(elems, d)
	}
	return graph.Type{DType: graph.Int64, Shape: graph.ShapeOf(len(elems)), Elems: elems}
}

func (c coupled) node(t *testing.T) *graph.Node {
	t.Helper()
	g := graph.New("g")
	var in, out []*graph.Value
	for _, x := range c.in {
		in = append(in, operand(t, g, x))
	}
	for i := range max(1, c.outs) {
		out = append(out, nil)
		if !slices.Contains(c.leftOut, i) {
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

// typesOf is the outputs' types, each with its elements where some are known: "int64[2]{N,3}".
func typesOf(n *graph.Node) string {
	var all []string
	for _, v := range n.Outputs() {
		if v == nil {
			all = append(all, "-")
			continue
		}
		s := v.Type.String()
		if v.Type.Elems != nil {
			s += "{" + strings.Trim(graph.Shape(v.Type.Elems).String(), "[]") + "}"
		}
		all = append(all, s)
	}
	return strings.Join(all, " ")
}

// axisName is "in0.1", "out0.1" or "v0", a virtual axis.
func axisName(a op.Axis) string {
	switch a.Of {
	case op.OfInput:
		return fmt.Sprintf("in%d.%d", a.Index, a.Dim)
	case op.OfOutput:
		return fmt.Sprintf("out%d.%d", a.Index, a.Dim)
	}
	return fmt.Sprintf("v%d", a.Index)
}

// written is a coupling as text, virtual axes with their extents; pins of
// parameters are not worth a word.
func written(c op.Coupling) string {
	extents := c.VirtualExtents()
	name := func(a op.Axis) string {
		s := axisName(a)
		if a.Of == op.OfVirtual {
			s += "(" + extents[a.Index].String() + ")"
		}
		return s
	}
	join := func(as []op.Axis, with string) string {
		var all []string
		for _, a := range as {
			all = append(all, name(a))
		}
		return strings.Join(all, with)
	}
	var all []string
	for _, s := range c.Same {
		all = append(all, name(s.A)+"="+name(s.B))
	}
	for _, s := range c.Sum {
		all = append(all, name(s.Whole)+"="+join(s.Parts, "+"))
	}
	for _, p := range c.Product {
		all = append(all, join(p.A, "*")+"="+join(p.B, "*"))
	}
	for _, p := range c.Pin {
		if !strings.Contains(p.Reason, "parameter") {
			all = append(all, "pin "+name(p.Axis))
		}
	}
	return strings.Join(all, ", ")
}

// parameters is the integer attributes and the constant integer inputs: "axis=1 in1=[2 3]".
func parameters(n *graph.Node) string {
	var all []string
	for _, a := range n.Attrs {
		switch a.Kind {
		case graph.AttrInt:
			all = append(all, fmt.Sprintf("%s=%d", a.Name, a.Int))
		case graph.AttrInts:
			all = append(all, fmt.Sprintf("%s=%v", a.Name, a.Ints))
		case graph.AttrTensor:
			v, _ := graph.Floats(a.Tensor)
			all = append(all, fmt.Sprintf("%s=%v%v", a.Name, a.Tensor.Shape(), v))
		}
	}
	for i, v := range n.Inputs() {
		if v == nil || v.Const == nil {
			continue
		}
		if ints, ok := graph.Ints(v.Const); ok {
			all = append(all, fmt.Sprintf("in%d=%v", i, ints))
		}
	}
	return strings.Join(all, " ")
}
