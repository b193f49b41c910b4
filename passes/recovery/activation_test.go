package recovery

import (
	"math"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// Ends that are nearly flat are found whatever nodes the activation is made of; what grows faster
// than a line, or is seen otherwise as well, has no bounds.
func TestBoundsBehindActivations(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		name, nodes string
		low, high   float64
	}{
		{"Relu", "y = Relu(v)", 0, inf},
		{"Sigmoid", "y = Sigmoid(v)", -5.3, 5.3},
		{"Tanh", "y = Tanh(v)", -2.65, 2.65},
		{"SiLU", "s = Sigmoid(v) y = Mul(v, s)", -5.25, inf},
		{"SiLU, then a line", "s = Sigmoid(v) m = Mul(s, v) y = Mul(m, two)", -5.25, inf},
		{"HardSwish", "y = HardSwish(v)", -3, inf},
		{"HardSwish in pieces", "a = Add(v, three) c = Clip(a, zero, six) m = Mul(v, c) y = Div(m, six)", -3, inf},
		{"HardSigmoid", "y = HardSigmoid(v)", -2.5, 2.5},
		{"GELU in pieces", "d = Div(v, root) e = Erf(d) a = Add(e, one) m = Mul(v, a) y = Mul(m, half)", -2.75, inf},
		{"behind a line", "m = Mul(v, two) y = Sigmoid(m)", -2.65, 2.65},
		{"none", "y = Identity(v)", 0, 0},
		{"LeakyRelu", "y = LeakyRelu<alpha = 0.1>(v)", 0, 0},
		{"exponential", "y = Exp(v)", 0, 0},
		{"square", "y = Mul(v, v)", 0, 0},
		{"slopes of channels", "y = PRelu(v, slopes)", 0, 0},
		{"gate of another value", "s = Sigmoid(x) y = Mul(v, s)", 0, 0},
		{"seen as it is as well", "s = Sigmoid(v) y = Concat<axis = 1>(v, s)", 0, 0},
	} {
		m, err := graph.Parse(`<ir_version: 10, opset_import: ["" : 18]>
g (float[N,4] x) => (y) <float[4,4] w = {1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16}, float[4] slopes = {0.1,0.2,0.3,0.4}, float zero = {0}, float half = {0.5}, float one = {1}, float root = {1.4142135}, float two = {2}, float three = {3}, float six = {6}>
{ v = MatMul(x, w) ` + c.nodes + ` }`)
		if err != nil {
			t.Fatal(c.name, err)
		}
		if err := op.InferGraph(m.Graph); err != nil {
			t.Fatal(c.name, err)
		}
		b := boundsBehind(m.Graph.Value("v"))
		switch {
		case c.low == 0 && c.high == 0:
			if b != nil {
				t.Errorf("%s: bounds %v, want none", c.name, *b)
			}
		case b == nil:
			t.Errorf("%s: no bounds", c.name)
		case math.Abs(b.low-c.low) > 0.1 || c.high != b.high && math.Abs(b.high-c.high) > 0.1:
			t.Errorf("%s: bounds %v, want %g and %g", c.name, *b, c.low, c.high)
		}
	}
	if boundsBehind(nil) != nil {
		t.Error("nothing has bounds")
	}
}
