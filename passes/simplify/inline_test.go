package simplify_test

import (
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/simplify"
	"github.com/pollard-dev/pollard/runtime"
)

// What runs in a known order stands in one graph afterwards and computes the same.
func TestControlAndSequencesFold(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"an If whose condition is known is its branch, names that are taken aside",
			`g (float[N,2] x) => (float[N,2] y, float[N,2] a) <bool c = {0}>
			{ a = Exp(x)  y = If (c) <then_branch = t () => (float[N,2] o) { o = Neg(a) }, else_branch = e () => (float[N,2] p) { b = Relu(a)  p = Tanh(b) }> }`,
			"Exp Relu Tanh"},
		{"a branch that gives a value back as it is",
			`g (float[N,2] x) => (float[N,2] y, float[N,2] a) <bool c = {1}>
			{ a = Exp(x)  y = If (c) <then_branch = t () => (float[N,2] o) { o = Identity(a) }, else_branch = e () => (float[N,2] p) { p = Tanh(a) }> }`,
			"Exp Identity"},
		{"an If inside an If",
			`g (float[N,2] x) => (float[N,2] y) <bool c = {1}, bool d = {0}>
			{ y = If (c) <then_branch = t () => (float[N,2] o) { o = If (d) <then_branch = u () => (float[N,2] q) { q = Abs(x) }, else_branch = v () => (float[N,2] r) { r = Relu(x) }> },
				else_branch = e () => (float[N,2] p) { p = Tanh(x) }> }`,
			"Relu"},
		{"constants are folded in branches that stay",
			`g (float[N,2] x, bool c) => (float[N,2] y) <float[2] k = {1, 2}>
			{ y = If (c) <then_branch = t () => (float[N,2] o) { a = Mul(k, k)  b = Identity(x)  o = Add(b, a) }, else_branch = e () => (float[N,2] p) { p = Tanh(x) }> }`,
			"If"},
		{"a Loop of few iterations is unrolled",
			`g (float[N,2] x) => (float[N,2] y, float[2,N,2] z) <int64 m = {2}, bool go = {1}>
			{ y, z = Loop (m, go, x) <body = b (int64 i, bool c, float[N,2] s) => (bool d, float[N,2] t, float[N,2] u) { f = Cast<to = 1>(i)  t = Add(s, f)  u = Exp(s)  d = Identity(go) }> }`,
			"Add Exp Unsqueeze Add Exp Unsqueeze Concat"},
		{"a Loop that a condition may end stays",
			`g (float[N,2] x, bool go) => (float[N,2] y) <int64 m = {2}>
			{ y = Loop (m, go, x) <body = b (int64 i, bool c, float[N,2] s) => (bool d, float[N,2] t) { t = Exp(s)  d = Not(c) }> }`,
			"Loop"},
		{"what is put into a sequence is read where it was made",
			`g (float[N,2] x) => (float[N,2] y, int64 n) <int64 first = {0}, int64 back = {-1}>
			{ a = Exp(x)  b = Relu(x)  s = SequenceEmpty()  p = SequenceInsert(s, a)  q = SequenceInsert(p, b, first)  r = SequenceErase(q)  n0 = SequenceLength(r)  n = Identity(n0)  y = SequenceAt(r, back) }`,
			"Relu Identity"},
		{"tensors joined through a sequence",
			`g (float[N,2] x) => (float[N,4] y, float[2,N,2] z)
			{ a = Exp(x)  b = Relu(x)  s = SequenceConstruct(a, b)  y = ConcatFromSequence<axis = 1>(s)  z = ConcatFromSequence<axis = 0, new_axis = 1>(s) }`,
			""},
		{"a Split through a sequence",
			`g (float[N,4] x) => (float[N] y) <int64 one = {1}>
			{ s = SplitToSequence<axis = 1, keepdims = 0>(x)  a = SequenceAt(s, one)  y = Relu(a) }`,
			"Split Squeeze Relu"},
		{"a sequence that grows in a Loop",
			`g (float[2,3] x) => (float[2,3] y) <int64[1] m = {1}, bool go = {1}, int64 first = {0}, int64[2] at = {0, 1}, int64[1] axis = {1}>
			{ s = SequenceEmpty()
			  p = Loop (m, go, s) <body = b (int64[1] i, bool c, seq(float[]) q) => (bool d, seq(float[]) r) { k = Constant<value_ints = [1]>()  e = Add(i, k)  a = Slice(x, i, e, axis)  r = SequenceInsert(q, a)  d = Identity(go) }>
			  l = SequenceAt(p, first)  y = Add(x, l) }`,
			"Slice Add"},
	} {
		m := parse(t, c.text)
		before, _ := m.Clone()
		if err := passes.Run(t.Context(), m, simplify.All()); err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if have := operators(m); c.want != "" && have != c.want {
			t.Errorf("%s: want %s, have %s\n%s", c.name, c.want, have, m.Text())
		}
		feeds := map[string]*graph.Tensor{}
		for _, v := range m.Graph.Inputs {
			if v.Type.DType == graph.Bool {
				feeds[v.Name] = graph.TensorOf([]bool{true})
				continue
			}
			rows, data := 2, make([]float32, 0, 8)
			width, _ := v.Type.Shape[1].Value()
			for i := range rows * width {
				data = append(data, float32(i)/3-0.5)
			}
			feeds[v.Name] = graph.TensorOf(data, rows, width)
		}
		want, err := runtime.Evaluator{Reference: true}.Evaluate(t.Context(), before, feeds)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		have, err := runtime.Evaluator{Reference: true}.Evaluate(t.Context(), m, feeds)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		for name, w := range want {
			if abs, _, err := runtime.Diff(have[name], w); err != nil || abs > 1e-6 {
				t.Errorf("%s: output %s differs by %g (%v)", c.name, name, abs, err)
			}
		}
	}
}

// A Loop of more iterations than anything can run is none of few.
func TestEndlessLoopStays(t *testing.T) {
	m := parse(t, `g (float[N,2] x) => (float[N,2] y) <int64 m = {9223372036854775807}, bool go = {1}>
		{ y = Loop (m, go, x) <body = b (int64 i, bool c, float[N,2] s) => (bool d, float[N,2] u) { v = Exp(s)  u = Tanh(v)  w = Identity(c)  d = Identity(w) }> }`)
	if err := passes.Run(t.Context(), m, simplify.All()); err != nil {
		t.Fatal(err)
	}
	if have := operators(m); have != "Loop" {
		t.Errorf("have %s, want Loop", have)
	}
}

// A value that is renamed on its way out of a branch is not hidden by one of a subgraph inside.
func TestNamesInsideStayApart(t *testing.T) {
	m := parse(t, `g (float[N,2] x, bool e) => (float[N,2] y, float[N,2] a) <bool c = {1}>
		{ a = Exp(x)
		  y = If (c) <then_branch = t () => (float[N,2] o) { b = Relu(x)
		    o = If (e) <then_branch = u () => (float[N,2] p) { b_1 = Neg(b)  p = Add(b_1, b) }, else_branch = v () => (float[N,2] q) { q = Abs(b) }> },
		    else_branch = w () => (float[N,2] r) { r = Tanh(x) }>
		  b = Identity(y) }`)
	if err := passes.Run(t.Context(), m, simplify.All()); err != nil {
		t.Fatal(err)
	}
	inside := map[string]bool{}
	for _, n := range m.Graph.Nodes {
		for _, sub := range n.Subgraphs() {
			for _, v := range sub.Values() {
				inside[v.Name] = true
			}
		}
	}
	for _, v := range m.Graph.Values() {
		if inside[v.Name] {
			t.Errorf("%q is outside and inside:\n%s", v.Name, m.Text())
		}
	}
}

// What a Loop's body calls K is another number in each iteration.
func TestExtentsOfIterationsStayApart(t *testing.T) {
	m := parse(t, `g (float[N] x) => (int64[2,Z] y) <int64 m = {2}, bool go = {1}>
		{ r, y0 = Loop (m, go, x) <body = b (int64 i, bool c, float[?] s) => (bool d, float[K] u, int64[1,K] z) <float[K] u>
			{ z = NonZero(s)  f = Cast<to = 1>(z)  g = Sub(f, f)  h = Squeeze(g)  a = Concat<axis = 0>(h, h)  u = Exp(a)  d = Identity(c) }>
		  y = Concat<axis = 0>(y0) }`)
	for _, n := range m.Graph.Nodes {
		for _, sub := range n.Subgraphs() {
			for _, v := range sub.Values() {
				if v.Name == "z" {
					v.Type.Shape = graph.Shape{graph.Size(1), graph.Symbol("K")}
				}
			}
		}
	}
	if err := passes.Run(t.Context(), m, simplify.All()); err != nil {
		t.Fatal(err)
	}
	var extents []graph.Dim
	for _, n := range m.Graph.Nodes {
		if n.Op == "NonZero" {
			extents = append(extents, n.Out(0).Type.Shape[1])
		}
	}
	if len(extents) != 2 || extents[0].Equal(extents[1]) {
		t.Errorf("the iterations find %v", extents)
	}
}
