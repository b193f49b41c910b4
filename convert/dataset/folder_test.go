package dataset_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/dataset/picture"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

const pictures = "../../fixtures/pictures/"

// pixels is an input for pictures.
func pixels(t graph.DType, dims ...int) []*graph.Value {
	shape := append(graph.ShapeOf(0), graph.ShapeOf(dims...)...)
	shape[0] = graph.Symbol("N")
	return []*graph.Value{{Name: "pixels", Type: graph.Type{DType: t, Shape: shape}}}
}

// colours runs the classifier of the fixtures on d and returns the class of each sample.
func colours(t *testing.T, d *dataset.Data) (classes []int) {
	t.Helper()
	f, err := onnx.Read(pictures + "colours.onnx")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, err := runtime.Compile(f.Model, runtime.Options{})
	if err != nil {
		t.Fatal(err)
	}
	feeds, err := dataset.ReadRange(d.Samples, 0, d.Samples.Count())
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.Run(context.Background(), feeds)
	if err != nil {
		t.Fatal(err)
	}
	scores := graph.Data[float32](out["scores"])
	for i := 0; i < len(scores); i += 4 {
		classes = append(classes, slices.Index(scores[i:i+4], slices.Max(scores[i:i+4])))
	}
	return classes
}

// A folder of pictures of every format, with the preprocessing of its model, is classified as it was in
// Python: turned by EXIF, whatever the form of the preprocessing and of the labels.
func TestFolderOfPictures(t *testing.T) {
	preset, err := picture.Preset("imagenet")
	if err != nil {
		t.Fatal(err)
	}
	own := picture.Preprocess{Resize: picture.Squash, Mean: preset.Mean, Std: preset.Std}
	config, err := picture.ReadPreprocess(pictures + "preprocessor_config.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range map[string]picture.Preprocess{"own": own, "config": config} {
		for _, labels := range []string{"", pictures + "labels.csv"} {
			d, err := dataset.OpenData(pictures+"photos", labels, dataset.Options{Pictures: dataset.PictureOptions{Preprocess: p}}, pixels(graph.Float32, 3, 32, 32))
			if err != nil {
				t.Fatal(err)
			}
			if want := []int{0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3}; !slices.Equal(d.Labels, want) {
				t.Errorf("%s %s: labels are %v", name, labels, d.Labels)
			}
			if have := colours(t, d); !slices.Equal(have, d.Labels) {
				t.Errorf("%s %s: classes are %v", name, labels, have)
			}
			names := dataset.Names(d.Part([]int{3, 0}).Samples)
			if want := []string{"blue/blue_3.bmp", "blue/blue_0.jpg"}; !slices.Equal(names, want) {
				t.Errorf("names are %v", names)
			}
		}
	}
}

// Samples are the same in every order, with any number of threads, and read at once.
func TestFolderReadsTheSame(t *testing.T) {
	var first *graph.Tensor
	for _, threads := range []int{1, 2, 7} {
		f, err := dataset.OpenFolder(pictures+"photos", dataset.PictureOptions{Threads: threads}, pixels(graph.Float32, 3, 24, 20))
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				feeds, err := f.Read([]int{5, 1, 15, 1})
				if err != nil {
					t.Error(err)
					return
				}
				one, err := f.Read([]int{1})
				if err != nil {
					t.Error(err)
					return
				}
				x := feeds["pixels"]
				if n := 3 * 24 * 20; !reflect.DeepEqual(graph.Data[float32](x)[n:2*n], graph.Data[float32](one["pixels"])) {
					t.Error("a sample depends on those read with it")
				}
			})
		}
		all.Wait()
		feeds, err := f.Read([]int{5, 1, 15, 1})
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = feeds["pixels"]
		}
		if !slices.Equal(first.Raw(), feeds["pixels"].Raw()) {
			t.Errorf("%d threads: other numbers", threads)
		}
		none, err := f.Read(nil)
		if err != nil || !slices.Equal(none["pixels"].Shape(), []int{0, 3, 24, 20}) {
			t.Errorf("no samples: have %v, %v", none, err)
		}
	}
}

// The input says layout, channels and type.
func TestFolderFollowsTheInput(t *testing.T) {
	for _, c := range []struct {
		input []*graph.Value
		shape []int
	}{
		{pixels(graph.Float32, 3, 8, 9), []int{1, 3, 8, 9}},
		{pixels(graph.Float32, 8, 9, 3), []int{1, 8, 9, 3}},
		{pixels(graph.Float32, 1, 8, 9), []int{1, 1, 8, 9}},
		{pixels(graph.Uint8, 8, 9, 1), []int{1, 8, 9, 1}},
		{pixels(graph.Float16, 3, 8, 9), []int{1, 3, 8, 9}},
	} {
		f, err := dataset.OpenFolder(pictures+"broken", dataset.PictureOptions{SkipBad: true}, c.input)
		if err != nil {
			t.Fatal(err)
		}
		feeds, err := f.Read([]int{0})
		if err != nil {
			t.Fatal(err)
		}
		x := feeds["pixels"]
		if !slices.Equal(x.Shape(), c.shape) || x.DType() != c.input[0].Type.DType {
			t.Errorf("%v: have %v%v", c.input[0].Type, x.DType(), x.Shape())
		}
		want := 128.0 / 255
		if x.DType() == graph.Uint8 {
			want = 128
		}
		v, _ := graph.Floats(x)
		for _, n := range v {
			if n-want > 1e-3 || want-n > 1e-3 {
				t.Fatalf("%v: want %v, have %v", c.input[0].Type, want, n)
			}
		}
	}
}

// Pictures that cannot be decoded are all named, or left out.
func TestFolderWithBadFiles(t *testing.T) {
	f, err := dataset.OpenFolder(pictures+"broken", dataset.PictureOptions{}, pixels(graph.Float32, 3, 8, 8))
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Read([]int{0})
	var bad *dataset.BadFiles
	var read *dataset.ReadError
	if !errors.As(err, &bad) || !errors.As(err, &read) {
		t.Fatalf("want an error about pictures, have %v", err)
	}
	lines := strings.Join(bad.Lines(), "\n")
	for _, name := range []string{"cut.jpg: ", "text.jpg: ", "empty.png: "} {
		if !strings.Contains(lines, name) {
			t.Errorf("%s is not named: %s", name, lines)
		}
	}
	if f, err = dataset.OpenFolder(pictures+"broken", dataset.PictureOptions{SkipBad: true}, pixels(graph.Float32, 3, 8, 8)); err != nil {
		t.Fatal(err)
	}
	if n := f.Names(); !slices.Equal(n, []string{"grey_is_fine.png"}) || len(f.Taken.LeftOut) != 3 {
		t.Errorf("have %v, left out %v", n, f.Taken.LeftOut)
	}
	many := &dataset.BadFiles{Path: "x", Of: 20, Bad: make([]string, 15)}
	if l := many.Lines(); len(l) != 11 || !strings.Contains(l[10], "and 5 more") {
		t.Errorf("have %d lines: %v", len(l), l)
	}
}

// What is wrong with folders, inputs and labels is said in one line.
func TestFolderErrors(t *testing.T) {
	write := func(name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	open := pixels(graph.Float32, 3, 8, 8)
	open[0].Type.Shape[2] = graph.Symbol("H")
	several := append(pixels(graph.Float32, 3, 8, 8), &graph.Value{Name: "size", Type: graph.Type{DType: graph.Float32, Shape: graph.ShapeOf(1, 2)}})
	rows := strings.Repeat("0\n", 16)
	for name, c := range map[string]struct {
		folder, labels string
		input          []*graph.Value
		want           string
	}{
		"no pictures":   {t.TempDir(), "", nil, "want pictures (.jpg, "},
		"open size":     {"photos", "", open, `input "pixels": the height of the input [N,3,H,8] is open: want a size`},
		"other inputs":  {"photos", "", several, `the model has others: "size"`},
		"rank":          {"photos", "", pixels(graph.Float32, 3), "no input has rank 4"},
		"channels":      {"photos", "", pixels(graph.Float32, 4, 8, 8), "want an input with 1 or 3 channels"},
		"unknown file":  {"photos", write("l.csv", "file,label\nblue/blue_9.jpg,blue\n"), nil, `line 2: want one of the 16 files of`},
		"unknown class": {"photos", write("l.csv", "blue/blue_0.jpg,violet\n"), nil, `want a class of the folder, "blue", "green", "red", "top", or its number; have "violet"`},
		"no label":      {"photos", write("l.json", `{"blue_0.jpg": 0}`), nil, "want a label for each of 16 files, have none for blue/blue_1.png"},
		"too few":       {"photos", write("l.txt", "0\n1\n"), nil, "want one label for each of 16 files"},
		"not a number":  {"broken", write("l.txt", "red\nred\nred\nred\n"), nil, `want the number of a class, have "red"`},
		"two labels":    {"photos", write("l.txt", "blue_0.jpg 0\nblue_0.jpg 1\n"), nil, "is of class 0 already, have 1"},
		"JSON":          {"photos", write("l.json", `{"blue_0.jpg": `), nil, "JSON: "},
		"mixed":         {"photos", write("l.txt", "blue_0.jpg 0\n1\n"), nil, "have both"},
		"fine":          {"photos", write("l.txt", rows), nil, ""},
	} {
		if !filepath.IsAbs(c.folder) {
			c.folder = pictures + c.folder
		}
		if c.input == nil {
			c.input = pixels(graph.Float32, 3, 8, 8)
		}
		_, err := dataset.OpenData(c.folder, c.labels, dataset.Options{}, c.input)
		switch {
		case c.want == "" && err == nil:
		case err == nil || c.want == "" || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n"):
			t.Errorf("%s: want an error with %q, have %v", name, c.want, err)
		}
	}
}

// Folders beside pictures, or a single one, are no classes.
func TestFoldersThatAreNoClasses(t *testing.T) {
	grey, err := os.ReadFile(pictures + "broken/grey_is_fine.png")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		files  []string
		labels []int
	}{
		"one":    {[]string{"a/2.png", "a/10.PNG", "a/.hidden.png", "a/notes.txt"}, nil},
		"beside": {[]string{"x.png", "a/1.png", "b/1.png"}, nil},
		"empty":  {[]string{"a/notes.txt", "b/1.png", "c/d/1.png"}, []int{1, 2}},
	} {
		dir := t.TempDir()
		for _, f := range c.files {
			path := filepath.Join(dir, filepath.FromSlash(f))
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, grey, 0o666)); err != nil {
				t.Fatal(err)
			}
		}
		f, err := dataset.OpenFolder(dir, dataset.PictureOptions{}, pixels(graph.Float32, 3, 8, 8))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(f.Labels(), c.labels) {
			t.Errorf("%s: labels of %v are %v", name, f.Names(), f.Labels())
		}
	}
}

// Numbers of each channel are those of an array, too.
func TestArraysTakeNumbersOfEachChannel(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.npy")
	for _, c := range []struct {
		shape []int
		want  []float32
	}{
		{[]int{1, 2, 1, 2}, []float32{-1, 0, 0, 1}},
		{[]int{1, 1, 2, 2}, []float32{-1, -1, 3, 1}},
	} {
		if err := dataset.SaveNPY(path, graph.TensorOf([]float32{0, 1, 2, 3}, c.shape...)); err != nil {
			t.Fatal(err)
		}
		set, err := dataset.Load(path, dataset.Options{Means: []float64{1, 2}, Stds: []float64{1, 1}, Scales: []float64{2, 1}})
		if c.shape[1] == 2 {
			set, err = dataset.Load(path, dataset.Options{Means: []float64{1, 2}})
		}
		if err != nil {
			t.Fatal(err)
		}
		if have := graph.Data[float32](set.Arrays[""]); !slices.Equal(have, c.want) {
			t.Errorf("%v: want %v, have %v", c.shape, c.want, have)
		}
	}
	if _, err := dataset.Load(path, dataset.Options{Means: []float64{1, 2, 3}}); err == nil || !strings.Contains(err.Error(), "have 3 channels") {
		t.Errorf("want an error about channels, have %v", err)
	}
}
