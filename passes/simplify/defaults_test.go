package simplify

import (
	"testing"

	"github.com/pollard-dev/pollard/passes"
)

// An exporter that lists all initializers among the inputs does so by habit: they are constants.
// Where only some are listed, real numbers in number are weights, and a threshold and a count stay
// what callers may set.
func TestDefaultsThatAreWeightsAreConstants(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"all", `g (float[N,2] x, float[2,2] w = {1,2,3,4}, float low = {0}, int64[2] shape = {-1,2}) => (y) { h = MatMul(x, w) r = Reshape(h, shape) y = Max(r, low) }`, []string{"x"}},
		{"some", `g (float[N,2] x, float[2,2] w = {1,2,3,4}, float low = {0}, int64[2] shape = {-1,2}) => (y) <float[2] b = {1,2}> { h = MatMul(x, w) a = Add(h, b) r = Reshape(a, shape) y = Max(r, low) }`, []string{"x", "low", "shape"}},
		{"none", `g (float[N,2] x) => (y) <float[2,2] w = {1,2,3,4}> { y = MatMul(x, w) }`, []string{"x"}},
	} {
		m := model(t, c.text)
		before := len(m.Graph.Inputs)
		fixed := len(FixedInputs(m))
		if err := passes.Run(t.Context(), m, []passes.Pass{fixDefaults}); err != nil {
			t.Fatal(c.name, err)
		}
		var have []string
		for _, v := range m.Graph.Inputs {
			have = append(have, v.Name)
		}
		if len(have) != len(c.want) || before-fixed != len(have) {
			t.Fatalf("%s: inputs %v, want %v", c.name, have, c.want)
		}
		for i := range have {
			if have[i] != c.want[i] {
				t.Errorf("%s: inputs %v, want %v", c.name, have, c.want)
			}
		}
		if w := m.Graph.Value("w"); !w.IsConstant() {
			t.Errorf("%s: a weight is no constant", c.name)
		}
		if err := m.Check(); err != nil {
			t.Error(c.name, err)
		}
	}
}
