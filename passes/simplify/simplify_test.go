package simplify_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/fixtures"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/simplify"
	"github.com/pollard-dev/pollard/runtime"
)

// operators lists what the nodes of m do, in order.
func operators(m *graph.Model) string {
	var ops []string
	for _, n := range m.Graph.Nodes {
		ops = append(ops, n.Op)
	}
	return strings.Join(ops, " ")
}

const header = "<ir_version: 8, opset_import: [\"\" : 13]>\n"

func parse(t *testing.T, text string) *graph.Model {
	t.Helper()
	m, err := graph.Parse(header + text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestWhatIsLeft(t *testing.T) {
	simplifyEach(t, []simplified{
		{"constants are folded",
			`g (float[N,2] x) => (float[N,2] y) <float[2] a = {1, 2}, float[2] b = {3, 4}> { c = Mul(a, b)  y = Add(x, c) }`,
			"Add"},
		{"what no output needs goes, and what only that needed",
			`g (float[N,2] x) => (float[N,2] y) { a = Exp(x)  b = Log(a)  y = Relu(x) }`,
			"Relu"},
		{"nodes that change nothing go",
			`g (float[N,2] x) => (float[N,2] y) { a = Identity(x)  b = Dropout(a)  c = Cast<to = 1>(b)  d = Transpose<perm = [0, 1]>(c)  y = Relu(d) }`,
			"Relu"},
		{"Dropout of ratio 0 drops nothing, in training mode either",
			`g (float[N,2] x) => (float[N,2] y) <float r = {0}, bool on = {1}> { a = Dropout(x, r, on)  y = Relu(a) }`,
			"Relu"},
		{"a transposition stays",
			`g (float[2,2] x) => (float[2,2] y) { a = Transpose<perm = [1, 0]>(x)  y = Relu(a) }`,
			"Transpose Relu"},
		{"the same computed twice is computed once",
			`g (float[N,2] x) => (float[N,2] y) { a = Exp(x)  b = Exp(x)  y = Add(a, b) }`,
			"Exp Add"},
		{"splits into different numbers of parts are not the same",
			`g (float[N,6] x) => (float[N,3] y, float[N,2] z) { a, b, c = Split<axis = 1>(x)  d, e = Split<axis = 1>(x)  y = Add(d, e)  f = Add(a, b)  z = Add(f, c) }`,
			"Split Split Add Add Add"},
		{"a Reshape whose target is computed from the batch gets a constant",
			`g (float[N,6] x) => (float[N,2,3] y) <int64 zero = {0}, int64[2] rest = {2, 3}, int64[1] axes = {0}>
			{ s = Shape(x)  n = Gather<axis = 0>(s, zero)  v = Unsqueeze(n, axes)  t = Concat<axis = 0>(v, rest)  y = Reshape(x, t) }`,
			"Reshape"},
		{"an Expand says only what it expands, read from the input",
			`g (float[N,6] x) => (float[N,6] y) <float[1,6] token = {1, 2, 3, 4, 5, 6}>
			{ s = Shape(x)  e = Expand(token, s)  y = Add(x, e) }`,
			"Shape Gather Concat Expand Add"},
		{"rows become samples and positions again: no width stands in what is computed",
			`g (float[N,S,6] x) => (float[N,S,2,3] y) <int64 zero = {0}, int64 one = {1}, int64[2] rows = {-1, 6}, int64[2] rest = {2, 3}, int64[1] axes = {0}>
			{ s = Shape(x)  n = Gather<axis = 0>(s, zero)  m = Gather<axis = 0>(s, one)  v = Unsqueeze(n, axes)  w = Unsqueeze(m, axes)
			  r = Reshape(x, rows)  e = Exp(r)  t = Concat<axis = 0>(v, w, rest)  y = Reshape(e, t) }`,
			"Shape Reshape Exp Reshape Gather Concat Reshape"},
		{"the extent of a sum of extents is read from both inputs",
			`g (float[N,S,6] x, float[N,P,6] p) => (float[1,L] y) <int64 one = {1}, int64[1] axes = {0}, float[1,1] a = {2}>
			{ c = Concat<axis = 1>(p, x)  s = Shape(c)  n = Gather<axis = 0>(s, one)  v = Unsqueeze(n, axes)  y = Expand(a, v) }`,
			"Shape Gather Shape Gather Add Expand"},
		{"Resize by a factor that is exact says so",
			`g (float[N,2,2,3] x) => (float[N,2,4,3] y) <int64[1] zero = {0}, int64[1] two = {2}, int64[2] to = {4, 3}, int64[1] axes = {0}>
			{ s = Shape(x)  n = Slice(s, zero, two, axes)  u = Concat<axis = 0>(n, to)  y = Resize<mode = "nearest">(x, , , u) }`,
			"Resize"},
		{"BatchNormalization goes into the convolution before it",
			`g (float[N,1,2,2] x) => (float[N,2,2,2] y) <float[2,1,1,1] w = {1, 2}, float[2] s = {1, 2}, float[2] b = {3, 4}, float[2] mean = {5, 6}, float[2] var = {7, 8}>
			{ a = Conv(x, w)  y = BatchNormalization(a, s, b, mean, var) }`,
			"Conv"},
		{"but not where somebody else reads the convolution",
			`g (float[N,1,2,2] x) => (float[N,2,2,2] y, float[N,2,2,2] a) <float[2,1,1,1] w = {1, 2}, float[2] s = {1, 2}, float[2] b = {3, 4}, float[2] mean = {5, 6}, float[2] var = {7, 8}>
			{ a = Conv(x, w)  y = BatchNormalization(a, s, b, mean, var) }`,
			"Conv BatchNormalization"},
	})
}

// What is left of what exporters make of the states of recurrences.
func TestWhatIsLeftOfStates(t *testing.T) {
	simplifyEach(t, []simplified{
		{"initial states of zeroes are left out, however they were made",
			`g (float[5,N,1] x) => (float[5,1,N,2] y, float[5,1,N,2] z) <float[1,8,1] w = {1, 2, 3, 4, 5, 6, 7, 8}, float[1,8,2] r = {1, 2, 3, 4, 5, 6, 7, 8, -1, -2, -3, -4, -5, -6, -7, -8},
			 int64[1] one = {1}, int64[1] two = {2}, int64[1] zero = {0}, int64[2] split = {1, 1}>
			{ s = Shape(x)  n = Gather<axis = 0>(s, one)  t = Concat<axis = 0>(two, n, two)  c = ConstantOfShape(t)
			  h, k = Split<axis = 0>(c, split)  y = LSTM<hidden_size = 2>(x, w, r, , , h, k)
			  o = ConstantOfShape<value = float[1] {1}>(t)  i = Slice(o, zero, one, zero)  z = LSTM<hidden_size = 2>(x, w, r, , , i, k) }`,
			"Shape Gather Concat LSTM Expand LSTM"},
		{"stages get their own part of what is repeated for the batch",
			`g (float[5,N,1] x) => (float[N,2] y, float[N,2] z) <int64[1] one = {1}, int64[1] two = {2}, int64[1] zero = {0}>
			{ s = Shape(x)  n = Gather<axis = 0>(s, one)  t = Concat<axis = 0>(two, n, two)  c = ConstantOfShape<value = float[1] {0.5}>(t)
			  a = Slice(c, zero, one, zero)  b = Slice(c, one, two, zero)  y = Squeeze(a, zero)  z = Squeeze(b, zero) }`,
			"Shape Gather Concat Expand Expand Squeeze Squeeze"},
		{"but not where it is sliced along the batch",
			`g (float[4,N,1] x) => (float[2,1,2] y) <int64[1] one = {1}, int64[1] two = {2}, int64[1] zero = {0}>
			{ s = Shape(x)  n = Gather<axis = 0>(s, one)  t = Concat<axis = 0>(two, n, two)  c = ConstantOfShape<value = float[1] {0.5}>(t)
			  y = Slice(c, zero, one, one) }`,
			"Shape Gather Concat Expand Slice"},
		{"what is picked from one part is read from there",
			`g (float[N,2] x) => (float[N] y, float[N,2] z) <int64 last = {-1}, int64[2] both = {1, 2}>
			{ a = Relu(x)  b = Exp(x)  c = Concat<axis = 1>(a, b)  y = Gather<axis = 1>(c, last)  z = Gather<axis = 1>(c, both) }`,
			"Relu Exp Concat Gather Gather"},
		{"and what joined the parts goes when nothing reads all",
			`g (float[2,N] x) => (float[N] y) <int64 last = {-1}>
			{ a = Relu(x)  b = Exp(x)  c = Concat<axis = 0>(a, b)  y = Gather<axis = 0>(c, last) }`,
			"Exp Gather"},
	})
}

// simplified is a graph in text and the operators that are left of it.
type simplified struct{ name, text, want string }

func simplifyEach(t *testing.T, cases []simplified) {
	t.Helper()
	for _, c := range cases {
		m := parse(t, c.text)
		before, _ := m.Clone()
		if err := passes.Run(t.Context(), m, simplify.All()); err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if have := operators(m); have != c.want {
			t.Errorf("%s: want %s, have %s", c.name, c.want, have)
		}
		same(t, c.name, before, m)
	}
}

// same runs both models on the same inputs.
func same(t *testing.T, name string, a, b *graph.Model) {
	t.Helper()
	feeds := fixtures.Feeds(a, 3)
	e := runtime.Evaluator{Reference: true}
	want, err := e.Evaluate(t.Context(), a, feeds)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	have, err := e.Evaluate(t.Context(), b, feeds)
	if err != nil {
		t.Fatalf("%s: simplified: %v", name, err)
	}
	for output, w := range want {
		abs, _, err := runtime.Diff(w, have[output])
		if err != nil || abs > 1e-4 {
			t.Errorf("%s: output %s differs by %g (%v)", name, output, abs, err)
		}
	}
}

// Every reader of a shared vector gets its own, and a shared matrix stays shared.
func TestSharedVectorsAreUnshared(t *testing.T) {
	m := parse(t, `g (float[N,2] x) => (float[N,2] y) <float[2,2] w = {1, 2, 3, 4}, float[2] b = {5, 6}>
		{ p = Gemm(x, w, b)  q = Relu(p)  r = Gemm(q, w, b)  y = Relu(r) }`)
	if err := passes.Run(t.Context(), m, simplify.All()); err != nil {
		t.Fatal(err)
	}
	var gemms []*graph.Node
	for _, n := range m.Graph.Nodes {
		if n.Op == "Gemm" {
			gemms = append(gemms, n)
		}
	}
	if gemms[0].In(2) == gemms[1].In(2) || gemms[0].In(1) != gemms[1].In(1) {
		t.Errorf("biases shared: %v, weights shared: %v", gemms[0].In(2) == gemms[1].In(2), gemms[0].In(1) == gemms[1].In(1))
	}
}

// On real networks simplification is stable, gives every value a type and keeps the outputs.
func TestNetworksStayWhatTheyAre(t *testing.T) {
	for _, name := range []string{"vit", "densenet", "mobilenetv2_bn"} {
		m, err := onnx.Decode(name, fixtures.Model(name))
		if err != nil {
			t.Fatal(err)
		}
		simplified, _ := m.Clone()
		if err := passes.Run(t.Context(), simplified, simplify.All()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		again, _ := simplified.Clone()
		if err := passes.Run(t.Context(), again, simplify.All()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(again.Graph.Nodes) != len(simplified.Graph.Nodes) {
			t.Errorf("%s: a second run leaves %d of %d nodes", name, len(again.Graph.Nodes), len(simplified.Graph.Nodes))
		}
		for _, v := range simplified.Graph.Values() {
			if v.Type.Shape == nil || slices.ContainsFunc(v.Type.Shape, func(d graph.Dim) bool { return !d.Named() }) {
				t.Errorf("%s: value %q has type %v", name, v.Name, v.Type)
			}
		}
		if strings.Contains(operators(simplified), "Identity") || (name == "mobilenetv2_bn" && strings.Contains(operators(simplified), "BatchNormalization")) {
			t.Errorf("%s: left: %s", name, operators(simplified))
		}
		few := graph.TensorOf(graph.Data[float32](fixtures.Calibration())[:4*28*28], 4, 1, 28, 28)
		feeds := map[string]*graph.Tensor{"input": few}
		want, err := runtime.Evaluator{}.Evaluate(t.Context(), m, feeds)
		if err != nil {
			t.Fatal(err)
		}
		have, err := runtime.Evaluator{}.Evaluate(t.Context(), simplified, feeds)
		if err != nil {
			t.Fatal(err)
		}
		if abs, _, err := runtime.Diff(want["logits"], have["logits"]); err != nil || abs > 1e-4 {
			t.Errorf("%s: logits differ by %g (%v)", name, abs, err)
		}
	}
}

// Extents that are not known are not the same because neither is: each Expand keeps its own.
func TestUnknownExtentsAreNotTakenForOneAnother(t *testing.T) {
	m := parse(t, `g (float[4] x, float[4] z) => (float[2,A] y, float[2,B] w) <float[1,1] one = {1}>
	{ a = NonZero(x)  s = Shape(a)  y = Expand(one, s)  b = NonZero(z)  r = Shape(b)  w = Expand(one, r) }`)
	if err := passes.Run(t.Context(), m, simplify.All()); err != nil {
		t.Fatal(err)
	}
	out, err := runtime.Evaluator{}.Evaluate(t.Context(), m, map[string]*graph.Tensor{
		"x": graph.TensorOf([]float32{1, 0, 0, 0}, 4), "z": graph.TensorOf([]float32{1, 2, 3, 0}, 4),
	})
	if err != nil {
		t.Fatal(err)
	}
	if y, w := out["y"].Shape(), out["w"].Shape(); y[1] != 1 || w[1] != 3 {
		t.Errorf("have %v and %v", y, w)
	}
}
