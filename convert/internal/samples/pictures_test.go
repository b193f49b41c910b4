package samples

import (
	"maps"
	"testing"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
)

// A height and a width that the model leaves open are those that pictures come to.
func TestPictureExtents(t *testing.T) {
	g := graph.New("open")
	v, err := g.NewValue("pixels")
	if err != nil {
		t.Fatal(err)
	}
	shape := append(graph.Shape{graph.Symbol("N")}, graph.ShapeOf(3, 1, 1)...)
	shape[2], shape[3] = graph.Symbol("h"), graph.Symbol("w")
	v.Type = graph.Type{DType: graph.Float32, Shape: shape}
	g.AddInput(v)
	m := &graph.Model{Graph: g}
	opt := dataset.Options{}
	opt.Pictures.Preprocess.Height, opt.Pictures.Preprocess.Width = 24, 20
	d, err := dataset.OpenData("../../../fixtures/pictures/photos", "", opt, g.Inputs)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ given, want map[string]int }{
		{nil, map[string]int{"h": 24, "w": 20}},
		{map[string]int{"h": 8}, map[string]int{"h": 8, "w": 20}},
	} {
		have, err := PictureExtents(m, c.given, nil, d)
		if err != nil || !maps.Equal(have, c.want) {
			t.Errorf("want %v, have %v, %v", c.want, have, err)
		}
	}
	if err := CheckDims(m, map[string]int{"h": 1, "w": 2}); err != nil {
		t.Error(err)
	}
	if err := CheckDims(m, map[string]int{"H": 1}); err == nil || err.Error() != `dim: want the name of a symbolic dimension of an input, have N, h, w; "H" is none` {
		t.Errorf("have %v", err)
	}
}
