package task_test

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/task"
	"github.com/pollard-dev/pollard/graph"
)

// named are samples with names, as pictures have.
type named struct {
	dataset.Source
	names []string
}

func (n named) Names() []string { return n.names }

func savePNG(t *testing.T, path string, p image.Image) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, p); err != nil {
		t.Fatal(err)
	}
}

func grey(w, h int, of func(x, y int) uint8) *image.Gray {
	p := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			p.SetGray(x, y, color.Gray{Y: of(x, y)})
		}
	}
	return p
}

// Masks are found by the names of the pictures, and are sampled where they are larger.
func TestMasksOfPictures(t *testing.T) {
	dir := t.TempDir()
	savePNG(t, filepath.Join(dir, "b.png"), grey(2, 2, func(x, y int) uint8 { return uint8(x) }))
	savePNG(t, filepath.Join(dir, "a.png"), grey(4, 4, func(x, y int) uint8 { return uint8(y / 2) }))
	of := choose(t, task.Options{Name: task.Segmentation}, model(t, "float[N,4,2,2]", "float[N,2,2,2]"))
	d := samples(t, 2, nil)
	d.Samples = named{d.Samples, []string{"photos/a.jpg", "photos/b.jpg"}}
	if err := of.Truth(d, "", dir); err != nil {
		t.Fatal(err)
	}
	// Classes of a: 0 0 1 1, as its mask; of b: 0 1 0 0, one pixel wrong.
	y := graph.TensorOf([]float32{1, 1, 0, 0, 0, 0, 1, 1, 1, 0, 1, 1, 0, 1, 0, 0}, 2, 2, 2, 2)
	f := compare(t, of, d, y, y, 1)
	if m := f.Metrics; len(m) != 2 || m[1].Name != "pixel accuracy" || m[1].Original != 7.0/8 {
		t.Errorf("%+v", f.Metrics)
	}
	second := graph.TensorOf([]float32{1, 0, 1, 1, 0, 1, 0, 0}, 1, 2, 2, 2)
	if f := compare(t, of, d.Part([]int{1}), second, second, 1); f.Metrics[1].Original != 3.0/4 {
		t.Errorf("the second alone: %+v", f.Metrics)
	}
	savePNG(t, filepath.Join(dir, "b.png"), image.NewRGBA(image.Rect(0, 0, 2, 2)))
	tally, err := of.Start(d)
	if err != nil {
		t.Fatal(err)
	}
	b := task.Batch{Count: 2, Outputs: [2]map[string]*graph.Tensor{{"y": y}, {"y": y}}}
	if err := tally.Add(b); err == nil || !strings.Contains(err.Error(), "b.png: want classes as a palette or as grey values, have colours") {
		t.Errorf("a mask in colours: %v", err)
	}
	d.Samples = named{d.Samples, []string{"photos/a.jpg", "photos/c.jpg"}}
	if err := of.Truth(d, "", dir); err == nil || !strings.Contains(err.Error(), "want c.png for the picture photos/c.jpg") {
		t.Errorf("a picture without a mask: %v", err)
	}
}

// Labels that do not fit are refused in one line.
func TestLabelsThatDoNotFit(t *testing.T) {
	dir := t.TempDir()
	save := func(name string, x *graph.Tensor) string {
		path := filepath.Join(dir, name)
		if err := dataset.SaveNPY(path, x); err != nil {
			t.Fatal(err)
		}
		return path
	}
	three := save("three.npy", graph.TensorOf([]float32{1, 2, 3}, 3))
	halves := save("halves.npy", graph.TensorOf([]float32{.5, 1, 0, 0, 1, 1}, 2, 3))
	whole := save("whole.npy", graph.TensorOf([]int64{1, 2}, 2))
	text := filepath.Join(dir, "labels.json")
	if err := os.WriteFile(text, []byte(`{"images": []}`), 0o666); err != nil {
		t.Fatal(err)
	}
	y := graph.TensorOf([]float32{1, 2, 3, 4, 5, 6}, 2, 3)
	for _, c := range []struct{ task, labels, want string }{
		{task.Regression, three, "labels: want 2, one for each sample, have 3"},
		{task.Regression, whole, `labels: want [3] numbers for each sample as output "y" has, have 1`},
		{task.Embedding, three, "labels: want one number for each of 1 pairs"},
		{task.Multilabel, halves, "labels: want zeros and ones, have 0.5"},
		{task.Multilabel, filepath.Join(dir, "none"), "no such file"},
		{task.None, three, "labels: task none has no use for them"},
		{task.Segmentation, halves, "labels: want whole numbers"},
	} {
		of := choose(t, task.Options{Name: c.task}, model(t, "float[N,3]", "float[N,3]"))
		d := samples(t, 2, nil)
		err := of.Truth(d, "", c.labels)
		if err == nil {
			var tally task.Tally
			if tally, err = of.Start(d); err == nil {
				err = tally.Add(task.Batch{Count: 2, Outputs: [2]map[string]*graph.Tensor{{"y": y}, {"y": y}}})
			}
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s with %s: want %q, have %v", c.task, filepath.Base(c.labels), c.want, err)
		}
	}
}

const picture = `<ir_version: 8, opset_import: ["" : 13]> g (float[N,3,64,64] x, float[N,300,6] r) => (float[N,300,6] y) { y = Relu(r) }`

// What a detector finds is compared with COCO's labels and with those of YOLO, with the same result.
func TestDetectionWithLabels(t *testing.T) {
	m, err := graph.Parse(picture)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	coco := filepath.Join(dir, "coco.json")
	// A box of class 1 at 16 to 32 and 8 to 40 of pictures of 128 x 64, which are stretched.
	text := `{"images": [{"id": 7, "file_name": "b.jpg", "width": 128, "height": 64}, {"id": 3, "file_name": "a.jpg", "width": 128, "height": 64}],
		"categories": [{"id": 9}, {"id": 2}], "annotations": [{"image_id": 3, "category_id": 9, "bbox": [32, 8, 32, 32]}]}`
	yolo := filepath.Join(dir, "yolo")
	for _, err := range []error{os.WriteFile(coco, []byte(text), 0o666), os.Mkdir(yolo, 0o777), os.WriteFile(filepath.Join(yolo, "a.txt"), []byte("1 0.375 0.375 0.25 0.5\n"), 0o666)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	rows := func(boxes ...[6]float32) *graph.Tensor {
		x := make([]float32, 2*300*6)
		for i, b := range boxes {
			copy(x[6*i:], b[:])
		}
		return graph.TensorOf(x, 2, 300, 6)
	}
	right := [6]float32{16, 8, 32, 40, 0.9, 1}
	near, off := [6]float32{16, 8, 32, 34, 0.9, 1}, [6]float32{16, 8, 32, 40, 0.9, 0}
	for _, labels := range []string{coco, yolo} {
		of := choose(t, task.Options{}, m)
		d := samples(t, 2, nil)
		d.Samples = named{d.Samples, []string{"p/a.jpg", "p/b.jpg"}}
		if err := of.Truth(d, "", labels); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			pruned              [6]float32
			matched, map50, all float64
		}{{right, 1, 1, 1}, {near, 1, 1, 0.7}, {off, 0, 0, 0}} { // IoU 26/32 is over 0.8 of 0.5, 0.55, ...
			tally, err := of.Start(d)
			if err != nil {
				t.Fatal(err)
			}
			feeds := map[string]*graph.Tensor{"x": graph.TensorOf(make([]float32, 2*3*64*64), 2, 3, 64, 64)}
			b := task.Batch{Count: 2, Feeds: feeds, Outputs: [2]map[string]*graph.Tensor{{"y": rows(right)}, {"y": rows(c.pruned)}}}
			if err := tally.Add(b); err != nil {
				t.Fatal(err)
			}
			f, err := tally.Figures(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			have := fmt.Sprintf("%.3f %.3f %.3f", f.Agreement[0].Value, f.Metrics[1].Pruned, f.Metrics[0].Pruned)
			if want := fmt.Sprintf("%.3f %.3f %.3f", c.matched, c.map50, c.all); have != want || f.Metrics[0].Original < 0.999 {
				t.Errorf("%s, %v: want %s, have %s", filepath.Base(labels), c.pruned, want, have)
			}
		}
	}
}

// regressionLabels returns two samples whose labels are 1 to 6.
func regressionLabels(t *testing.T, of task.Task) *dataset.Data {
	t.Helper()
	path := filepath.Join(t.TempDir(), "labels.npy")
	if err := dataset.SaveNPY(path, graph.TensorOf([]float32{1, 2, 3, 4, 5, 6}, 2, 3)); err != nil {
		t.Fatal(err)
	}
	d := samples(t, 2, nil)
	if err := of.Truth(d, "", path); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// Pixels may have their scores last, as the picture has its channels, one score, or a class.
func TestFormsOfMasks(t *testing.T) {
	for _, c := range []struct {
		in, out, op string
		y           *graph.Tensor
	}{
		{"float[N,1,2,3]", "float[N,2,2,2]", "Relu", graph.TensorOf([]float32{5, 0, 0, 5, 0, 0, 5, 5}, 1, 2, 2, 2)},
		{"float[N,2,2,3]", "float[N,2,2,2]", "Relu", graph.TensorOf([]float32{5, 0, 0, 5, 0, 5, 0, 5}, 1, 2, 2, 2)},
		{"float[N,3,2,2]", "float[N,1,2,2]", "Relu", graph.TensorOf([]float32{-1, 1, 2, 3}, 1, 1, 2, 2)},
		{"float[N,3,2,2]", "float[N,1,2,2]", "Sigmoid", graph.TensorOf([]float32{.4, .6, .7, .8}, 1, 1, 2, 2)},
	} {
		m := model(t, c.in, c.out)
		m.Graph.Nodes[0].Op = c.op
		of := choose(t, task.Options{Name: task.Segmentation}, m)
		path := filepath.Join(t.TempDir(), "labels.npy")
		if err := dataset.SaveNPY(path, graph.TensorOf([]uint8{0, 1, 1, 1}, 1, 2, 2)); err != nil {
			t.Fatal(err)
		}
		d := samples(t, 1, nil)
		if err := of.Truth(d, "", path); err != nil {
			t.Fatal(err)
		}
		f := compare(t, of, d, c.y, c.y, 1)
		want := 1.0
		if c.in == "float[N,1,2,3]" { // channels first: 5 0 0 5 against 0 0 5 5
			want = 0.5
		}
		if have := f.Metrics[1].Original; have != want {
			t.Errorf("%s, %s: want %v right, have %v", c.in, c.op, want, have)
		}
		d.Close()
	}
}

// A detector that lists what it found, of one picture at a time, may find nothing or one thing.
func TestListsOfOnePicture(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 13]> g (float[1,3,64,64] x, float[K,4] r, float[K] s, int64[K] l) =>
		(float[K,4] a, int64[K] b, float[K] c) { a = Relu(r) b = Abs(l) c = Relu(s) }`)
	if err != nil {
		t.Fatal(err)
	}
	of := choose(t, task.Options{}, m)
	if of.Batch() != 1 {
		t.Errorf("%d at a time", of.Batch())
	}
	tally, err := of.Start(samples(t, 3, nil))
	if err != nil {
		t.Fatal(err)
	}
	found := func(n int) map[string]*graph.Tensor {
		boxes, classes, scores := make([]float32, 4*n), make([]int64, n), make([]float32, n)
		for i := range n {
			boxes[4*i], boxes[4*i+2], boxes[4*i+3], scores[i] = float32(20*i), float32(20*i+10), 10, 0.9
		}
		return map[string]*graph.Tensor{"a": graph.TensorOf(boxes, n, 4), "b": graph.TensorOf(classes, n), "c": graph.TensorOf(scores, n)}
	}
	feeds := map[string]*graph.Tensor{"x": graph.NewTensor(graph.Float32, 1, 3, 64, 64)}
	for i, n := range [][2]int{{0, 0}, {1, 1}, {2, 1}} {
		if err := tally.Add(task.Batch{First: i, Count: 1, Feeds: feeds, Outputs: [2]map[string]*graph.Tensor{found(n[0]), found(n[1])}}); err != nil {
			t.Fatal(err)
		}
	}
	f, err := tally.Figures(t.Context())
	if err != nil || f.Agreement[0].Value != 2.0/3 || f.Agreement[1].Value != 4.0/5 || f.Agreement[2].Value != 3 {
		t.Errorf("%v, %+v", err, f.Agreement)
	}
}
