package simplify_test

import (
	"testing"

	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/simplify"
)

// A branch may give back a value of the graph around it. Nothing there reads the
// value, and yet its node must neither go nor compute something else.
func TestWhatABranchGivesBackStays(t *testing.T) {
	const branches = `y = If(b)<then_branch = t () => (float[2] held) {}, else_branch = u () => (float[2] p) { p = Relu(x) }>`
	for _, c := range []struct{ name, text, want string }{
		{"an identity", `g (float[2] x, bool b) => (float[2] y) { a = Exp(x)  held = Identity(a)  ` + branches + ` }`, "Exp Identity If"},
		{"a second computation", `g (float[2] x, bool b) => (float[2] y, float[2] z) { a = Exp(x)  z = Relu(a)  held = Exp(x)  ` + branches + ` }`, "Exp Relu Exp If"},
		{"a constant", `g (float[2] x, bool b) => (float[2] y, float[2] z) <float[2] k = {1, 2}> { held = Exp(k)  z = Add(held, x)  ` + branches + ` }`, "Exp Add If"},
		{"what a BatchNormalization reads",
			`g (float[1,2] x, bool b) => (float[2] y, float[1,2] z) <float[2,2] w = {1, 2, 3, 4}, float[2] s = {1, 2}>
			{ held = Gemm(x, w)  z = BatchNormalization(held, s, s, s, s)  ` + branches + ` }`, "Gemm BatchNormalization If"},
	} {
		m := parse(t, c.text)
		if err := passes.Run(t.Context(), m, simplify.All()); err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if have := operators(m); have != c.want {
			t.Errorf("%s: want %s, have %s", c.name, c.want, have)
		}
	}
}

// What an operator meant before the versions that are known may be something else: BatchNormalization trained unless told otherwise.
func TestUnknownVersionsAreLeftAlone(t *testing.T) {
	m := parse(t, `g (float[N,2] x) => (float[N,2] y) <float[2,2] w = {1, 2, 3, 4}, float[2] b = {1, 2}, float[2] s = {1, 2}>
		{ a = Gemm(x, w, b)  d = Dropout(a)  y = BatchNormalization(d, s, s, s, s) }`)
	for _, n := range m.Graph.Nodes {
		n.Version = 6
	}
	if err := passes.Run(t.Context(), m, simplify.All()); err != nil {
		t.Fatal(err)
	}
	if have := operators(m); have != "Gemm Dropout BatchNormalization" {
		t.Errorf("left: %s", have)
	}
}
