package graph

import (
	"slices"
	"testing"
)

func TestElemsOfValues(t *testing.T) {
	m, err := Parse(`<ir_version: 8, opset_import: ["": 13]>
g (float[N,4] x, int64[2] fed = {5, 6}) => (float[4] y)
<int64[2] c = {3, 4}, float[2] f = {3, 4}> { s = Shape(x)  y = Reshape(x, s) }`)
	if err != nil {
		t.Fatal(err)
	}
	m.Graph.Value("s").Type.Elems = []Dim{Symbol("N"), Size(4)}
	for _, c := range []struct {
		name     string
		constant bool
		want     []Dim
	}{
		{"c", true, []Dim{Size(3), Size(4)}},
		{"f", true, nil},                          // no integers
		{"fed", false, nil},                       // a default, which a caller may override
		{"s", false, []Dim{Symbol("N"), Size(4)}}, // computed, and inferred
		{"y", false, nil}, {"x", false, nil},
	} {
		v := m.Graph.Value(c.name)
		if v.IsConstant() != c.constant || !slices.Equal(v.Elems(), c.want) {
			t.Errorf("%s: constant %v, elements %v", c.name, v.IsConstant(), v.Elems())
		}
	}
}
