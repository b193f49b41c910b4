package rotation

import (
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/group"
)

// moves are the operators that only move positions, or repeat or sum those of the same unit. mix decides what they do on
// other axes.
var moves = map[string]bool{
	"Identity": true, "Reshape": true, "Transpose": true, "Flatten": true, "Squeeze": true, "Unsqueeze": true, "Expand": true,
	"GlobalAveragePool": true, "AveragePool": true, "ReduceMean": true, "ReduceSum": true, "Dropout": true,
}

// carries lists the streams that n carries from its inputs to its output without mixing or transforming units, or nil if
// it does something else to them. The output does not have an axis that n sums over: that it has the units shows that
// they are not summed.
func (f *flow) carries(n *graph.Node) []*stream {
	out := n.Out(0)
	if _, there := f.axes[out]; !there || op.Lookup(n) == nil || n.Out(1) != nil {
		return nil
	}
	x, y := n.In(0), n.In(1)
	var from []*graph.Value
	switch {
	case f.biasOf(n) != nil:
		if from = []*graph.Value{x}; !f.holds(x) {
			from[0] = y
		}
	case n.Op == "Add" || n.Op == "Sub":
		if f.aligned(x, out) && f.aligned(y, out) {
			from = []*graph.Value{x, y}
		}
	case n.Op == "Mul" || n.Op == "Div":
		if f.aligned(x, out) && f.uniform(y, out) {
			from = []*graph.Value{x}
		} else if n.Op == "Mul" && f.aligned(y, out) && f.uniform(x, out) {
			from = []*graph.Value{y}
		}
	case n.Op == "MatMul":
		if v, _ := f.averaged(n); v != nil {
			from = []*graph.Value{v}
		}
	case moves[n.Op] && f.holds(x) && !(n.Op == "Dropout" && n.In(2) != nil): // it may be in training mode
		from = []*graph.Value{x}
	}
	var streams []*stream
	for _, v := range from {
		streams = append(streams, f.streams[v])
	}
	return streams
}

// aligned reports whether broadcasting aligns v's units with the axis on which out has them.
// https://onnx.ai/onnx/repo-docs/Broadcasting.html
func (f *flow) aligned(v, out *graph.Value) bool { return f.holds(v) && f.fromEnd(v) == f.fromEnd(out) }

// uniform reports whether v has one number for all of out's units.
func (f *flow) uniform(v, out *graph.Value) bool {
	if v == nil || v.Type.Shape == nil {
		return false
	}
	if _, member := f.axes[v]; member {
		return false
	}
	if v.Const != nil { // one for each head is a map of heads, whose statistics would become wrong
		return v.Const.Len() == 1 && !v.IsInput()
	}
	axis := f.fromEnd(out) + len(v.Type.Shape)
	return axis < 0 || v.Type.Shape[axis].Is(1)
}

// averaged returns the operand of a MatMul that holds the units, if the other one says how much of its rows, or columns,
// to sum, as values are summed under the weights of attention. summed is the axis summed over.
// https://onnx.ai/onnx/operators/onnx__MatMul.html
func (f *flow) averaged(n *graph.Node) (v *graph.Value, summed int) {
	x, y := n.In(0), n.In(1)
	if len(x.Type.Shape) < 2 || len(y.Type.Shape) < 2 {
		return nil, 0
	}
	_, left := f.axes[x]
	_, right := f.axes[y]
	out := f.fromEnd(n.Out(0))
	switch {
	case !left && f.holds(y) && f.fromEnd(y) == -1 && out == -1:
		return y, len(y.Type.Shape) - 2
	case !right && f.holds(x) && f.fromEnd(x) == -2 && out == -2:
		return x, len(x.Type.Shape) - 1
	}
	return nil, 0
}

// takes returns the part of its input that n's output at is, if n is a Split, a Slice or a Gather of constant positions.
// n itself determines the positions: it is evaluated on their numbers.
func (f *flow) takes(n *graph.Node, at int) (part, bool) {
	d := op.Lookup(n)
	if d == nil || !f.holds(n.In(0)) || n.Op != "Split" && n.Op != "Slice" && n.Op != "Gather" {
		return part{}, false
	}
	x, y := n.In(0), n.Out(at)
	axis := n.Int("axis", 0)
	if axis < 0 {
		axis += len(x.Type.Shape)
	}
	if n.Op == "Slice" {
		var ok bool
		if axis, ok = sliced(x.Type.Shape, y.Type.Shape); !ok {
			return part{}, false
		}
	}
	if axis < 0 || axis >= len(x.Type.Shape) {
		return part{}, false
	}
	size, known := x.Type.Shape[axis].Value()
	if !known {
		return part{}, false
	}
	dims := slices.Repeat([]int{1}, len(x.Type.Shape))
	dims[axis] = size
	numbers := graph.NewTensor(graph.Int64, dims...)
	for i := range size {
		graph.Data[int64](numbers)[i] = int64(i)
	}
	in := []*graph.Tensor{numbers}
	for i := 1; i < len(n.Inputs()); i++ {
		v := n.In(i)
		if v != nil && !v.IsConstant() {
			return part{}, false
		}
		if in = append(in, nil); v != nil {
			in[i] = v.Const
		}
	}
	outs, err := d.Eval(n, in)
	if err != nil || at >= len(outs) || outs[at] == nil {
		return part{}, false
	}
	p := part{of: group.Member{Value: x, Axis: axis}}
	for _, i := range graph.Data[int64](outs[at]) {
		p.positions = append(p.positions, int(i))
	}
	return p, f.alone(p.of)
}

// sliced returns the only axis that differs.
func sliced(x, y graph.Shape) (axis int, ok bool) {
	axis = -1
	for d := range x {
		if d >= len(y) || !x[d].Equal(y[d]) {
			if axis >= 0 {
				return 0, false
			}
			axis = d
		}
	}
	return axis, axis >= 0
}

// alone reports whether no factor of the axis is on another axis of the value too, or was mixed on the way to it.
func (f *flow) alone(m group.Member) bool {
	times := f.times(m.Value)
	return !slices.ContainsFunc(f.a.Factors(m), func(x group.Factor) bool { return times[x] > 1 || f.mixed[x] })
}

// times counts how often each factor occurs in v.
func (f *flow) times(v *graph.Value) map[group.Factor]int {
	times := map[group.Factor]int{}
	for axis := range v.Type.Shape {
		for _, x := range f.a.Factors(group.Member{Value: v, Axis: axis}) {
			times[x]++
		}
	}
	return times
}

// mix records the factors along which n, which carries the group to out, does not take index i to index i alone: those
// that are summed over, those that only some of its values have, and those that a value has twice.
func (f *flow) mix(n *graph.Node, out *graph.Value) {
	values := []*graph.Value{out}
	for _, v := range n.Inputs() {
		if f.holds(v) {
			values = append(values, v)
		}
	}
	f.unlike(values...)
	switch n.Op {
	case "MatMul":
		v, axis := f.averaged(n)
		f.mixAxis(v, axis)
	case "AveragePool", "GlobalAveragePool":
		for axis := 2; axis < len(n.In(0).Type.Shape); axis++ {
			f.mixAxis(n.In(0), axis)
		}
	}
}

// unlike records the factors that are not in each of the values once.
func (f *flow) unlike(values ...*graph.Value) {
	have := map[group.Factor]int{}
	for _, v := range values {
		for x, n := range f.times(v) {
			if have[x]++; n > 1 {
				f.mixed[x] = true
			}
		}
	}
	for x, n := range have {
		if n < len(values) {
			f.mixed[x] = true
		}
	}
}

func (f *flow) mixAxis(v *graph.Value, axis int) {
	for _, x := range f.a.Factors(group.Member{Value: v, Axis: axis}) {
		f.mixed[x] = true
	}
}
