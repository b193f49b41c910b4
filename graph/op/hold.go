package op

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/memory"
)

// An Eval takes scratch memory for each element besides its inputs and outputs: a float64 for those that are read, and
// for those that are computed also the places where two inputs are read.
const scratchRead, scratchMade = 8, 24

// bounded returns eval preceded by Hold.
func bounded(d *Def, eval func(*graph.Node, []*graph.Tensor) ([]*graph.Tensor, error)) func(*graph.Node, []*graph.Tensor) ([]*graph.Tensor, error) {
	return func(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
		if err := d.hold(n, in, 0, scratchRead, scratchMade); err != nil {
			return nil, err
		}
		return eval(n, in)
	}
}

// Hold checks the memory that n's outputs would take, for these inputs, against the limit of the process. The error is a
// *memory.Error. Outputs whose extents depend on more than shapes and the elements that Infer reads, such as NonZero's,
// are bounded by their inputs and not checked. Nodes with subgraphs are not checked either, but the nodes inside are.
// beside is the number of bytes that are taken already.
func (d *Def) Hold(n *graph.Node, in []*graph.Tensor, beside int64) error {
	return d.hold(n, in, beside, 0, 0)
}

func (d *Def) hold(n *graph.Node, in []*graph.Tensor, beside, read, made int64) error {
	if d.Domain == "" && combines[d.Name] && combined(in) <= small {
		return nil
	}
	predicted := d.Predict(n, in)
	if predicted == nil {
		return nil
	}
	total := beside
	for _, t := range in {
		if t != nil {
			total = memory.Sum(total, memory.Product(read, int64(t.Len())))
		}
	}
	what := ""
	for i, v := range predicted.Outputs() {
		if v == nil {
			continue
		}
		t := v.Type
		bytes, known := t.Bytes()
		if !known {
			continue
		}
		elements, _ := t.Shape.Count()
		total = memory.Sum(total, bytes, memory.Product(made, elements))
		if what == "" || bytes > 1<<20 {
			what = fmt.Sprintf("output %q %v", n.Out(i).Name, t)
		}
	}
	return memory.Hold(what, total)
}

// combines lists the operators whose outputs have at most as many elements as the product of their inputs' numbers of
// elements. If that is small, nothing need be predicted. Loops run these again and again on a few numbers.
var combines = func() map[string]bool {
	set := map[string]bool{}
	for _, name := range []string{
		"Abs", "Add", "And", "Cast", "Ceil", "Clip", "Div", "Equal", "Exp", "Floor", "Gather", "Gemm", "Greater", "GreaterOrEqual", "Identity",
		"Less", "LessOrEqual", "Log", "MatMul", "Max", "Min", "Mod", "Mul", "Neg", "Not", "Or", "Pow", "ReduceMax", "ReduceMean", "ReduceSum",
		"Relu", "Reshape", "Sigmoid", "Slice", "Softmax", "Sqrt", "Squeeze", "Sub", "Tanh", "Transpose", "Unsqueeze", "Where", "Xor",
	} {
		set[name] = true
	}
	return set
}()

// small is a number of elements that need not be checked.
const small = 1 << 16

// combined multiplies the extents of all inputs except those that are 0: an empty tensor may have absurd ones besides.
func combined(in []*graph.Tensor) int64 {
	n := int64(1)
	for _, t := range in {
		if t == nil {
			continue
		}
		for _, d := range t.Shape() {
			n = memory.Product(n, int64(max(1, d)))
		}
	}
	return n
}

// Predict returns a node like n whose inputs are constants with those contents, and whose outputs have the types that
// Infer finds for these. It returns nil if Infer finds none, or if n has subgraphs.
func (d *Def) Predict(n *graph.Node, in []*graph.Tensor) *graph.Node {
	if d.Control != nil {
		return nil
	}
	g := graph.New("")
	inputs, outputs := make([]*graph.Value, len(n.Inputs())), make([]*graph.Value, len(n.Outputs()))
	for i, v := range n.Inputs() {
		switch same := slices.Index(n.Inputs(), v); {
		case i >= len(in) || in[i] == nil:
		case same < i:
			inputs[i] = inputs[same]
		default:
			inputs[i], _ = g.NewValue("in" + strconv.Itoa(i)) // new, so no error
			inputs[i].Const, inputs[i].Type = in[i], graph.TypeOf(in[i])
		}
	}
	for i, v := range n.Outputs() {
		if v != nil {
			outputs[i], _ = g.NewValue("out" + strconv.Itoa(i))
		}
	}
	c, err := g.NewNode(n.Op, n.Domain, n.Version, inputs, outputs, n.Attrs...)
	if err != nil || d.Check(c) != nil {
		return nil
	}
	types, err := d.Infer(c)
	if err != nil {
		return nil // Eval says what is wrong
	}
	for i, v := range c.Outputs() {
		if v != nil && i < len(types) {
			v.Type = types[i]
		}
	}
	return c
}
