package op

import (
	"fmt"
	"math"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// LSTM, GRU and RNN share everything except the computation of a step.

// The inputs, in order. Those of RNN and GRU end with initial_h.
const (
	atX = iota
	atW
	atR
	atB
	atLengths
	atInitialH
	atInitialC
	atPeepholes
)

// StateWeights is the input of a recurrent operator with the weights for its own state: R.
const StateWeights = atR

// recurrentInputs name the inputs as the operators' pages do.
var recurrentInputs = []string{"X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P"}

// recurrentKind distinguishes the three operators.
type recurrentKind struct {
	gates    int      // blocks of W and R, one below the other
	defaults []string // activations of one direction
	step     func(d *direction, x, h, c []float64)
}

// recurrence holds the decoded attributes of a recurrent node.
type recurrence struct {
	recurrentKind
	directions int
	reverse    bool // the only direction runs from the last step to the first
	batchFirst bool // layout 1
	hidden     graph.Dim
	clip       float64
}

// decodeRecurrent reads attributes for the shapes of the inputs, of which any may be nil.
func decodeRecurrent(n *graph.Node, k recurrentKind, shapes []graph.Shape) (recurrence, error) {
	r := recurrence{recurrentKind: k, directions: 1, hidden: graph.Unknown, clip: math.Inf(1)}
	switch d := n.Str("direction", "forward"); d {
	case "forward":
	case "reverse":
		r.reverse = true
	case "bidirectional":
		r.directions = 2
	default:
		return r, fmt.Errorf("direction: %q is none of forward, reverse, bidirectional", d)
	}
	if n.Version >= 14 {
		layout := n.Int("layout", 0)
		if layout != 0 && layout != 1 {
			return r, fmt.Errorf("layout: want 0 or 1, have %d", layout)
		}
		r.batchFirst = layout == 1
	}
	if n.Attr("clip") != nil {
		if r.clip = float64(n.Float("clip", 0)); !(r.clip > 0) {
			return r, fmt.Errorf("clip: want a positive number, have %v", r.clip)
		}
	}
	if s := shapes[atR]; len(s) == 3 {
		r.hidden = s[2]
	}
	if n.Attr("hidden_size") != nil {
		h := n.Int("hidden_size", 0)
		if h < 1 || h > mostElements {
			return r, fmt.Errorf("hidden_size: want a positive number, have %d", h)
		}
		r.hidden = graph.Size(h)
	}
	return r, r.fit(shapes)
}

// fit returns an error for the first input whose shape does not match the others.
func (r *recurrence) fit(shapes []graph.Shape) error {
	x := unknownShape(3)
	if s := shapes[atX]; s != nil {
		if len(s) != 3 {
			return fmt.Errorf("%s: want 3 axes, have shape %v", recurrentInputs[atX], s)
		}
		x = s
	}
	batch := x[r.batchAxis()]
	times := func(k int) graph.Dim { return r.hidden.Mul(graph.Size(k)) }
	directions := graph.Size(r.directions)
	state := r.stateShape(batch)
	want := []graph.Shape{x, {directions, times(r.gates), x[2]}, {directions, times(r.gates), r.hidden}, {directions, times(2 * r.gates)},
		{batch}, state, state, {directions, times(3)}}
	for i, s := range shapes {
		ok := s == nil || len(s) == len(want[i])
		for d := 0; ok && d < len(s); d++ {
			ok = !s[d].Known() || !want[i][d].Known() || s[d] == want[i][d]
		}
		if !ok {
			return fmt.Errorf("%s: want shape %v, have %v", recurrentInputs[i], want[i], s)
		}
	}
	return nil
}

// batchAxis returns the axis of X and of the states that counts samples. The other of the first two
// axes counts the steps of X and the directions of a state.
func (r *recurrence) batchAxis() int {
	if r.batchFirst {
		return 0
	}
	return 1
}

// stateShape returns the shape of initial_h, initial_c, Y_h and Y_c.
func (r *recurrence) stateShape(batch graph.Dim) graph.Shape {
	if r.batchFirst {
		return graph.Shape{batch, graph.Size(r.directions), r.hidden}
	}
	return graph.Shape{graph.Size(r.directions), batch, r.hidden}
}

// outputAxes returns the axes of Y that count steps, directions and samples. Hidden units are on
// the last axis.
func (r *recurrence) outputAxes() (step, direction, batch int) {
	if r.batchFirst {
		return 1, 2, 0
	}
	return 0, 1, 2
}

// outputShape returns the shape of Y.
func (r *recurrence) outputShape(steps, batch graph.Dim) graph.Shape {
	s := graph.Shape{0: {}, 3: r.hidden}
	step, direction, sample := r.outputAxes()
	s[step], s[direction], s[sample] = steps, graph.Size(r.directions), batch
	return s
}

// recurrentShapes returns the shapes of the node's inputs, as many as a recurrent operator can
// have.
func recurrentShapes(n *graph.Node) []graph.Shape {
	shapes := make([]graph.Shape, len(recurrentInputs))
	for i := range shapes {
		shapes[i] = inShape(n, i)
	}
	return shapes
}

func inferRecurrent(n *graph.Node, k recurrentKind) ([]graph.Type, error) {
	shapes := recurrentShapes(n)
	r, err := decodeRecurrent(n, k, shapes)
	if err != nil {
		return nil, err
	}
	if _, err := r.activationsOf(n); err != nil {
		return nil, err
	}
	steps, batch := graph.Unknown, graph.Unknown
	if x := shapes[atX]; x != nil {
		steps, batch = x[1-r.batchAxis()], x[r.batchAxis()]
	}
	elem := inType(n, atX).DType
	state := graph.TensorType(elem, r.stateShape(batch))
	types := []graph.Type{graph.TensorType(elem, r.outputShape(steps, batch)), state, graph.TensorType(elem, state.Shape.Clone())}
	return types[:len(n.Outputs())], nil
}

const isDirection = "it counts the directions of the recurrence"

// coupleRecurrent couples hidden units. A hidden unit is one row of every gate, one column of R and
// one position of every state. Removing the columns of R keeps a removed unit's state from the
// others.
func coupleRecurrent(n *graph.Node, k recurrentKind) (c Coupling, err error) {
	r, err := decodeRecurrent(n, k, recurrentShapes(n))
	if err != nil {
		return c, err
	}
	unit := In(atR, 2)
	c.link(In(atX, 2), In(atW, 2))
	gated := func(i, gates int) {
		c.pinAxis(In(i, 0), isDirection)
		blocks := c.addVirtual(graph.Size(gates))
		c.pinAxis(blocks, "it counts the gates of "+n.Op)
		factors := axesOver1([]Axis{blocks, unit}, []graph.Dim{graph.Size(gates), r.hidden})
		if len(factors) == 0 {
			factors = []Axis{unit}
		}
		c.Product = append(c.Product, Product{[]Axis{In(i, 1)}, factors})
	}
	gated(atW, r.gates)
	gated(atR, r.gates)
	if n.In(atB) != nil {
		gated(atB, 2*r.gates)
	}
	if n.In(atPeepholes) != nil {
		gated(atPeepholes, 3)
	}
	r.coupleSequences(&c, n, unit)
	return c, nil
}

// coupleSequences couples what has an axis of samples: X, the lengths, the states and the outputs.
func (r *recurrence) coupleSequences(c *Coupling, n *graph.Node, unit Axis) {
	sample := In(atX, r.batchAxis())
	c.link(sample, sample) // stated even if no other value has the axis
	c.pinAxis(In(atX, 1-r.batchAxis()), "the recurrence runs along it")
	if n.In(atLengths) != nil {
		c.link(sample, In(atLengths, 0))
	}
	state := func(at func(dim int) Axis) {
		c.link(sample, at(r.batchAxis()))
		c.pinAxis(at(1-r.batchAxis()), isDirection)
		c.link(unit, at(2))
	}
	for _, i := range []int{atInitialH, atInitialC} {
		if n.In(i) != nil {
			state(func(dim int) Axis { return In(i, dim) })
		}
	}
	for o := 1; o < len(n.Outputs()); o++ {
		if n.Out(o) != nil {
			state(func(dim int) Axis { return Out(o, dim) })
		}
	}
	if n.Out(0) != nil {
		step, direction, batch := r.outputAxes()
		c.pinAxis(Out(0, step), "the recurrence runs along it")
		c.pinAxis(Out(0, direction), isDirection)
		c.link(sample, Out(0, batch))
		c.link(unit, Out(0, 3))
	}
}

func resizeRecurrent(n *graph.Node, kept Kept) error {
	if k := kept(In(atR, 2)); k != nil && n.Attr("hidden_size") != nil {
		n.SetAttr(graph.IntAttr("hidden_size", len(k)))
	}
	return nil
}

// costRecurrent counts the products with W and with R at every step of every sample.
func costRecurrent(n *graph.Node) Cost {
	x, w, r := inShape(n, atX), inShape(n, atW), inShape(n, atR)
	if len(x) != 3 || len(w) != 3 || len(r) != 3 {
		return Cost{graph.Unknown}
	}
	return Cost{x[0].Mul(x[1]).Mul(w.Elems().Add(r.Elems()))}
}

// recurrentDef returns the part of a Def that the three operators share.
func recurrentDef(name, doc string, maxIn, maxOut int, k recurrentKind) Def {
	return Def{
		Name: name, Doc: doc + "; https://onnx.ai/onnx/operators/onnx__" + name + ".html",
		Since: 7, Until: Latest, MinIn: 3, MaxIn: maxIn, MinOut: 0, MaxOut: maxOut,
		Tolerance: Tolerance{1e-5, 1e-5},
		Takes: func(n *graph.Node, i int) Interval {
			if x := inShape(n, 0); i == 4 && len(x) == 3 { // layout 1 has the samples first
				return lengths(x[n.Int("layout", 0)&1])
			}
			return Any
		},
		Infer:  func(n *graph.Node) ([]graph.Type, error) { return inferRecurrent(n, k) },
		Couple: func(n *graph.Node) (Coupling, error) { return coupleRecurrent(n, k) },
		Resize: resizeRecurrent,
		Cost:   costRecurrent,
		Eval: func(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
			return evalRecurrent(n, k, in)
		},
	}
}

// Recurrent reports whether n is one of the recurrent operators, whose weights have an axis of directions and are not
// kernels of a convolution.
func Recurrent(n *graph.Node) bool {
	return n.Domain == "" && slices.Contains([]string{"LSTM", "GRU", "RNN"}, n.Op)
}
