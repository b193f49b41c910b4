package graph

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestSortPutsSourcesFirstAndKeepsTheRest(t *testing.T) {
	m := parsed(t, `g (float x) => (y) { a = Relu(x) b = Neg(a) c = Neg(x) y = Add(b, c) }`)
	g := m.Graph
	slices.Reverse(g.Nodes)
	wantError(t, m.Check(), "is read before anything computes it")
	if err := g.Sort(); err != nil {
		t.Fatal(err)
	}
	wantBody(t, m, "a = Relu(x)\nb = Neg(a)\nc = Neg(x)\ny = Add(b, c)\n")
	if err := g.Sort(); err != nil {
		t.Fatal(err)
	}
	wantBody(t, m, "a = Relu(x)\nb = Neg(a)\nc = Neg(x)\ny = Add(b, c)\n")
}

func TestSortKnowsWhatSubgraphsRead(t *testing.T) {
	m := parsed(t, `g (bool c, float x) => (y) { a = Relu(x) y = If(c)<then_branch = t () => (o) { i = If(c)<then_branch = u () => (a) {}> o = Neg(i) }> }`)
	g := m.Graph
	if have := g.Nodes[1].Captures(); !slices.Equal(have, []*Value{g.Value("c"), g.Value("a")}) {
		t.Errorf("captures: have %d values, want c and a, which an inner graph gives as its output", len(have))
	}
	slices.Reverse(g.Nodes)
	wantError(t, m.Check(), `a subgraph reads "a" before anything computes it`)
	if err := g.Sort(); err != nil {
		t.Fatal(err)
	}
	if err := m.Check(); err != nil {
		t.Error(err)
	}
}

func TestSortNamesACycle(t *testing.T) {
	m := parsed(t, `g (float x) => (y) { [one] a = Relu(x) [two] b = Neg(a) y = Neg(b) }`)
	g := m.Graph
	before := slices.Clone(g.Nodes)
	g.Nodes[0].SetInput(0, g.Value("b"))
	wantError(t, g.Sort(), `node "one" (Relu): the graph has a cycle through value "a" ("one" (Relu) <- "two" (Neg))`)
	if !slices.Equal(g.Nodes, before) {
		t.Error("a failed Sort changed the order")
	}
	g.Nodes[0].SetInput(0, g.Value("a"))
	wantError(t, g.Sort(), `cycle through value "a"`)
}

func TestSortOfAnyGraph(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := NewModel(13)
		g := m.Graph
		x := g.Fresh("x")
		g.AddInput(x)
		made := []*Value{x}
		for i := range rapid.IntRange(1, 20).Draw(t, "nodes") {
			ins := rapid.SliceOfN(rapid.SampledFrom(made), 0, 3).Draw(t, "inputs")
			out := g.Fresh(fmt.Sprint("h", i))
			if _, err := g.NewNode("Op", "", 13, ins, []*Value{out}); err != nil {
				t.Fatal(err)
			}
			made = append(made, out)
		}
		g.Nodes = rapid.Permutation(g.Nodes).Draw(t, "order")
		if err := g.Sort(); err != nil {
			t.Fatal(err)
		}
		if err := m.Check(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestSortOfALongChainNeedsNoStack(t *testing.T) {
	m := NewModel(13)
	g := m.Graph
	v := g.Fresh("x")
	g.AddInput(v)
	for i := range 20000 {
		out, err := g.NewValue(fmt.Sprint("h", i))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := g.NewNode("Op", "", 13, []*Value{v}, []*Value{out}); err != nil {
			t.Fatal(err)
		}
		v = out
	}
	slices.Reverse(g.Nodes)
	if err := g.Sort(); err != nil {
		t.Fatal(err)
	}
	if err := m.Check(); err != nil {
		t.Error(err)
	}
}
