package target

import (
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/simplify"
)

func TestTargetsAreWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, x := range All() {
		if err := x.Check(); err != nil {
			t.Error(err)
		}
		if x.Doc == "" || x.Source == "" || seen[x.Name] {
			t.Errorf("%s: want a name of its own, what it is and where its numbers are from: %+v", x.Name, x)
		}
		seen[x.Name] = true
		if have, err := Lookup(x.Name); err != nil || have.Name != x.Name {
			t.Errorf("%s: have %q, %v", x.Name, have.Name, err)
		}
	}
	if _, err := Lookup("abacus"); err == nil || !strings.Contains(err.Error(), "onnxruntime") {
		t.Errorf("a target that is not there: %v", err)
	}
}

// The multiple of a node is the largest that a rule for its operator and its type asks for.
func TestMultipleIsByOperatorAndType(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 17]>
g (float[N,8,4,4] x) => (float[N,8,4,4] r)
<float[8,8,1,1] w = {` + ones(64) + `}> { c = Conv(x, w)  h = Cast<to=10>(c)  i = Relu(h)  r = Cast<to=1>(i) }`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := simplify.Infer.Run(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	of, err := Parse([]byte(`{"name": "mine", "source": "made up", "rules": [
		{"operators": ["Conv"], "multiple": 4}, {"operators": ["Conv"], "types": ["float"], "multiple": 16},
		{"types": ["float16"], "multiple": 32}, {"operators": ["Conv"], "types": ["int8"], "multiple": 64}]}`))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{16, 32, 32, 1} {
		if have := of.Multiple(m.Graph.Nodes[i]); have != want {
			t.Errorf("%s: want %d, have %d", m.Graph.Nodes[i].Op, want, have)
		}
	}
}

// A group takes the largest multiple of what writes and reads it.
func TestAlignmentIsTheLargestOfAGroup(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 17]>
g (float[N,3] x) => (float[N,2] y)
<float[3,40] w = {` + ones(120) + `}, float[40,24] v = {` + ones(960) + `}, float[24,2] u = {` + ones(48) + `}>
{ h = MatMul(x, w)  r = Relu(h)  k = MatMul(r, v)  s = Sigmoid(k)  y = MatMul(s, u) }`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := simplify.Infer.Run(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	a, err := group.Find(m)
	if err != nil {
		t.Fatal(err)
	}
	of := Target{Name: "mine", Rules: []Rule{{Operators: []string{"MatMul"}, Multiple: 4}, {Operators: []string{"Sigmoid"}, Multiple: 16}}, Room: 3}
	have := map[int]Alignment{}
	for g, x := range of.Alignments(a) {
		have[g.Units] = x
	}
	if len(have) != 2 || have[40] != (Alignment{4, 3}) || have[24] != (Alignment{16, 3}) {
		t.Errorf("have %v", have)
	}
	if none := (Target{Name: None}).Alignments(a); len(none) != 0 {
		t.Errorf("without rules: %v", none)
	}
}

func TestParseSaysWhatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		`{`:                            "unexpected",
		`{"name": "x", "rule": []}`:    `"rule"`,
		`{"rules": [{"multiple": 8}]}`: "want a name",
		`{"name": "x", "rules": [{"multiple": 12}]}`:                   "power of two up to 65536, have 12",
		`{"name": "x", "rules": [{"multiple": 8, "types": ["half"]}]}`: "half",
		`{"name": "x", "room": -1}`:                                    "have -1",
	} {
		if _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: want %q, have %v", text, want, err)
		}
	}
}

// ones returns the text of n weights.
func ones(n int) string { return strings.Repeat("1, ", n-1) + "1" }
