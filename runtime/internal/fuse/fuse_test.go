package fuse_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/runtime/internal/fuse"
)

// Each of these graphs, with input x and output y, is one operator split into several, or nearly:
// want lists the operators that are left.
var cases = []struct{ name, body, want string }{
	{"gelu, the half last", `d = Div(x, root)  e = Erf(d)  a = Add(e, one)  m = Mul(x, a)  z = Mul(m, half)`, "Gelu"},
	{"gelu, the half first", `d = Div(x, root)  h = Mul(half, x)  e = Erf(d)  a = Add(one, e)  z = Mul(h, a)`, "Gelu"},
	{"gelu, the half in the middle", `d = Div(x, root)  e = Erf(d)  a = Add(e, one)  m = Mul(a, half)  z = Mul(x, m)`, "Gelu"},
	{"not gelu: two added", `d = Div(x, root)  e = Erf(d)  a = Add(e, two)  m = Mul(x, a)  z = Mul(m, half)`, "Div Erf Add Mul Mul"},
	{"not gelu: another factor", `r = Relu(x)  d = Div(x, root)  e = Erf(d)  a = Add(e, one)  m = Mul(r, a)  z = Mul(m, half)`, "Relu Div Erf Add Mul Mul"},
	{"swish", `s = Sigmoid(x)  z = Mul(x, s)`, "Swish"},
	{"not swish", `r = Relu(x)  s = Sigmoid(r)  z = Mul(x, s)`, "Relu Sigmoid Mul"},
	{"hardswish by HardSigmoid", `s = HardSigmoid<alpha = 0.16666667>(x)  z = Mul(s, x)`, "HardSwish"},
	{"hardswish by Clip", `a = Add(x, three)  c = Clip(a, zero, six)  m = Mul(x, c)  z = Div(m, six)`, "HardSwish"},
	{"hardswish, the sixth first", `a = Add(x, three)  c = Clip(a, zero, six)  m = Div(c, six)  z = Mul(x, m)`, "HardSwish"},
	{"not hardswish", `a = Add(x, three)  c = Clip(a, one, six)  m = Mul(x, c)  z = Div(m, six)`, "Add Clip Mul Div"},
	{"layer normalization", `m = ReduceMean<axes = [-1]>(x)  c = Sub(x, m)  p = Pow(c, two)  v = ReduceMean<axes = [1]>(p)  w = Add(v, epsilon)  s = Sqrt(w)
		q = Div(c, s)  g = Mul(q, gamma)  z = Add(g, beta)`, "LayerNormalization"},
	{"layer normalization, squared by Mul", `m = ReduceMean<axes = [-1]>(x)  c = Sub(x, m)  p = Mul(c, c)  v = ReduceMean<axes = [-1]>(p)  w = Add(epsilon, v)  s = Sqrt(w)
		q = Div(c, s)  g = Mul(gamma, q)  z = Add(beta, g)`, "LayerNormalization"},
	{"not layer normalization: another axis", `m = ReduceMean<axes = [0]>(x)  c = Sub(x, m)  p = Pow(c, two)  v = ReduceMean<axes = [1]>(p)  w = Add(v, epsilon)  s = Sqrt(w)
		q = Div(c, s)  g = Mul(q, gamma)  z = Add(g, beta)`, "ReduceMean Sub Pow ReduceMean Add Sqrt Div Mul Add"},
}

const frame = `<ir_version: 8, opset_import: ["" : 17]>
g (float[3,4] x) => (float[3,4] y) <
  float half = {0.5}, float one = {1}, float two = {2}, float three = {3}, float six = {6}, float zero = {0}, float root = {1.4142135},
  float epsilon = {0.00001}, float[4] gamma = {1, 2, 0.5, -1}, float[4] beta = {0, 1, 2, 3}
>
{ BODY  y = Neg(z) }`

func TestRules(t *testing.T) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m, err := graph.Parse(strings.Replace(frame, "BODY", c.body, 1))
			if err != nil {
				t.Fatal(err)
			}
			if err := op.InferGraph(m.Graph); err != nil {
				t.Fatal(err)
			}
			rng := rand.New(rand.NewPCG(1, 2))
			v := make([]float32, 12)
			for i := range v {
				v[i] = float32(4 * rng.NormFloat64())
			}
			x := []*graph.Tensor{graph.TensorOf(v, 3, 4)}
			before, err := op.EvalGraph(m.Graph, x, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := fuse.Graph(m.Graph, nil); err != nil {
				t.Fatal(err)
			}
			if err := m.Check(); err != nil {
				t.Fatal(err)
			}
			var left []string
			for _, n := range m.Graph.Nodes {
				if n.Op != "Neg" {
					left = append(left, n.Op)
				}
			}
			have := strings.Join(left, " ")
			if have != c.want {
				t.Errorf("left %q, want %q", have, c.want)
			}
			after, err := op.EvalGraph(m.Graph, x, nil)
			if err != nil {
				t.Fatal(err)
			}
			a, b := graph.Data[float32](before[0]), graph.Data[float32](after[0])
			for i := range a {
				if d := math.Abs(float64(a[i] - b[i])); d > 2e-6*max(1, math.Abs(float64(a[i]))) {
					t.Errorf("number %d is %g, was %g", i, b[i], a[i])
				}
			}
		})
	}
}
