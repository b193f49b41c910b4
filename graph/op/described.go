package op

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"github.com/pollard-dev/pollard/graph"
)

// Description says of an operator that nobody wrote a definition of what shape its outputs have and how it couples axes,
// so that it does not pin what is around it. What it computes is not known: where the model is run, a stand-in that
// couples the same axes takes its place.
type Description struct {
	Domain string `json:"domain"`
	Name   string `json:"name"`
	// Shape is that of every output: "as input 0", or an array with a formula for each axis; Shapes has one Shape for each
	// output. A formula is made of numbers, of extents such as input0[2], of the operator's integer attributes by name, and
	// of + - * /, from left to right. Without either the shapes are not known.
	Shape  json.RawMessage   `json:"shape"`
	Shapes []json.RawMessage `json:"shapes"`
	// Coupling is "elementwise" (inputs are broadcast; each element of an output follows from the elements in the same
	// place), "channel" (axis Axis of input 0 and of the outputs is the same, and each of its positions is computed alone)
	// or "pinned".
	Coupling string `json:"coupling"`
	Axis     int    `json:"axis"`
	// PerChannel gives, by the numbers of other inputs, their axes that are the channel axis too, as of scales.
	PerChannel map[string]int `json:"per_channel"`
}

// ReadDescriptions reads a JSON object whose field operators lists descriptions.
func ReadDescriptions(r io.Reader) ([]Description, error) {
	var file struct {
		Operators []Description `json:"operators"`
	}
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(&file); err != nil {
		return nil, fmt.Errorf("want a JSON object with operators: %w", err)
	}
	if len(file.Operators) == 0 {
		return nil, fmt.Errorf("operators: want at least one")
	}
	for i, d := range file.Operators {
		if _, err := d.definition(); err != nil {
			return nil, fmt.Errorf("operators[%d]: %w", i, err)
		}
	}
	return file.Operators, nil
}

// Describe defines the operator for all models of this process, in place of an earlier description. It fails for operators
// that have a definition. It must not be called while models are looked at.
func Describe(d Description) error {
	def, err := d.definition()
	if err != nil {
		return err
	}
	k := key{def.Domain, def.Name}
	for _, e := range defs[k] {
		if !e.Described {
			return fmt.Errorf("operator %s: it is known, and needs no description", (&graph.Node{Domain: def.Domain, Op: def.Name}).OpName())
		}
	}
	delete(defs, k)
	register(*def)
	return nil
}

// definition checks the description and makes a definition of it.
func (d *Description) definition() (*Def, error) {
	x := described{coupling: d.Coupling, axis: d.Axis, perChannel: map[int]int{}}
	name := (&graph.Node{Domain: d.Domain, Op: d.Name}).OpName()
	if d.Domain == "ai.onnx" {
		d.Domain = ""
	}
	if d.Name == "" {
		return nil, fmt.Errorf("name: want that of an operator")
	}
	switch d.Coupling {
	case "elementwise", "channel", "pinned":
	default:
		return nil, fmt.Errorf("operator %s: coupling: want elementwise, channel or pinned, have %q", name, d.Coupling)
	}
	raw := d.Shapes
	if d.Shape != nil {
		if raw != nil {
			return nil, fmt.Errorf("operator %s: want shape or shapes, have both", name)
		}
		raw = []json.RawMessage{d.Shape}
	}
	x.each = d.Shape == nil
	for _, r := range raw {
		s, err := parseShape(r)
		if err == nil {
			err = x.fits(s)
		}
		if err != nil {
			return nil, fmt.Errorf("operator %s: shape %s: %w", name, r, err)
		}
		x.shapes = append(x.shapes, s)
	}
	if len(x.shapes) == 0 && d.Coupling != "pinned" {
		return nil, fmt.Errorf("operator %s: coupling %s: want a shape, as in \"as input 0\"", name, d.Coupling)
	}
	for _, at := range slices.Sorted(maps.Keys(d.PerChannel)) {
		i, err := strconv.Atoi(at)
		if err != nil || i < 1 || d.Coupling != "channel" || d.PerChannel[at] < 0 {
			return nil, fmt.Errorf("operator %s: per_channel: want the axes of inputs from 1 on with coupling channel, have %q: %d", name, at, d.PerChannel[at])
		}
		x.perChannel[i] = d.PerChannel[at]
	}
	if d.Axis < 0 || d.Axis > 0 && d.Coupling != "channel" {
		return nil, fmt.Errorf("operator %s: axis: want 0 or more, with coupling channel, have %d", name, d.Axis)
	}
	def := &Def{
		Name: d.Name, Domain: d.Domain, Doc: "described by the user", Described: true,
		Since: 1, Until: mostElements, MinIn: 1, MaxIn: variadic, Gaps: true, MinOut: 1, MaxOut: variadic,
		Accept: x.accept, Infer: x.infer, Couple: x.couple, Eval: x.standIn,
	}
	if x.coupling == "pinned" {
		def.Couple = nil
	}
	return def, nil
}

// described is a decoded Description.
type described struct {
	shapes     []shapeFormula // of the outputs
	each       bool           // there is a shape for each output; otherwise one for all
	coupling   string
	axis       int
	perChannel map[int]int
}

// fits reports whether an output of shape s has the axes that are coupled, as the coupling says.
func (x *described) fits(s shapeFormula) error {
	switch {
	case x.coupling == "pinned" || s.axes == nil && (s.like == 0 || x.coupling == "elementwise"):
		return nil
	case x.coupling == "elementwise":
		return fmt.Errorf("with coupling elementwise, want that of an input")
	case s.axes == nil:
		return fmt.Errorf("with coupling channel, want that of input 0, or an array")
	}
	if want := fmt.Sprintf("input0[%d]", x.axis); x.axis >= len(s.axes) || len(s.axes[x.axis].operands) != 1 || s.axes[x.axis].operands[0] != want {
		return fmt.Errorf("with coupling channel on axis %d, want %q there", x.axis, want)
	}
	return nil
}

// accept reports what of a node the description does not fit.
func (x *described) accept(n *graph.Node) error {
	if x.each && len(n.Outputs()) > len(x.shapes) && len(x.shapes) > 0 {
		return fmt.Errorf("its description has shapes for %d outputs, the node has %d", len(x.shapes), len(n.Outputs()))
	}
	return nil
}

func (x *described) infer(n *graph.Node) ([]graph.Type, error) {
	types := make([]graph.Type, len(n.Outputs()))
	for i := range types {
		if len(x.shapes) == 0 {
			continue
		}
		s := x.shapes[min(i, len(x.shapes)-1)]
		types[i].DType = inType(n, max(0, s.like)).DType
		if v := n.Out(i); v != nil && v.Type.DType != graph.Undefined {
			types[i].DType = v.Type.DType
		}
		if s.axes == nil {
			if n.In(s.like) == nil {
				return nil, fmt.Errorf("its description says as input %d, which it does not have", s.like)
			}
			types[i].Shape = inShape(n, s.like).Clone()
			continue
		}
		types[i].Shape = graph.Shape{}
		for _, f := range s.axes {
			d, err := f.extent(n)
			if err != nil {
				return nil, fmt.Errorf("its description: %w", err)
			}
			types[i].Shape = append(types[i].Shape, d)
		}
	}
	return types, nil
}

func (x *described) couple(n *graph.Node) (c Coupling, err error) {
	switch x.coupling {
	case "elementwise":
		for o, y := range n.Outputs() {
			if y == nil {
				continue
			}
			for i, v := range n.Inputs() {
				if v == nil {
					continue
				}
				shift := len(y.Type.Shape) - len(v.Type.Shape)
				for a, d := range v.Type.Shape {
					if shift+a >= 0 && d.Equal(y.Type.Shape[shift+a]) && !d.Is(1) {
						c.link(Out(o, shift+a), In(i, a))
					}
				}
			}
		}
	case "channel":
		if x.axis >= len(inShape(n, 0)) {
			return c, fmt.Errorf("its description couples axis %d, input 0 has %d axes", x.axis, len(inShape(n, 0)))
		}
		for o, y := range n.Outputs() {
			if y != nil && x.axis < len(y.Type.Shape) {
				c.link(Out(o, x.axis), In(0, x.axis))
			}
		}
		for _, i := range slices.Sorted(maps.Keys(x.perChannel)) {
			if a := x.perChannel[i]; n.In(i) != nil && a < len(inShape(n, i)) {
				if !inShape(n, i)[a].Equal(inShape(n, 0)[x.axis]) {
					return c, fmt.Errorf("its description says that axis %d of input %d has channels, but its extent is %v, not %v", a, i, inShape(n, i)[a], inShape(n, 0)[x.axis])
				}
				c.link(In(i, a), In(0, x.axis))
			}
		}
	}
	return c, nil
}

// standIn computes something that couples the axes as described: outputs of input 0's shape are that input, of others each
// channel is the mean of its channel of each sample.
func (x *described) standIn(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	if x.coupling == "pinned" {
		return nil, fmt.Errorf("it is described as pinned, and nothing can stand in for it")
	}
	from, ok := graph.Floats(in[0])
	if !ok {
		return nil, fmt.Errorf("want real numbers, have %v", in[0].DType())
	}
	types, err := x.inferFor(n, in)
	if err != nil {
		return nil, err
	}
	out := make([]*graph.Tensor, len(types))
	for o, t := range types {
		shape, known := t.Shape.Ints()
		if !known {
			return nil, fmt.Errorf("the shape of output %d is not known: %v", o, t.Shape)
		}
		v := from
		if !slices.Equal(shape, in[0].Shape()) {
			v = x.spread(from, in[0].Shape(), shape)
		}
		if out[o], ok = graph.FromFloats(t.DType, v, shape...); !ok {
			out[o] = graph.NewTensor(t.DType, shape...)
		}
	}
	return out, nil
}

// inferFor infers the types of the outputs for inputs of these extents.
func (x *described) inferFor(n *graph.Node, in []*graph.Tensor) ([]graph.Type, error) {
	g := graph.New("described")
	var ins, outs []*graph.Value
	for i, t := range in {
		var v *graph.Value
		if t != nil {
			v = g.Fresh("in" + strconv.Itoa(i))
			v.Type = graph.TypeOf(t)
		}
		ins = append(ins, v)
	}
	for _, y := range n.Outputs() {
		v := g.Fresh("out")
		if y != nil {
			v.Type.DType = y.Type.DType
		}
		outs = append(outs, v)
	}
	m, err := g.NewNode(n.Op, n.Domain, n.Version, ins, outs, n.Attrs...)
	if err != nil {
		return nil, err
	}
	return x.infer(m)
}

// spread fills a tensor of the other shape with the means of channels, by sample.
func (x *described) spread(from []float64, shape, other []int) []float64 {
	samples := 1
	if x.axis > 0 && len(shape) > 0 && other[0] == shape[0] {
		samples = shape[0]
	}
	place := func(i int, of []int) int {
		p := graph.Position(i, of)
		s := 0
		if samples > 1 {
			s = p[0]
		}
		if x.coupling == "channel" {
			return s*shape[x.axis] + p[x.axis]
		}
		return s
	}
	sums, counts := map[int]float64{}, map[int]float64{}
	for i, v := range from {
		k := place(i, shape)
		sums[k] += v
		counts[k]++
	}
	out := make([]float64, volume(other))
	for i := range out {
		if k := place(i, other); counts[k] > 0 {
			out[i] = sums[k] / counts[k]
		}
	}
	return out
}
