package kernel

import (
	"strings"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/runtime/internal/kernel/simd"
)

func init() { bind(bindRecurrent, "LSTM", "GRU", "RNN") }

// The inputs of the recurrent operators.
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

// recurrence is an LSTM, GRU or RNN with known extents. One product, computed before the first
// step, covers what all steps get from the input. Each step adds what it gets from the state.
type recurrence struct {
	op.Recurrence
	name                         string
	steps, batch, inputs, hidden int
	gates                        int
	stepRow, sampleRow           int // rows of x from step to step and from sample to sample
	w                            [][]float32
	r                            [][]packedGates // by direction
	bias                         [][]float32     // added to what comes from the input
	ownBias                      [][]float32     // added to what the hidden gate of a GRU gets from the state
	outs                         int             // number of the node's outputs
	hasH, hasC                   bool
	relu                         bool // whether an RNN's activation is Relu rather than Tanh
}

// packedGates are the weights of consecutive gates.
type packedGates struct {
	w []float32
	n int // columns
}

// usual lists the activations that the kernel supports.
var usual = map[string][]string{"LSTM": {"sigmoid", "tanh", "tanh"}, "GRU": {"sigmoid", "tanh"}, "RNN": {"tanh"}}

// bindRecurrent binds operators with constant weights and default activations, for samples that
// have all steps.
func bindRecurrent(q *Request) (*Bound, error) {
	x := q.in(atX)
	r := &recurrence{name: q.Node.Op, gates: map[string]int{"LSTM": 4, "GRU": 3, "RNN": 1}[q.Node.Op], outs: len(q.Out)}
	var err error
	if r.Recurrence, err = op.DecodeRecurrent(q.Node, r.gates); err != nil || !floating(x) || x.Rank() != 3 || x.Len() == 0 || len(q.Out) == 0 {
		return nil, ErrUnfit
	}
	if r.Clipped || r.name == "LSTM" && r.Variant || !r.activated() {
		return nil, ErrUnfit
	}
	there := func(i int) bool { return q.in(i).DType != graph.Undefined }
	for _, i := range []int{atW, atR, atB} {
		if there(i) && (!floating(q.in(i)) || q.in(i).Const == nil) {
			return nil, ErrUnfit
		}
	}
	r.hasH, r.hasC = there(atInitialH), there(atInitialC)
	if there(atLengths) || there(atPeepholes) || r.hasH && !floating(q.in(atInitialH)) || r.hasC && !floating(q.in(atInitialC)) {
		return nil, ErrUnfit
	}
	r.inputs, r.hidden = x.Dims[2], q.in(atR).Dims[2]
	step, sample := 0, 1
	if r.BatchFirst {
		step, sample = 1, 0
	}
	r.steps, r.batch = x.Dims[step], x.Dims[sample]
	if r.hidden == 0 {
		return nil, ErrUnfit
	}
	if !innermost(x, 2, 3) || x.Dims[2] == 1 {
		x.Order = nil
	}
	strides := x.Strides()
	r.stepRow, r.sampleRow = strides[step]/r.inputs, strides[sample]/r.inputs
	r.prepare(q)
	k := &Bound{Name: strings.ToLower(r.name), In: q.orders()}
	k.In[0] = x.Order
	for _, y := range q.Out {
		k.Out = append(k.Out, y.In(nil))
	}
	wide := r.gates * r.hidden
	k.Shared = r.Directions * r.steps * r.batch * wide
	chunk := r.batch // samples in one piece
	if q.Threads > r.Directions {
		chunk = ceilDiv(r.batch, ceilDiv(q.Threads, r.Directions))
	}
	k.Own = chunk * (wide + 4*r.hidden)
	k.Phases = append(r.fromInput(q.Threads), r.run(chunk))
	return k, nil
}

// activated reports whether the kernel supports the node's activations.
func (r *recurrence) activated() bool {
	want := usual[r.name]
	if r.Activation == nil {
		return true
	}
	if len(r.Activation) < len(want)*r.Directions {
		return false
	}
	relus := 0
	for i, name := range r.Activation[:len(want)*r.Directions] {
		switch name = strings.ToLower(name); {
		case r.name == "RNN" && name == "relu":
			relus++
		case name != want[i%len(want)]:
			return false
		}
	}
	r.relu = relus > 0
	return relus == 0 || relus == r.Directions
}

// packedRecurrent is the form of packed weights: some gates of a direction.
type packedRecurrent struct{ direction, gates, first, n int }

// prepare packs the weights and adds up the biases.
func (r *recurrence) prepare(q *Request) {
	pack := func(t *graph.Tensor, direction, first, n, depth int) []float32 {
		return q.Weights.of(t, packedRecurrent{direction, r.gates, first, n}, func() []float32 {
			all := Aligned(simd.PackedLen(1, depth, n))
			simd.PackStrips(all, graph.Data[float32](t)[(direction*r.gates*r.hidden+first)*depth:], 1, depth, n, 0, 1, depth)
			return all
		})
	}
	h, wide := r.hidden, r.gates*r.hidden
	for d := range r.Directions {
		r.w = append(r.w, pack(q.in(atW).Const, d, 0, wide, r.inputs))
		split := []int{0, wide}
		if r.name == "GRU" {
			split = []int{0, 2 * h, wide}
		}
		var gates []packedGates
		for i, end := range split[1:] {
			gates = append(gates, packedGates{pack(q.in(atR).Const, d, split[i], end-split[i], h), end - split[i]})
		}
		r.r = append(r.r, gates)
		bias, own := make([]float32, wide), make([]float32, h)
		if b := q.in(atB); b.Const != nil {
			v := graph.Data[float32](b.Const)[d*2*wide:][:2*wide]
			copy(bias, v)
			for i, x := range v[wide:] {
				if r.name == "GRU" && r.Variant && i >= 2*h {
					own[i-2*h] = x
				} else {
					bias[i] += x
				}
			}
		}
		r.bias, r.ownBias = append(r.bias, bias), append(r.ownBias, own)
	}
}

// fromInput multiplies all rows of x by the weights of each direction, into shared memory.
func (r *recurrence) fromInput(threads int) []Phase {
	wide, rows := r.gates*r.hidden, r.steps*r.batch
	var phases []Phase
	for d := range r.Directions {
		p := &product{rows: rows, k: r.inputs, n: wide, taps: 1, groups: 1, ldx: r.inputs, ldy: wide, w: r.w[d],
			epilogue: Epilogue{Bias: graph.TensorOf(r.bias[d], wide), Activation: NoActivation}}
		for _, phase := range p.phases(threads) {
			do := phase.Do
			phase.Do = func(c *Call, own []float32, lo, hi int) {
				do(&Call{In: c.In[:1], Out: [][]float32{c.Shared[d*rows*wide:][:rows*wide]}}, own, lo, hi)
			}
			phases = append(phases, phase)
		}
	}
	return together(phases)
}

// states is the memory of a piece: the gates and the states of n samples.
type states struct {
	n                    int
	gates, h, c, tmp, up []float32
}

// run goes through the steps of a direction for chunk samples at a time.
func (r *recurrence) run(chunk int) Phase {
	h, wide := r.hidden, r.gates*r.hidden
	chunks := ceilDiv(r.batch, chunk)
	return Phase{Pieces: r.Directions * chunks, Cost: r.steps * chunk * wide * h / 8, Do: func(c *Call, own []float32, lo, hi int) {
		for i := lo; i < hi; i++ {
			d, first := i/chunks, i%chunks*chunk
			n := min(chunk, r.batch-first)
			size := n * h
			s := states{n, own[:n*wide], own[n*wide:][:size], own[n*wide+size:][:size], own[n*wide+2*size:][:size], own[n*wide+3*size:][:size]}
			r.begin(c, &s, d, first)
			for step := range r.steps {
				t := step
				if r.Reverse || d == 1 {
					t = r.steps - 1 - step
				}
				row := t*r.stepRow + first*r.sampleRow
				r.step(&s, d, c.Shared[(d*r.steps*r.batch+row)*wide:])
				for b := range n {
					copy(c.Out[0][r.outputAt(d, t, first+b):][:h], s.h[b*h:])
				}
			}
			for o, v := range [][]float32{nil, s.h, s.c}[:r.outs] {
				for b := 0; v != nil && b < n; b++ {
					copy(c.Out[o][r.stateAt(d, first+b):][:h], v[b*h:])
				}
			}
		}
	}}
}

// begin fills the states before the first step.
func (r *recurrence) begin(c *Call, s *states, d, first int) {
	clear(s.h)
	clear(s.c)
	for b := range s.n {
		at := r.stateAt(d, first+b)
		if r.hasH {
			copy(s.h[b*r.hidden:], c.In[atInitialH][at:][:r.hidden])
		}
		if r.hasC {
			copy(s.c[b*r.hidden:], c.In[atInitialC][at:][:r.hidden])
		}
	}
}

// stateAt returns the offset of a direction and a sample in a tensor of states.
func (r *recurrence) stateAt(d, sample int) int {
	if r.BatchFirst {
		return (sample*r.Directions + d) * r.hidden
	}
	return (d*r.batch + sample) * r.hidden
}

// outputAt returns the offset in Y of the state after a step.
func (r *recurrence) outputAt(d, step, sample int) int {
	if r.BatchFirst {
		return ((sample*r.steps+step)*r.Directions + d) * r.hidden
	}
	return ((step*r.Directions+d)*r.batch + sample) * r.hidden
}

// fromState writes to y, whose rows begin ldy apart, what some gates get from the rows of h, plus
// what they get from the input or a bias.
func (r *recurrence) fromState(y, h []float32, g packedGates, n, ldy int, input, bias []float32) {
	for i := range simd.Strips(g.n) {
		first, width, columns := simd.StripAt(i, g.n)
		m := simd.Product{X: h, K: r.hidden, LdX: r.hidden, W: g.w[r.hidden*first:], Width: width, Columns: columns,
			Y: y[first:], LdY: ldy, Lo: NoActivation.Lo, Hi: NoActivation.Hi, Rows: n}
		if input != nil {
			m.Residual, m.LdR = input[first:], r.sampleRow*r.gates*r.hidden
		}
		if bias != nil {
			m.Bias = bias[first:][:columns]
		}
		m.Run()
	}
}

// step replaces the states with those after one more step. Input is what the gates of the first
// sample get from the input.
func (r *recurrence) step(s *states, d int, input []float32) {
	switch h := r.hidden; r.name {
	case "LSTM":
		r.fromState(s.gates, s.h, r.r[d][0], s.n, 4*h, input, nil)
		for b := range s.n {
			g, c, y, tmp := s.gates[b*4*h:][:4*h], s.c[b*h:][:h], s.h[b*h:][:h], s.tmp[:h]
			simd.Sigmoid(g[:3*h], g[:3*h]) // input, output, forget
			simd.Tanh(g[3*h:], g[3*h:])
			simd.Mul(c, c, g[2*h:3*h])
			simd.Mul(tmp, g[:h], g[3*h:])
			simd.Add(c, c, tmp)
			simd.Tanh(y, c)
			simd.Mul(y, y, g[h:2*h])
		}
	case "GRU":
		r.gru(s, d, input)
	default:
		r.fromState(s.gates, s.h, r.r[d][0], s.n, h, input, nil)
		if r.relu {
			relu(s.h, s.gates)
		} else {
			simd.Tanh(s.h, s.gates)
		}
	}
}

// gru is step for a GRU, whose gates are update, reset and hidden.
func (r *recurrence) gru(s *states, d int, input []float32) {
	h := r.hidden
	r.fromState(s.gates, s.h, r.r[d][0], s.n, 3*h, input, nil)
	for b := range s.n {
		g := s.gates[b*3*h:][:2*h]
		simd.Sigmoid(g, g)
		if !r.Variant { // the reset gate scales the operand of R
			simd.Mul(s.tmp[b*h:][:h], s.h[b*h:][:h], g[h:])
		}
	}
	if r.Variant { // or the product with R
		r.fromState(s.up, s.h, r.r[d][1], s.n, h, nil, r.ownBias[d])
	} else {
		r.fromState(s.up, s.tmp, r.r[d][1], s.n, h, input[2*h:], nil)
	}
	for b := range s.n {
		g, y, next := s.gates[b*3*h:], s.h[b*h:][:h], s.up[b*h:][:h]
		if r.Variant {
			simd.Mul(next, next, g[h:2*h])
			simd.Add(next, next, input[b*r.sampleRow*3*h+2*h:][:h])
		}
		simd.Tanh(next, next)
		simd.Sub(y, y, next)
		simd.Mul(y, y, g[:h])
		simd.Add(y, y, next)
	}
}
