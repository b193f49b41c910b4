package graph

import (
	"fmt"
	"strings"
	"testing"
)

const head = `<ir_version: 10, opset_import: ["" : 18, "local" : 1]> `

func modelOf(t testing.TB, text string) *Model {
	t.Helper()
	m, err := Parse(text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return m
}

func TestFunctionsInText(t *testing.T) {
	m := modelOf(t, head+`g (float[N] x) => (float[N] y) { y = local.f:"over load"<k = 2>(x) }
		<domain: "local", opset_import: ["ai.onnx" : 17, "other" : 3], doc_string: "dropped", overload: "over load"> f
		<k, axes: ints = [], scale = 0.5, "two words" = "s"> (x, float[N] bias) => (y) <float[N] a>
		{ [n] a = LeakyRelu<alpha: float = @scale, free = @"two words">(x)
		  y = If (a)<then_branch = t () => (float[N] o) { o = Gemm<transA: int = @k>(a, x, bias) }, else_branch = e () => (float[N] o) { o = Neg(a) }> }
		<domain: "", opset_import: []> nothing () => () {}`)
	roundTrip(t, m)
	f := m.Functions[0]
	if m.Function(m.Graph.Nodes[0]) != f || f.String() != "local.f:over load" || len(m.Functions) != 2 {
		t.Errorf("have %v of %v", f, m.Functions)
	}
	if f.Params[0] != "k" || f.Defaults[1].Float != 0.5 || f.Opsets[""] != 17 || f.Body.Nodes[0].Version != 17 {
		t.Errorf("have %+v", f)
	}
	if a := f.Body.Nodes[0].Attrs; a[0].Ref != "scale" || a[0].Kind != AttrFloat || a[1].Ref != "two words" || a[1].Kind != AttrOpaque {
		t.Errorf("references: have %+v", a)
	}
	want := `<
   domain: "local",
   opset_import: ["" : 17, "other" : 3],
   overload: "over load"
>
f <k, axes: ints = [], scale = 0.5, "two words" = "s"> (x, float[N] bias) => (y)
<float[N] a>
{
   [n] a = LeakyRelu<alpha: float = @scale, free = @"two words">(x)
`
	if have := m.Text(); !strings.Contains(have, want) {
		t.Errorf("have\n%s\nwant in it\n%s", have, want)
	}
	clone, _ := m.Clone()
	if err := Diff(m, clone); err != nil {
		t.Error(err)
	}
	for _, other := range []string{"scale", "18", "overload: \"over", "@k"} {
		text := strings.Replace(m.Text(), other, map[string]string{"scale": "size", "18": "19", "overload: \"over": "overload: \"under", "@k": "@scale"}[other], 1)
		if Diff(m, modelOf(t, text)) == nil {
			t.Errorf("%s is another in the other model, and Diff says nothing", other)
		}
	}
}

// nodes is the nodes of the graph as they stand in the text.
func nodes(m *Model) string {
	text := m.textWith(textOptions{noTypes: true})
	from := strings.Index(text, "{\n") + 2
	return strings.Join(strings.Fields(text[from:strings.LastIndex(text, "}")]), " ")
}

const local = ` <domain: "local", opset_import: ["" : 18, "local" : 1]> `

func TestCallsBecomeWhatTheyRun(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"names that are taken", `g (x) => (y) { a = local.f(x)  y = local.f(a) }` + local + `f (x) => (y) { a = Exp(x)  y = Neg(a) }`,
			`a_1 = Exp(x) a = Neg(a_1) a_2 = Exp(a) y = Neg(a_2)`},
		{"node names follow the call's", `g (x) => (y) { [c] y = local.f(x) }` + local + `f (x) => (y) { [n] a = Exp(x)  y = Neg(a) }`,
			`["c/n"] a = Exp(x) y = Neg(a)`},
		{"calls in calls", `g (x) => (y) { y = local.f(x) }` + local + `f (x) => (y) { a = local.h(x)  y = local.h(a) }` + local + `h (p) => (q) { q = Exp(p) }`,
			`a = Exp(x) y = Exp(a)`},
		{"overloads", `g (x) => (y) { a = local.f:b(x)  y = local.f(a) }` + local + `f (x) => (y) { y = Exp(x) } <domain: "local", overload: "b", opset_import: ["": 18]> f (x) => (y) { y = Neg(x) }`,
			`a = Neg(x) y = Exp(a)`},
		{"attributes given, by default, and left out", `g (x) => (y) { a = local.f<k = 2.0>(x)  y = local.f<alpha = 3.0, no = 1>(a) }` + local +
			`f <k, alpha = 0.5> (x) => (y) { a = Elu<alpha: float = @k>(x)  y = LeakyRelu<alpha: float = @alpha>(a) }`,
			`a_1 = Elu<alpha = 2.0>(x) a = LeakyRelu<alpha = 0.5>(a_1) a_2 = Elu(a) y = LeakyRelu<alpha = 3.0>(a_2)`},
		{"attributes passed on", `g (x) => (y) { y = local.f<k = [1, 2]>(x) }` + local + `f <k> (x) => (y) { y = local.h<axes: ints = @k>(x) }` + local +
			`h <axes> (x) => (y) { y = Some<a: ints = @axes>(x) }`, `y = Some<a = [1, 2]>(x)`},
		{"inputs and outputs left out", `g (x) => (y) { , y = local.f(x, , x) }` + local + `f (a, b, c, d) => (p, q) { p = Exp(a)  q = Clip(a, b, d) }`,
			`p = Exp(x) y = Clip(x, "", "")`},
		{"an output that is an input, and one twice", `g (x) => (y, z, u) { y, z, u = local.f(x) }` + local + `f (a) => (a, p, p) { p = Exp(a) }`,
			`z = Exp(x) y = Identity(x) u = Identity(z)`},
		{"an output that nothing calls for", `g (x) => (y) { y = local.f(x) }` + local + `f (a) => (p, q) { p = Exp(a)  q = Neg(p) }`,
			`y = Exp(x) q = Neg(y)`},
		{"calls in subgraphs, subgraphs in calls, names inside", `g (x, b) => (y) { t = Exp(x)  y = If (b) <then_branch = t () => (o) { o = local.f(t, b) }, else_branch = e () => (q) { q = Neg(x) }> }` + local +
			`f (x, c) => (y) { y = If (c)<then_branch = u () => (t) { t = local.h(x) }, else_branch = v () => (w) { w = Neg(x) }> }` + local + `h (x) => (y) { y = Abs(x) }`,
			`t = Exp(x) y = If(b)<then_branch = t () => (o) { o = If(b)<then_branch = u () => (t_1) { t_1 = Abs(t) }, else_branch = v () => (w) { w = Neg(t) }> }, else_branch = e () => (q) { q = Neg(x) }>`},
		{"references in subgraphs", `g (x, b) => (y) { y = local.f<k = 2.0>(x, b) }` + local +
			`f <k> (x, c) => (y) { y = If (c)<then_branch = u () => (t) { t = Elu<alpha: float = @k>(x) }, else_branch = v () => (w) { w = Elu<alpha = 1.0, beta: float = @none>(x) }> }`,
			`y = If(b)<then_branch = u () => (t) { t = Elu<alpha = 2.0>(x) }, else_branch = v () => (w) { w = Elu<alpha = 1.0>(x) }>`},
		{"graphs as attributes", `g (x, b) => (y) { a = Exp(x)  y = local.f<g = u () => (t) { t = Neg(a) }>(x, b) }` + local +
			`f <g> (x, c) => (y) { a = Abs(x)  y = If<then_branch: graph = @g, else_branch: graph = @g>(c) }`,
			`a = Exp(x) a_1 = Abs(x) y = If(b)<then_branch = u () => (t_1) { t_1 = Neg(a) }, else_branch = u () => (t_2) { t_2 = Neg(a) }>`},
		{"an operator that nobody defines stays, and so do names", `g (x) => (y) { a = local.other(x)  y = local.f:no(a) }` + local + `f (x) => (y) { y = Exp(x) }`,
			`a = local.other(x) y = local.f:no(a)`},
		{"a function stands before an operator", `g (x) => (y) { y = Relu(x) } <opset_import: ["": 18]> Relu (x) => (y) { y = Exp(x) }`, `y = Exp(x)`},
	} {
		m := modelOf(t, head+c.text)
		functions := m.Functions
		before := m.Text()
		clone, _ := m.Clone()
		if _, err := clone.InlineCalls(nil); err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if err := clone.Check(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if have := nodes(clone); have != c.want {
			t.Errorf("%s:\nhave %s\nwant %s", c.name, have, c.want)
		}
		if len(clone.Functions) != 0 || len(functions) == 0 || m.Text() != before {
			t.Errorf("%s: functions are left, or the original was changed:\n%s", c.name, m.Text())
		}
		roundTrip(t, clone)
	}
}

func TestCallsThatDoNotFit(t *testing.T) {
	deep := `g (x) => (y) { y = local.f0(x) }`
	for i := range 40 {
		deep += local + fmt.Sprintf("f%d (x) => (y) { a = local.f%d(x)  y = local.f%d(a) }", i, i+1, i+1)
	}
	graphs := `g (x, b) => (y) { y = local.f0<g = u () => (t) { t = Neg(x) }>(b) }`
	for i := range 40 {
		graphs += local + fmt.Sprintf("f%d <g> (b) => (y) { y = local.f%d<g = u () => (t) { t = If(b)<then_branch: graph = @g, else_branch: graph = @g> }>(b) }", i, i+1)
	}
	graphs = strings.ReplaceAll(graphs, "(b)<then_branch", "<then_branch")
	graphs = strings.ReplaceAll(graphs, "= @g> }", "= @g>(b) }")
	for _, c := range []struct{ text, want string }{
		{`g (x) => (y) { y = local.f(x) }` + local + `f (x) => (y) { y = local.f(x) }`, `function local.f calls itself`},
		{`g (x) => (y) { y = local.e(x) }` + local + `e (x) => (y) { y = local.f(x) }` + local + `f (x) => (y) { y = If(x)<t = b () => (z) { z = local.h(x) }> }` + local + `h (x) => (y) { y = local.f(x) }`,
			`function local.f calls itself: it calls local.h, that calls it`},
		{deep + local + `f40 (x) => (y) { y = Exp(x) }`, `the calls come to more than 131072 nodes`},
		{graphs + local + `f40 <g> (b) => (y) { y = If<then_branch: graph = @g, else_branch: graph = @g>(b) }`, `the calls come to more than 131072 nodes`},
		{`g (x) => (y) { y = local.f(x, x) }` + local + `f (x) => (y) { y = Exp(x) }`, `node "y" (local.f): function local.f has 1 inputs and 1 outputs, the call 2 and 1`},
		{`g (x) => (y) { y, z = local.f(x) }` + local + `f (x) => (y) { y = Exp(x) }`, `function local.f has 1 inputs and 1 outputs, the call 1 and 2`},
		{`g (x) => (y) { y = local.f() }` + local + `f (x) => (x) { }`, `function local.f gives back input "x", which the call leaves out`},
		{`g (x) => (y) { y = local.f(, x) }` + local + `f (x, c) => (y) { y = If(c)<then_branch = u () => (x) { }> }`, `a subgraph gives back input "x", which the call leaves out`},
	} {
		m := modelOf(t, head+c.text)
		if _, err := m.InlineCalls(nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("have error %v\nwant %s", err, c.want)
		}
	}
}

// What a call may not be replaced by is kept, and what it calls.
func TestCallsThatStay(t *testing.T) {
	m := modelOf(t, head+`g (x) => (y) { a = local.f(x)  b = local.h(a)  y = local.h(b) }`+local+`f (x) => (y) { y = local.h(x) }
		<domain: "local", opset_import: ["" : 17, "inner" : 2]> h (x) => (y) { y = inner.k(x) }
		<domain: "inner", opset_import: ["" : 17]> k (x) => (y) { y = Exp(x) }
		<domain: "gone", opset_import: ["" : 17]> k (x) => (y) { y = Exp(x) }`)
	m.Opsets["gone"] = 1
	changed, err := m.InlineCalls(func(f *Function) bool { return f.Name == "f" })
	if err != nil || !changed {
		t.Fatal(changed, err)
	}
	if have, want := nodes(m), "a = local.h(x) b = local.h(a) y = local.h(b)"; !strings.HasPrefix(have, want) {
		t.Errorf("have %s, want %s", have, want)
	}
	if have := fmt.Sprint(m.Functions, m.Opsets); have != "[local.h inner.k] map[:18 local:1]" {
		t.Errorf("left are %s", have)
	}
	if changed, err := m.InlineCalls(nil); err != nil || !changed {
		t.Fatal(changed, err)
	}
	if have := fmt.Sprint(nodes(m), m.Functions, m.Opsets, m.Graph.Nodes[0].Version); have != "a = Exp(x) b = Exp(a) y = Exp(b)[] map[:18] 17" {
		t.Errorf("left are %s", have)
	}
}
