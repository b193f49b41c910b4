package picture

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

// Files of preprocessing, ours and those of the library transformers, say what they say.
func TestReadPreprocess(t *testing.T) {
	pad := 114.0
	for name, c := range map[string]struct {
		text string
		want Preprocess
		err  string
	}{
		"ours": {`{"size": [32, 48], "resize": "letterbox", "pad": 114, "filter": "bicubic", "order": "bgr", "layout": "nhwc", "scale": 1, "mean": [1, 2, 3], "std": [4]}`,
			Preprocess{Height: 32, Width: 48, Resize: Letterbox, Pad: &pad, Filter: "bicubic", Order: "bgr", Layout: "nhwc", Scale: PerChannel{1}, Mean: PerChannel{1, 2, 3}, Std: PerChannel{4}}, ""},
		"a share":    {`{"size": 224, "crop_share": 0.9}`, Preprocess{Height: 224, Width: 224, CropShare: 0.9}, ""},
		"none of us": {`{"size": 224, "colour": "red"}`, Preprocess{}, `unknown field "colour"`},
		"wrong":      {`{"filter": "linear"}`, Preprocess{}, `filter: want bilinear`},
		"three":      {`{"size": [1, 2, 3]}`, Preprocess{}, "size: want height and width, have 3 numbers"},
		"twice":      {`{"size": 3, "height": 3, "width": 3}`, Preprocess{}, "have both"},
		"a list":     {`[1]`, Preprocess{}, "want preprocessing as JSON"},
		"ViT": {`{"do_normalize": true, "do_resize": true, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "size": 224}`,
			Preprocess{Height: 224, Width: 224, Resize: Squash, Filter: "bilinear", Order: "rgb", Scale: unit(), Mean: PerChannel{.5, .5, .5}, Std: PerChannel{.5, .5, .5}}, ""},
		"CLIP": {`{"crop_size": 224, "do_center_crop": true, "do_normalize": true, "do_resize": true, "image_mean": [0.48, 0.45, 0.40], "image_std": [0.26, 0.26, 0.27], "resample": 3, "size": 256}`,
			Preprocess{Height: 224, Width: 224, Resize: Crop, Shorter: 256, Filter: "bicubic", Order: "rgb", Scale: unit(), Mean: PerChannel{.48, .45, .40}, Std: PerChannel{.26, .26, .27}}, ""},
		"ConvNeXt": {`{"crop_pct": 0.875, "do_resize": true, "do_normalize": false, "resample": 3, "size": {"shortest_edge": 224}}`,
			Preprocess{Height: 224, Width: 224, Resize: Crop, CropShare: 0.875, Filter: "bicubic", Order: "rgb", Scale: unit(), Mean: PerChannel{0}, Std: PerChannel{1}}, ""},
		"not scaled": {`{"do_resize": true, "do_rescale": false, "do_normalize": true, "image_mean": [127], "image_std": [128], "size": {"height": 8, "width": 9}, "resample": 0}`,
			Preprocess{Height: 8, Width: 9, Resize: Squash, Filter: "nearest", Order: "rgb", Scale: PerChannel{1}, Mean: PerChannel{127}, Std: PerChannel{128}}, ""},
		"DETR":    {`{"do_resize": true, "size": {"shortest_edge": 800, "longest_edge": 1333}}`, Preprocess{}, "a size that depends on the picture is not supported"},
		"no mean": {`{"do_resize": true, "do_normalize": true, "size": 8}`, Preprocess{}, "want image_mean and image_std"},
	} {
		path := filepath.Join(t.TempDir(), "p.json")
		if err := os.WriteFile(path, []byte(c.text), 0o666); err != nil {
			t.Fatal(err)
		}
		have, err := ReadPreprocess(path)
		switch {
		case c.err == "" && err == nil:
			if !reflect.DeepEqual(have, c.want) {
				t.Errorf("%s: want %+v, have %+v", name, c.want, have)
			}
		case err == nil || c.err == "" || !strings.Contains(err.Error(), c.err) || !strings.HasPrefix(err.Error(), path+": "):
			t.Errorf("%s: want an error with %q, have %v", name, c.err, err)
		}
	}
}

// YAML says the same as JSON, and what is wrong with it is one line.
func TestReadPreprocessYAML(t *testing.T) {
	read := func(text string) (Preprocess, error) {
		path := filepath.Join(t.TempDir(), "p.yaml")
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return ReadPreprocess(path)
	}
	have, err := read("# for the detector\nsize: [32, 48]\nresize: crop\nshorter: 40\nmean: [1, 2, 3.5]\nstd: 4\n")
	want := Preprocess{Height: 32, Width: 48, Resize: Crop, Shorter: 40, Mean: PerChannel{1, 2, 3.5}, Std: PerChannel{4}}
	if err != nil || !reflect.DeepEqual(have, want) {
		t.Errorf("want %+v, have %+v (%v)", want, have, err)
	}
	for text, want := range map[string]string{"size: [1, 2": "want preprocessing as YAML: ", "- 1": "want preprocessing as YAML: ", "colour: red": `unknown field "colour"`} {
		if _, err := read(text); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: want %q, have %v", text, want, err)
		}
	}
}

// A preset leaves to the input what the input knows, and a size is a share of it.
func TestPresetsAreComplete(t *testing.T) {
	v := &graph.Value{Name: "x", Type: graph.Type{DType: graph.Float32, Shape: graph.ShapeOf(1, 224, 224, 3)}}
	for _, name := range Presets() {
		p, err := Preset(name)
		if err != nil {
			t.Fatal(err)
		}
		p, guessed, err := p.For(v)
		if err != nil || p.Layout != "nhwc" || p.Height != 224 || p.Width != 224 {
			t.Errorf("%s: have %v, %v", name, p, err)
		}
		if name == "imagenet" && (p.Shorter != 256 || len(guessed) > 0) {
			t.Errorf("imagenet: have %v, guessed %v", p, guessed)
		}
		table := p.Normaliser()
		if n := len(table); n != 3 {
			t.Errorf("%s: %d tables", name, n)
		}
		least, most := table[0][0], table[0][255]
		if want := map[string][2]float32{"imagenet": {-2.117904, 2.2489083}, "inception": {-1, 1}, "unit": {0, 1}, "yolo": {0, 1}}[name]; least != want[0] || most != want[1] {
			t.Errorf("%s: numbers from %v to %v, want %v", name, least, most, want)
		}
	}
}
