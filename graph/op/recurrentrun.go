package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

// direction holds the weights of one direction of a recurrent operator, one gate below the other,
// and its activations.
type direction struct {
	input, hidden int
	w, r          []float64
	wb, rb        []float64 // nil: zeroes
	peepholes     []float64 // nil: zeroes
	activations   []func(float64) float64
	clip          float64
	variant       bool // input_forget of LSTM, linear_before_reset of GRU
}

// fromInput returns what the input contributes to gate g: W x + Wb.
func (d *direction) fromInput(g int, x []float64) []float64 { return d.product(d.w, d.wb, g, x) }

// fromState returns what the state contributes to gate g: R h + Rb.
func (d *direction) fromState(g int, h []float64) []float64 { return d.product(d.r, d.rb, g, h) }

func (d *direction) product(w, bias []float64, g int, x []float64) []float64 {
	out := make([]float64, d.hidden)
	for j := range out {
		at, total := g*d.hidden+j, 0.0
		if bias != nil {
			total = bias[at]
		}
		row := w[at*len(x):][:len(x)]
		for k, v := range x {
			total += row[k] * v
		}
		out[j] = total
	}
	return out
}

// peephole returns the j-th weight of peephole p.
func (d *direction) peephole(p, j int) float64 {
	if d.peepholes == nil {
		return 0
	}
	return d.peepholes[p*d.hidden+j]
}

// activate returns activation a of x, clipped.
func (d *direction) activate(a int, x float64) float64 {
	return d.activations[a](clamp(x, -d.clip, d.clip))
}

// recurrentRun is one evaluation.
type recurrentRun struct {
	recurrence
	steps, batch, units, width int // width is the input's
	x                          []float64
	lengths                    []int
	h, c                       []float64 // states by direction and sample, whatever the layout
	y                          []float64
}

func evalRecurrent(n *graph.Node, k recurrentKind, in []*graph.Tensor) ([]*graph.Tensor, error) {
	shapes := make([]graph.Shape, len(recurrentInputs))
	for i, t := range in {
		if t != nil && i < len(shapes) {
			shapes[i] = graph.ShapeOf(t.Shape()...)
		}
	}
	r, err := decodeRecurrent(n, k, shapes)
	if err != nil {
		return nil, err
	}
	directions, run, err := r.prepare(n, in)
	if err != nil {
		return nil, err
	}
	for i, d := range directions {
		for b := range run.batch {
			run.sequence(i, b, d)
		}
	}
	return run.outputs(n, in[atX].DType())
}

// prepare reads the inputs, whose shapes are consistent.
func (r *recurrence) prepare(n *graph.Node, in []*graph.Tensor) ([]*direction, *recurrentRun, error) {
	x := in[atX].Shape()
	run := &recurrentRun{recurrence: *r, steps: x[1-r.batchAxis()], batch: x[r.batchAxis()], width: x[2]}
	run.units, _ = r.hidden.Value()
	if err := mustFit([]int{max(run.steps, 1), r.directions, run.batch, run.units}); err != nil {
		return nil, nil, err
	}
	var err error
	if run.lengths, err = run.lengthsOf(in); err != nil {
		return nil, nil, err
	}
	floats := make([]*graph.Tensor, len(recurrentInputs))
	copy(floats, in)
	floats[atLengths] = nil
	v, err := floatInputs(floats)
	if err != nil {
		return nil, nil, err
	}
	run.x = v[atX]
	run.h, run.c = run.initial(v[atInitialH]), run.initial(v[atInitialC])
	run.y = make([]float64, run.steps*r.directions*run.batch*run.units)
	activations, err := r.activationsOf(n)
	if err != nil {
		return nil, nil, err
	}
	directions := make([]*direction, r.directions)
	for i := range directions {
		part := func(v []float64) []float64 { return v[i*len(v)/r.directions : (i+1)*len(v)/r.directions] }
		d := &direction{input: run.width, hidden: run.units, w: part(v[atW]), r: part(v[atR]), activations: activations[i], clip: r.clip,
			variant: n.Int("input_forget", 0) != 0 || n.Int("linear_before_reset", 0) != 0}
		if v[atB] != nil {
			b := part(v[atB])
			d.wb, d.rb = b[:len(b)/2], b[len(b)/2:]
		}
		if v[atPeepholes] != nil {
			d.peepholes = part(v[atPeepholes])
		}
		directions[i] = d
	}
	return directions, run, nil
}

// lengthsOf returns the number of steps of every sample.
func (run *recurrentRun) lengthsOf(in []*graph.Tensor) ([]int, error) {
	lengths, err := intsOf(in, atLengths)
	if err != nil {
		return nil, err
	}
	if lengths == nil {
		for range run.batch {
			lengths = append(lengths, run.steps)
		}
	}
	for _, l := range lengths {
		if l < 0 || l > run.steps {
			return nil, fmt.Errorf("sequence_lens: want 0 to %d, have %d", run.steps, l)
		}
	}
	return lengths, nil
}

// state returns the index in a tensor of states at which the state of a direction and a sample
// begins.
func (run *recurrentRun) state(direction, b int) int {
	if run.batchFirst {
		return (b*run.directions + direction) * run.units
	}
	return (direction*run.batch + b) * run.units
}

// initial returns a copy of the states, or zeros if there are none.
func (run *recurrentRun) initial(v []float64) []float64 {
	s := make([]float64, run.directions*run.batch*run.units)
	copy(s, v)
	return s
}

// sequence runs direction d, the i-th, over sample b. Steps beyond its length give zeros.
func (run *recurrentRun) sequence(i, b int, d *direction) {
	at := run.state(i, b)
	h, c := run.h[at:at+run.units], run.c[at:at+run.units]
	for k := range run.lengths[b] {
		t := k
		if run.reverse || i == 1 {
			t = run.lengths[b] - 1 - k
		}
		row, y := t*run.batch+b, ((t*run.directions+i)*run.batch+b)*run.units
		if run.batchFirst {
			row, y = b*run.steps+t, ((b*run.steps+t)*run.directions+i)*run.units
		}
		run.step(d, run.x[row*run.width:(row+1)*run.width], h, c)
		copy(run.y[y:], h)
	}
}

// outputs makes tensors of the outputs that the node has.
func (run *recurrentRun) outputs(n *graph.Node, elem graph.DType) ([]*graph.Tensor, error) {
	batch := graph.Size(run.batch)
	shapes := []graph.Shape{run.outputShape(graph.Size(run.steps), batch), run.stateShape(batch), run.stateShape(batch)}
	out := make([]*graph.Tensor, len(n.Outputs()))
	for o, v := range [][]float64{run.y, run.h, run.c}[:len(out)] {
		if n.Out(o) == nil {
			continue
		}
		dims, _ := shapes[o].Ints()
		var err error
		if out[o], err = fromFloats(elem, v, dims); err != nil {
			return nil, err
		}
	}
	return out, nil
}
