package op_test

import (
	"fmt"
	"math"
	"math/rand"
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// noise is a float tensor of numbers between -1 and 1.
func noise(r *rand.Rand, dims ...int) *graph.Tensor {
	t := ramp(0, dims...)
	for i := range graph.Data[float32](t) {
		graph.Data[float32](t)[i] = 2*r.Float32() - 1
	}
	return t
}

// along gives the positions of one axis of x, in this order.
func along(t *testing.T, x *graph.Tensor, axis int, positions ...int64) *graph.Tensor {
	t.Helper()
	return one(t, "Gather", []*graph.Attr{graph.IntAttr("axis", axis)}, x, i64(positions))[0]
}

// one evaluates an operator of three outputs at most.
func one(t *testing.T, name string, attrs []*graph.Attr, in ...*graph.Tensor) []*graph.Tensor {
	t.Helper()
	outs := map[string]int{"LSTM": 3, "GRU": 2, "RNN": 2}[name]
	out, err := applied{op: name, attrs: attrs, in: in, want: slices.Repeat([]*graph.Tensor{scalar(float32(0))}, max(1, outs))}.eval(t)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func equal(t *testing.T, what string, have, want *graph.Tensor) {
	t.Helper()
	if err := near(have, want, op.Tolerance{Abs: 1e-6, Rel: 1e-5}); err != nil {
		t.Errorf("%s: %v", what, err)
	}
}

// TestRecurrentLaws holds every recurrent operator against itself where the pages say that two ways of
// writing a model are the same.
func TestRecurrentLaws(t *testing.T) {
	for name, gates := range map[string]int{"LSTM": 4, "GRU": 3, "RNN": 1} {
		r := rand.New(rand.NewSource(3))
		const steps, batch, width, units = 5, 2, 3, 4
		x, b := noise(r, steps, batch, width), noise(r, 2, 2*gates*units)
		w, rec := noise(r, 2, gates*units, width), noise(r, 2, gates*units, units)
		h := noise(r, 2, batch, units)
		in := []*graph.Tensor{x, w, rec, b, nil, h}
		if name == "LSTM" {
			in = append(in, noise(r, 2, batch, units), noise(r, 2, 3*units))
		}
		two := graph.StringAttr("direction", "bidirectional")
		both := one(t, name, []*graph.Attr{two}, in...)
		for d, direction := range []string{"forward", "reverse"} {
			single := slices.Clone(in)
			for i, v := range in {
				if i > 0 && v != nil {
					single[i] = along(t, v, 0, int64(d))
				}
			}
			have := one(t, name, []*graph.Attr{graph.StringAttr("direction", direction)}, single...)
			equal(t, name+" "+direction+" Y", have[0], along(t, both[0], 1, int64(d)))
			for o := 1; o < len(have); o++ {
				equal(t, fmt.Sprint(name, " ", direction, " state ", o), have[o], along(t, both[o], 0, int64(d)))
			}
		}
		samplesFirst := func(v *graph.Tensor, perm ...int) *graph.Tensor {
			return one(t, "Transpose", []*graph.Attr{graph.IntsAttr("perm", perm...)}, v)[0]
		}
		turned := slices.Clone(in)
		for i := range turned {
			if i == 0 || i == 5 || i == 6 {
				turned[i] = samplesFirst(in[i], 1, 0, 2)
			}
		}
		have := one(t, name, []*graph.Attr{two, graph.IntAttr("layout", 1)}, turned...)
		equal(t, name+" layout 1", have[0], samplesFirst(both[0], 2, 0, 1, 3))
		equal(t, name+" layout 1 state", have[1], samplesFirst(both[1], 1, 0, 2))

		lengths := slices.Clone(in)
		lengths[4] = graph.TensorOf([]int32{5, 3}, 2)
		have = one(t, name, []*graph.Attr{two}, lengths...)
		short := slices.Clone(in)
		short[0] = along(t, x, 0, 0, 1, 2)
		want := one(t, name, []*graph.Attr{two}, short...)
		equal(t, name+" short sample", along(t, along(t, have[0], 0, 0, 1, 2), 2, 1), along(t, want[0], 2, 1))
		equal(t, name+" short sample's state", along(t, have[1], 1, 1), along(t, want[1], 1, 1))
		equal(t, name+" behind its end", along(t, along(t, have[0], 0, 3, 4), 2, 1), graph.NewTensor(graph.Float32, 2, 2, 1, units))
		equal(t, name+" long sample", along(t, have[0], 2, 0), along(t, both[0], 2, 0))
	}
}

// What single steps of one unit are computed with, whose weights are all 1: what goes into every gate is x, 0.5.

func ones(dims ...int) *graph.Tensor {
	v := ramp(0, dims...)
	for i := range graph.Data[float32](v) {
		graph.Data[float32](v)[i] = 1
	}
	return v
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// at is a tensor of one number.
func at(x float64, dims ...int) *graph.Tensor { return f32([]float32{float32(x)}, dims...) }

// step is the inputs of one step: x, the weights of so many gates, and more.
func step(gates int, more ...*graph.Tensor) []*graph.Tensor {
	return append([]*graph.Tensor{at(0.5, 1, 1, 1), ones(1, gates, 1), ones(1, gates, 1)}, more...)
}

// gives is the output Y of one step.
func gives(v float64) []*graph.Tensor { return []*graph.Tensor{at(v, 1, 1, 1, 1)} }

func acts(names ...string) *graph.Attr {
	return &graph.Attr{Name: "activations", Kind: graph.AttrStrings, Strings: names}
}

func floatsAttr(name string, v ...float32) *graph.Attr {
	return &graph.Attr{Name: name, Kind: graph.AttrFloats, Floats: v}
}

func TestLSTMByHand(t *testing.T) {
	s := logistic(0.5)
	c := s * math.Tanh(0.5)
	peep := ones(1, 3)
	state := at(0.5, 1, 1, 1)
	cell := logistic(1)*0.5 + logistic(1)*math.Tanh(0.5)
	applyAll(t, "LSTM", []applied{
		{name: "states", in: step(4), want: []*graph.Tensor{at(s*math.Tanh(c), 1, 1, 1, 1), at(s*math.Tanh(c), 1, 1, 1), at(c, 1, 1, 1)}},
		{name: "only the cell state", in: step(4), want: []*graph.Tensor{nil, nil, at(c, 1, 1, 1)}},
		{name: "peepholes", in: step(4, nil, nil, nil, state, peep), want: []*graph.Tensor{nil, nil, at(cell, 1, 1, 1)}},
		{name: "output gate sees the new cell state", in: step(4, nil, nil, nil, state, peep), want: gives(logistic(0.5+cell) * math.Tanh(cell))},
		{name: "input_forget", attrs: []*graph.Attr{graph.IntAttr("input_forget", 1)}, in: step(4, nil, nil, nil, state),
			want: []*graph.Tensor{nil, nil, at((1-s)*0.5+c, 1, 1, 1)}},
		{name: "clip", attrs: []*graph.Attr{graph.FloatAttr("clip", 0.25)}, in: step(4), want: []*graph.Tensor{nil, nil, at(logistic(0.25)*math.Tanh(0.25), 1, 1, 1)}},
		{name: "clip is of the gates, not of the cell state", attrs: []*graph.Attr{graph.FloatAttr("clip", 0.25)}, in: step(4, nil, nil, nil, at(1, 1, 1, 1)),
			want: gives(logistic(0.25) * math.Tanh(logistic(0.25)*(1+math.Tanh(0.25))))},
		{name: "initial_h of another width", in: step(4, nil, nil, f32([]float32{1, 2}, 1, 1, 2)), err: "initial_h: want shape [1,1,1], have [1,1,2]"},
		{name: "too few activations", attrs: []*graph.Attr{acts("Tanh")}, in: step(4), err: "activations: want 3 names, have 1"},
		{name: "unknown activation", attrs: []*graph.Attr{acts("Tanh", "Gelu", "Tanh")}, in: step(4), err: `activations: "Gelu" is not known`},
		{name: "direction", attrs: []*graph.Attr{graph.StringAttr("direction", "up")}, in: step(4), err: `direction: "up"`},
		{name: "direction without weights", attrs: []*graph.Attr{graph.StringAttr("direction", "bidirectional")}, in: step(4), err: "W: want shape [2,4,1], have [1,4,1]"},
		{name: "layout", attrs: []*graph.Attr{graph.IntAttr("layout", 2)}, in: step(4), err: "layout: want 0 or 1, have 2"},
		{name: "hidden_size", attrs: []*graph.Attr{graph.IntAttr("hidden_size", 3)}, in: step(4), err: "W: want shape [1,12,1], have [1,4,1]"},
		{name: "no hidden_size", attrs: []*graph.Attr{graph.IntAttr("hidden_size", 0)}, in: step(4), err: "hidden_size: want a positive number, have 0"},
		{name: "lengths beyond the end", in: step(4, nil, graph.TensorOf([]int32{2}, 1)), err: "sequence_lens: want 0 to 1, have 2"},
		{name: "no clip", attrs: []*graph.Attr{graph.FloatAttr("clip", -1)}, in: step(4), err: "clip: want a positive number, have -1"},
	})
}

func TestGRUByHand(t *testing.T) {
	s, state := logistic(0.5), at(0.5, 1, 1, 1)
	u := logistic(1) // 0.5 from the input, 0.5 from the state
	two := ones(1, 6)
	applyAll(t, "GRU", []applied{
		{name: "reset before", in: step(3, nil, nil, state), want: gives((1-u)*math.Tanh(0.5+u*0.5) + u*0.5)},
		{name: "reset before, with biases", in: step(3, two, nil, nil), want: gives((1 - logistic(2.5)) * math.Tanh(2.5))},
		{name: "reset behind, with biases", attrs: []*graph.Attr{graph.IntAttr("linear_before_reset", 1)}, in: step(3, two, nil, nil),
			want: gives((1 - logistic(2.5)) * math.Tanh(1.5+logistic(2.5)))},
		{name: "relu as PyTorch writes it", attrs: []*graph.Attr{acts("sigmoid", "relu")}, in: step(3), want: gives((1 - s) * 0.5)},
	})
}

func TestRNNByHand(t *testing.T) {
	var rnn []applied
	for _, a := range []struct {
		name        string
		alpha, beta []float32
		want        float64
	}{
		{"Affine", []float32{2}, []float32{1}, 2}, {"Affine", nil, nil, 0.5}, {"LeakyRelu", nil, nil, 0.5}, {"ThresholdedRelu", []float32{0.5}, nil, 0.5},
		{"ThresholdedRelu", nil, nil, 0}, {"ScaledTanh", []float32{2}, []float32{3}, 2 * math.Tanh(1.5)}, {"HardSigmoid", nil, nil, 0.6},
		{"Elu", nil, nil, 0.5}, {"Softsign", nil, nil, 1.0 / 3}, {"Softplus", nil, nil, math.Log1p(math.Exp(0.5))},
	} {
		rnn = append(rnn, applied{name: fmt.Sprint(a.name, a.alpha), in: step(1), want: gives(a.want),
			attrs: []*graph.Attr{acts(a.name), floatsAttr("activation_alpha", a.alpha...), floatsAttr("activation_beta", a.beta...)}})
	}
	applyAll(t, "RNN", append(rnn,
		applied{name: "a second activation of one direction is not looked at", attrs: []*graph.Attr{acts("Relu", "Tanh")}, in: step(1), want: gives(0.5)},
		applied{name: "no matrix", in: []*graph.Tensor{at(0.5, 1, 1, 1), ones(1, 1), ones(1, 1, 1)}, err: "W: want shape [1,1,1], have [1,1]"}))
}

func TestRecurrentRules(t *testing.T) {
	hidden := graph.IntAttr("hidden_size", 4)
	coupleEach(t, "LSTM", []coupled{
		{name: "a unit is a row of each gate, a column of R and a position of each state", attrs: []*graph.Attr{hidden},
			in: []any{"T N 3", "1 16 3", "1 16 4", "1 32", "N", "1 N 4", "1 N 4", "1 12"}, outs: 3,
			types: "float[T,1,N,4] float[1,N,4] float[1,N,4]",
			want: "in0.2=in1.2, in0.1=in0.1, in0.1=in4.0, in0.1=in5.1, in2.2=in5.2, in0.1=in6.1, in2.2=in6.2, in0.1=out1.1, in2.2=out1.2, " +
				"in0.1=out2.1, in2.2=out2.2, in0.1=out0.2, in2.2=out0.3, " +
				"in1.1=v0(4)*in2.2, in2.1=v1(4)*in2.2, in3.1=v2(8)*in2.2, in7.1=v3(3)*in2.2, " +
				"pin in1.0, pin v0(4), pin in2.0, pin v1(4), pin in3.0, pin v2(8), pin in7.0, pin v3(3), pin in0.0, pin in5.0, pin in6.0, " +
				"pin out1.0, pin out2.0, pin out0.0, pin out0.1",
			kept: map[string][]int{"in2.2": {0, 2, 3}}, after: "hidden_size=3"},
		{name: "an attribute that is not there is not written", in: []any{"T N 3", "1 16 3", "1 16 4"}, types: "float[T,1,N,4]",
			kept: map[string][]int{"in2.2": {0, 2, 3}}, after: ""},
		{name: "samples first", attrs: []*graph.Attr{graph.IntAttr("layout", 1), graph.StringAttr("direction", "bidirectional")},
			in: []any{"N T 3", "2 16 3", "2 16 4"}, outs: 2, types: "float[N,T,2,4] float[N,2,4]"},
		{name: "a layout before there was one", version: 7, attrs: []*graph.Attr{graph.IntAttr("layout", 1)},
			in: []any{"T N 3", "1 16 3", "1 16 4"}, types: "float[T,1,N,4]"},
		{name: "an input too wide", in: []any{"T N 5", "1 16 3", "1 16 4"}, err: "W: want shape [1,16,5], have [1,16,3]"},
	})
	coupleEach(t, "RNN", []coupled{
		{name: "one gate is none", in: []any{"T N 3", "1 4 3", "1 4 4"},
			want: "in0.2=in1.2, in0.1=in0.1, in0.1=out0.2, in2.2=out0.3, in1.1=in2.2, in2.1=in2.2, " +
				"pin in1.0, pin v0(1), pin in2.0, pin v1(1), pin in0.0, pin out0.0, pin out0.1"},
	})
}

// TestBadRecurrences feeds what nearly goes together.
func TestBadRecurrences(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for name, gates := range map[string]int{"LSTM": 4, "GRU": 3, "RNN": 1} {
		evaluated := 0
		for range 3000 {
			size := func(usual int) int {
				return []int{usual, usual, usual, usual, usual, usual, usual, usual, 0, 3}[r.Intn(10)]
			}
			in := []*graph.Tensor{noise(r, size(2), size(1), size(2)), noise(r, size(1), size(gates), size(2)), noise(r, size(1), size(gates), size(1)),
				nil, graph.TensorOf([]int32{int32(odd[r.Intn(len(odd))])}, 1), noise(r, size(1), size(1), size(1))}
			for i := 3; i < len(in); i++ {
				if r.Intn(2) == 0 {
					in[i] = nil
				}
			}
			attrs := junkAttrs(r)
			for _, a := range []string{"hidden_size", "layout", "input_forget", "linear_before_reset"} {
				if r.Intn(5) == 0 {
					attrs = append(attrs, &graph.Attr{Name: a, Kind: graph.AttrInt, Int: odd[r.Intn(len(odd))]})
				}
			}
			c := applied{op: name, version: 14, attrs: attrs, in: in, want: []*graph.Tensor{nil, in[0]}}
			n := c.node(t, false)
			if err := survives(op.Lookup(n), n, in); err != nil {
				t.Fatalf("%s, %s, inputs %s: %v", name, parameters(n), shapesOf(in), err)
			}
			if _, err := op.Lookup(n).Eval(n, in); err == nil {
				evaluated++
			}
		}
		if evaluated == 0 {
			t.Errorf("%s: nothing was ever right", name)
		}
	}
}
