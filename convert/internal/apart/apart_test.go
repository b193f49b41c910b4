package apart_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/apart"
	"github.com/pollard-dev/pollard/graph"
)

func parse(t *testing.T, text string) *graph.Model {
	t.Helper()
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 17, "com.example" : 1]> ` + text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func names(vs []*graph.Value) (all []string) {
	for _, v := range vs {
		all = append(all, v.Name)
	}
	return all
}

// The part that runs has what the rest reads as outputs, and what it computes as inputs; together they are the model again.
func TestPartsMakeTheWhole(t *testing.T) {
	for _, c := range []struct {
		name, text                  string
		inputs, outputs, lost, made []string
		aside                       int
	}{
		{"all of it runs", `g (float[N,2] x) => (float[N,2] y) { y = Neg(x) }`, nil, nil, nil, nil, 0},
		{"in between", `g (float[N,2] x) => (float[N,2] y, float[N,2] z) <float[N,2] b, float[2,2] w = {1, 2, 3, 4}> { a = MatMul(x, w) b = com.example.Own(a, w) y = Neg(b) z = Abs(a) }`,
			[]string{"x", "b"}, []string{"y", "z", "a"}, []string{"y"}, []string{"b"}, 1},
		{"two in a row, from an input on", `g (float[N,2] x, float[N,2] k) => (float[N,2] y, float[N,2] z) <float[N,2] b> { b = com.example.Own(x) c = com.example.Own(b) y = com.example.Own(c, k) d = Exp(b) z = Abs(d) }`,
			[]string{"b"}, []string{"z"}, []string{"y", "z"}, []string{"b"}, 3},
		{"no rank behind it", `g (float[N,2] x) => (float[N,2] y, z) { a = Neg(x) y = Abs(a) b, c = com.example.Two(x) d = Add(c, a) z = Exp(d) }`,
			[]string{"x"}, []string{"y", "a"}, []string{"z"}, nil, 3},
		{"an output twice", `g (float[N,2] x) => (float[N,2] y, float[N,2] a) { a = Neg(x) y = com.example.Own(a, a) }`,
			[]string{"x"}, []string{"a"}, []string{"y"}, nil, 1},
		{"captured by a branch that is aside", `g (float[N,2] x, bool q) => (float[N,2] y) { a = Neg(x) y = If(q) <then_branch = t () => (float[N,2] o) { o = com.example.Own(a) }, else_branch = e () => (float[N,2] p) { p = Exp(a) }> }`,
			[]string{"x"}, []string{"a"}, []string{"y"}, nil, 1},
	} {
		m := parse(t, c.text)
		p, err := apart.Of(t.Context(), m)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if c.aside == 0 {
			if p != nil {
				t.Errorf("%s: %+v", c.name, p)
			}
			continue
		}
		if in, out := names(p.Runs.Graph.Inputs), names(p.Runs.Graph.Outputs); !slices.Equal(in, c.inputs) || !slices.Equal(out, c.outputs) ||
			!slices.Equal(p.Lost, c.lost) || !slices.Equal(p.MadeUp, c.made) || len(p.Aside) != c.aside {
			t.Errorf("%s: %v to %v, lost %v, made up %v, aside %v", c.name, in, out, p.Lost, p.MadeUp, p.Aside)
		}
		whole, err := p.Rejoin(p.Runs)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if !slices.Equal(names(whole.Graph.Inputs), names(m.Graph.Inputs)) || !slices.Equal(names(whole.Graph.Outputs), names(m.Graph.Outputs)) || len(whole.Graph.Nodes) != len(m.Graph.Nodes) {
			t.Errorf("%s: %s", c.name, whole.Text())
		}
		again, err := p.Again(whole)
		if err != nil || graph.Diff(again, p.Runs) != nil {
			t.Errorf("%s: again %v, %v", c.name, err, graph.Diff(again, p.Runs))
		}
	}
}

// A shape is guessed where all that follows agrees, and is forgotten afterwards.
func TestGuesses(t *testing.T) {
	for _, c := range []struct {
		name, text, want string
	}{
		{"the weights agree", `g (float[N,2] x) => (float[N,3] y) <float[2,3] w = {1, 2, 3, 4, 5, 6}> { b = com.example.Own(x) y = MatMul(b, w) }`, "x"},
		{"the weights of the second input agree", `g (float[N,5] k, float[N,2] x) => (float[N,3] y) <float[2,3] w = {1, 2, 3, 4, 5, 6}> { b = com.example.Own(k, x) y = MatMul(b, w) }`, "x"},
		{"the weights do not", `g (float[N,5] x) => (float[N,3] y, float[N,5] z) <float[2,3] w = {1, 2, 3, 4, 5, 6}> { z = Neg(x) b = com.example.Own(x) y = MatMul(b, w) }`, ""},
		{"the declared output does not", `g (float[N,2] x) => (float[N,3] y, float[N,2] z) { z = Neg(x) b = com.example.Own(x) y = Abs(b) }`, ""},
	} {
		p, err := apart.Of(t.Context(), parse(t, c.text))
		if err != nil || p.Guessed["b"] != c.want {
			t.Errorf("%s: %v, %+v", c.name, err, p)
			continue
		}
		whole, err := p.Rejoin(p.Runs)
		if err != nil || whole.Graph.Value("b").Type.Shape != nil {
			t.Errorf("%s: %v, a guess stays: %v", c.name, err, whole.Graph.Value("b").Type)
		}
		if c.want != "" && p.Typed(whole).Graph.Value("b").Type.Shape == nil {
			t.Errorf("%s: no type to count with", c.name)
		}
	}
}

// A sample has the same made-up values whichever others are read with it.
func TestSourceCompletesSamples(t *testing.T) {
	p, err := apart.Of(t.Context(), parse(t, `g (float[N,2] x, float[N,2] k) => (float[N,2] y) <float[N,3] b, float[3,2] w = {1, 2, 3, 4, 5, 6}> { b = com.example.Own(x, k) c = MatMul(b, w) y = Add(c, x) }`))
	if err != nil {
		t.Fatal(err)
	}
	data, err := dataset.InMemory(map[string]*graph.Tensor{"x": graph.TensorOf([]float32{1, 2, 3, 4, 5, 6}, 3, 2), "k": graph.NewTensor(graph.Float32, 3, 2)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := p.Source(data.Samples, nil, 1)
	if err != nil || s.Count() != 3 {
		t.Fatal(s, err)
	}
	all, err := s.Read([]int{0, 1, 2})
	if err != nil || len(all) != 2 || !slices.Equal(all["b"].Shape(), []int{3, 3}) {
		t.Fatal(all, err)
	}
	one, err := s.Read([]int{2})
	if err != nil || !slices.Equal(graph.Data[float32](one["b"]), graph.Data[float32](all["b"])[6:]) || graph.Data[float32](one["x"])[0] != 5 {
		t.Errorf("%v, %v of %v", err, one["b"], all["b"])
	}
	if slices.Equal(graph.Data[float32](all["b"])[:3], graph.Data[float32](all["b"])[3:6]) {
		t.Error("samples are alike")
	}
	none, err := s.Read(nil)
	if err != nil || !slices.Equal(none["b"].Shape(), []int{0, 3}) {
		t.Errorf("%v, %v", none, err)
	}
}

// A file of an opset before 7 that names the axes it broadcasts along has the same parts when it is read
// again: the axes are lined up first, as they are when it is simplified.
func TestAgainWithANamedAxis(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 3, opset_import: ["" : 6, "com.example" : 1]>
g (float[2,3,2,2] x) => (float[2,3,2,2] y) <float[3] b = {1, 2, 3}, float[2,3,2,2] c> { a = Add<axis = 1, broadcast = 1>(x, b) c = com.example.Own(a) y = Neg(c) }`)
	if err != nil {
		t.Fatal(err)
	}
	p, err := apart.Of(t.Context(), m)
	if err != nil || p == nil || len(p.Aside) != 1 {
		t.Fatal(p, err)
	}
	runs, err := p.Again(m)
	if err != nil {
		t.Fatal(err)
	}
	if have := names(runs.Graph.Outputs); !slices.Equal(have, []string{"y", "a"}) {
		t.Errorf("outputs %v", have)
	}
}

// Along which axis something is added to a value of unknown rank cannot be told. That costs the node, not the model.
func TestANamedAxisOfAnUnknownRank(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 3, opset_import: ["" : 6, "com.example" : 1]>
g (float[2,3,2,2] x) => (z, float[2,3,2,2] y) <float[3] b = {1, 2, 3}> { y = Neg(x) c = com.example.Own() z = Add<axis = 1, broadcast = 1>(c, b) }`)
	if err != nil {
		t.Fatal(err)
	}
	p, err := apart.Of(t.Context(), m)
	if err != nil || p == nil {
		t.Fatal(p, err)
	}
	if len(p.Aside) != 2 || !strings.Contains(p.Aside[1].Reason, "axis") || !slices.Equal(p.Lost, []string{"z"}) {
		t.Errorf("%+v", p)
	}
}

// Before opset 14 BatchNormalization trained where it had more outputs than one, read or not. Its types are known, but it is
// neither fused nor run.
func TestOldTrainingIsSetAside(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 4, opset_import: ["" : 9]>
g (float[2,3,2,2] x) => (float[2,3,2,2] y) <float[3] k = {1, 2, 3}, float[3,3,1,1] w = {1, 2, 3, 4, 5, 6, 7, 8, 9}> {
  a = Conv(x, w) b, c, d, e, f = BatchNormalization(a, k, k, k, k) y = Exp(b) }`)
	if err != nil {
		t.Fatal(err)
	}
	p, err := apart.Of(t.Context(), m)
	if err != nil || p == nil {
		t.Fatal(p, err)
	}
	if len(p.Aside) != 1 || !strings.Contains(p.Aside[0].Reason, "output 1 is one of training") || !slices.Equal(p.MadeUp, []string{"b"}) {
		t.Errorf("%+v", p)
	}
}
