package simplify_test

import (
	"context"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/simplify"
)

// Extents that follow from the inputs' are made of as few nodes as say them, and what does not follow ends the search.
func TestExtentsOfInputs(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"many times an extent is one product",
			`g (float[N,196,4] x, float[1,4] w) => (float[M,4] y)
			{ s = Shape(x)  z = Constant<value_ints = [0]>()  n = Gather(s, z)  k = Constant<value_ints = [196]>()  m = Mul(n, k)  f = Constant<value_ints = [4]>()
			  t = Concat<axis = 0>(m, f)  y = Expand(w, t) }`,
			"Shape Gather Mul Concat Expand"},
		{"names that end in digits are not taken for one another",
			`g (float[A,B,C,D,E,F,G,H,I,J,K] x, float[L] x1, float[1,1] w) => (float[K,L] y)
			{ s = Shape(x)  k = Constant<value_ints = [10]>()  a = Gather(s, k)  r = Shape(x1)  z = Constant<value_ints = [0]>()  b = Gather(r, z)
			  c = Identity(a)  d = Cast<to = 7>(b)  e = Cast<to = 6>(d)  f = Cast<to = 7>(e)  t = Concat<axis = 0>(c, f)  y = Expand(w, t) }`,
			"Shape Shape Gather Gather Concat Expand"},
	} {
		m := parse(t, c.text)
		if err := passes.Run(context.Background(), m, simplify.All()); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if have := operators(m); have != c.want {
			t.Errorf("%s: have %s, want %s", c.name, have, c.want)
		}
	}
}

// A default that callers may override says nothing about shapes.
func TestDefaultsAreNotShapes(t *testing.T) {
	m := parse(t, `g (float[N,6] x, int64[2] to) => (float[] y) <int64[2] to = {-1, 3}> { y = Reshape(x, to) }`)
	if err := passes.Run(context.Background(), m, simplify.All()); err != nil {
		t.Fatal(err)
	}
	if text := m.Text(); !strings.Contains(text, "Reshape(x, to)") && !strings.Contains(text, "Reshape (x, to)") {
		t.Errorf("the target is another:\n%s", text)
	}
	for _, d := range m.Graph.Outputs[0].Type.Shape {
		if d.Known() {
			t.Errorf("y is taken for %v", m.Graph.Outputs[0].Type)
		}
	}
}
