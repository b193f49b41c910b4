package op

import (
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

func TestDescriptionsThatAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		`{`:                             "want a JSON object with operators",
		`{"operators": []}`:             "want at least one",
		`{"operators": [{"nam": "X"}]}`: `unknown field "nam"`,
		`{"operators": [{"coupling": "pinned"}]}`:                                                               "name: want that of an operator",
		`{"operators": [{"name": "X", "coupling": "all"}]}`:                                                     `operator X: coupling: want elementwise, channel or pinned, have "all"`,
		`{"operators": [{"name": "X", "domain": "a.b", "coupling": "elementwise"}]}`:                            "operator a.b.X: coupling elementwise: want a shape",
		`{"operators": [{"name": "X", "coupling": "elementwise", "shape": "as input"}]}`:                        `want "as input 0" or an array`,
		`{"operators": [{"name": "X", "coupling": "elementwise", "shape": [1]}]}`:                               "want that of an input",
		`{"operators": [{"name": "X", "coupling": "channel", "axis": 1, "shape": [1, 16]}]}`:                    `want "input0[1]" there`,
		`{"operators": [{"name": "X", "coupling": "channel", "shape": "as input 1"}]}`:                          "want that of input 0",
		`{"operators": [{"name": "X", "coupling": "pinned", "shape": ["2*"]}]}`:                                 `extent "2*"`,
		`{"operators": [{"name": "X", "coupling": "pinned", "shape": [2], "shapes": [[2]]}]}`:                   "want shape or shapes, have both",
		`{"operators": [{"name": "X", "coupling": "channel", "shape": "as input 0", "per_channel": {"0": 0}}]}`: "per_channel",
		`{"operators": [{"name": "X", "coupling": "elementwise", "axis": 1, "shape": "as input 0"}]}`:           "axis: want",
	} {
		if _, err := ReadDescriptions(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: want %q, have %v", text, want, err)
		}
	}
	if err := Describe(Description{Name: "Conv", Coupling: "pinned"}); err == nil || !strings.Contains(err.Error(), "it is known") {
		t.Errorf("Conv: %v", err)
	}
}

// describe describes operators for one test.
func describe(t *testing.T, text string) {
	t.Helper()
	all, err := ReadDescriptions(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range all {
		if err := Describe(d); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { delete(defs, key{d.Domain, d.Name}) })
	}
}

// Shapes follow from formulas, and stand-ins have them, with each channel computed alone.
func TestDescribedShapesAndStandIns(t *testing.T) {
	describe(t, `{"operators": [
		{"domain": "d", "name": "Up", "coupling": "channel", "axis": 1, "shape": ["input0[0]", "input0[1]", "input0[2]*scale+1"], "per_channel": {"1": 0}},
		{"domain": "d", "name": "Two", "coupling": "pinned", "shapes": ["as input 1", [3, "input0[1]/2"]]},
		{"domain": "d", "name": "Act", "coupling": "elementwise", "shape": "as input 0"}]}`)
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 17, "d" : 1]>
g (float[2,4,3] x, float[4] s) => (a, b, c, e) { a = d.Up<scale = 2>(x, s) b, c = d.Two(x, s) e = d.Act(x) }`)
	if err != nil {
		t.Fatal(err)
	}
	if err := InferGraph(m.Graph); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"a": "float[2,4,7]", "b": "float[4]", "c": "float[3,2]", "e": "float[2,4,3]"} {
		if have := m.Graph.Value(name).Type.String(); have != want {
			t.Errorf("%s: want %s, have %s", name, want, have)
		}
	}
	x := graph.NewTensor(graph.Float32, 2, 4, 3)
	for i := range 24 {
		graph.Data[float32](x)[i] = float32(i)
	}
	up := m.Graph.Nodes[0]
	out, err := Lookup(up).Eval(up, []*graph.Tensor{x, graph.NewTensor(graph.Float32, 4)})
	if err != nil || !slices.Equal(out[0].Shape(), []int{2, 4, 7}) {
		t.Fatal(out, err)
	}
	for i, v := range graph.Data[float32](out[0]) {
		if want := float32(i/7*3 + 1); v != want { // the mean of three in a row
			t.Errorf("element %d: want %v, have %v", i, want, v)
		}
	}
	c, err := Lookup(up).Couple(up)
	if err != nil || !slices.Equal(c.Same, []Same{{Out(0, 1), In(0, 1)}, {In(1, 0), In(0, 1)}}) {
		t.Errorf("%+v, %v", c.Same, err)
	}
	if two := m.Graph.Nodes[1]; Lookup(two).Couple != nil {
		t.Error("a pinned operator couples")
	} else if _, err := Lookup(two).Eval(two, []*graph.Tensor{x, x}); err == nil {
		t.Error("a pinned operator runs")
	}
}
