package convert_test

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/dataset/picture"
	"github.com/pollard-dev/pollard/graph"
)

// look looks at data of the fixtures.
func look(t *testing.T, model, data string, o dataset.Options, l convert.LookOptions) (*convert.Report, []convert.Shown) {
	t.Helper()
	r, shown, err := convert.Look(context.Background(), "../fixtures/"+model, func(m *graph.Model) (*convert.Data, error) {
		return dataset.OpenData("../fixtures/"+data, "", o, m.Graph.Inputs)
	}, l, convert.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return r, shown
}

// The first BatchNormalization tells whether samples are normalised as in training.
func TestLookKnowsWhatTheModelExpects(t *testing.T) {
	for name, c := range map[string]struct {
		o    dataset.Options
		warn bool
	}{
		"as trained":    {dataset.Options{Mean: 0.2860, Std: 0.3530}, false},
		"not scaled":    {dataset.Options{Scale: 1}, true},
		"scaled twice":  {dataset.Options{Scale: 1.0 / 255 / 255}, true},
		"mean left out": {dataset.Options{Std: 0.3530}, true},
	} {
		r, _ := look(t, "models/resnet20_bn.onnx", "data/t2k-images-idx3-ubyte.gz", c.o, convert.LookOptions{Samples: 100})
		if r.Look.Norm == nil || len(r.Look.Warnings) > 0 != c.warn {
			t.Errorf("%s: %+v, warnings %v", name, r.Look.Norm, r.Look.Warnings)
		}
	}
}

// Figures are those of the numbers that are fed, and pictures are shown as they went in.
func TestLookAtPictures(t *testing.T) {
	p := picture.Preprocess{Resize: picture.Squash, Mean: []float64{0.485, 0.456, 0.406}, Std: []float64{0.229, 0.224, 0.225}, Order: "bgr"}
	o := dataset.Options{Pictures: dataset.PictureOptions{Preprocess: p}}
	r, shown := look(t, "pictures/colours.onnx", "pictures/photos", o, convert.LookOptions{Pictures: 8})
	if l := r.Look; l.Samples != 16 || l.Looked != 16 || len(l.Labels) != 4 || l.Labels[3].Name != "top" || len(l.Warnings) > 0 {
		t.Errorf("have %+v", l)
	}
	d, err := dataset.OpenData("../fixtures/pictures/photos", "", o, []*graph.Value{{Name: "pixels", Type: graph.Type{DType: graph.Float32, Shape: graph.ShapeOf(1, 3, 32, 32)}}})
	if err != nil {
		t.Fatal(err)
	}
	feeds, err := dataset.ReadRange(d.Samples, 0, 16)
	if err != nil {
		t.Fatal(err)
	}
	values := graph.Data[float32](feeds["pixels"])
	for c, f := range r.Look.Inputs[0].Channels {
		var all []float64
		for i, x := range values {
			if i/1024%3 == c {
				all = append(all, float64(x))
			}
		}
		mean, variance := 0.0, 0.0
		for _, x := range all {
			mean += x / float64(len(all))
		}
		for _, x := range all {
			variance += (x - mean) * (x - mean) / float64(len(all))
		}
		if f.Min != slices.Min(all) || f.Max != slices.Max(all) || math.Abs(f.Mean-mean) > 1e-9 || math.Abs(f.Std-math.Sqrt(variance)) > 1e-9 {
			t.Errorf("channel %d: have %+v, want %v %v", c, f, mean, math.Sqrt(variance))
		}
	}
	if len(shown) != 8 || shown[0].Name != "blue/blue_0.jpg" || shown[0].Label != "0 blue" {
		t.Fatalf("shown %+v", shown)
	}
	if red, _, blue, _ := shown[0].Image.At(10, 10).RGBA(); blue < 2*red {
		t.Errorf("a blue picture is shown with red %d and blue %d", red>>8, blue>>8)
	}
	if !strings.Contains(r.Preprocess.String(), "bgr") || !slices.Equal(r.Preprocess.Guessed, []string{"filter", "scale"}) {
		t.Errorf("preprocessing is %v, guessed %v", r.Preprocess, r.Preprocess.Guessed)
	}
}
