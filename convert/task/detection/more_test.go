package detection

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

func TestAnchors(t *testing.T) {
	a := filled(0, map[int]float64{7: 20, 8: 10, 9: 8, 10: 4, 11: 0.9, 12: 0.1, 13: 0.5, 7*2 + 4: 0.5, 7*2 + 5: 0.5}, 3, 7)
	have, err := anchors([]Array{a}, photo())
	wantBoxes(t, have, err, Box{16, 8, 24, 12, 1, 0.45}) // 0.25 is not enough
}

// Logits 0 and log 3, with nothing at log 1: three fifths.
func TestQueries(t *testing.T) {
	scores := filled(-50, map[int]float64{3: 0, 4: math.Log(3), 5: 0, 2: 9}, 2, 3)
	places := filled(0, map[int]float64{4: 0.5, 5: 0.5, 6: 0.25, 7: 0.5}, 2, 4)
	for _, outs := range [][]Array{{scores, places}, {places, scores}, {scores, places, filled(1, nil, 2, 9)}} {
		have, err := queries(outs, photo())
		wantBoxes(t, have, err, Box{24, 8, 40, 24, 1, 0.6})
	}
}

// Log 3 is three quarters, and the last class is one as the others.
func TestQueriesOfSigmoids(t *testing.T) {
	f := photo()
	f.Scores = "sigmoid"
	have, err := queries([]Array{filled(-50, map[int]float64{5: math.Log(3)}, 2, 3), filled(0, map[int]float64{4: 0.5, 5: 0.5, 6: 0.25, 7: 0.5}, 2, 4)}, f)
	wantBoxes(t, have, err, Box{24, 8, 40, 24, 2, 0.75})
}

func TestRows(t *testing.T) {
	six := filled(0, map[int]float64{0: 1, 1: 2, 2: 3, 3: 4, 4: 0.9, 5: 6, 10: 0.2}, 2, 6)
	have, err := rows([]Array{six}, photo())
	wantBoxes(t, have, err, Box{1, 2, 3, 4, 6, 0.9})
	seven := filled(0, map[int]float64{1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 0.9}, 1, 7)
	have, err = rows([]Array{seven}, photo())
	wantBoxes(t, have, err, Box{1, 2, 3, 4, 6, 0.9})
}

// Outputs are told apart by their types; a count says how many of them count, and edges may be shares
// with the vertical ones first.
func TestLists(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 13]> g (float[1,2,4] b, float[1,2] s, int64[1,2] l, int64[1] n) =>
		(int64[1] count, float[1,2,4] boxes, float[1,2] scores, int64[1,2] classes) { count = Abs(n) boxes = Relu(b) scores = Relu(s) classes = Abs(l) }`)
	if err != nil {
		t.Fatal(err)
	}
	f := photo()
	f.Head, f.Shares, f.Order = "lists", true, "yxyx"
	if err := f.Bind(m.Graph.Outputs); err != nil {
		t.Fatal(err)
	}
	one := func(n float64) []Array {
		return []Array{{nil, []float64{n}}, {[]int{2, 4}, []float64{.25, .5, .75, 1, 0, 0, 1, 1}}, {[]int{2}, []float64{.5, .8}}, {[]int{2}, []float64{7, 3}}}
	}
	have, err := lists(one(1), f)
	wantBoxes(t, have, err, Box{32, 8, 64, 24, 7, 0.5})
	have, err = lists(one(2), f)
	wantBoxes(t, have, err, Box{32, 8, 64, 24, 7, 0.5}, Box{0, 0, 64, 32, 3, 0.8})
	if f.Bind(m.Graph.Outputs[:2]) == nil {
		t.Error("two outputs")
	}
}

// A file that says how to read outputs is held to what there is.
func TestFormsAreChecked(t *testing.T) {
	for text, want := range map[string]string{
		`{"head": "cells"}`:                                   "",
		`{"head": "nothing"}`:                                 "want one of anchors, cells",
		`{"head": "cells", "scroe": 0.5}`:                     "scroe",
		`{"head": "cells", "score": 1}`:                       "score: want 0 or more and less than 1",
		`{"head": "cells", "suppress": 0}`:                    "suppress",
		`{"head": "distances", "bins": 1}`:                    "bins",
		`{"head": "rows", "order": "xywh"}`:                   "order",
		`{"head": "rows", "scores": "max"}`:                   "scores",
		`{"head": "rows", "fit": "crop"}`:                     "fit",
		`{"head": "rows", "classes": "names"}`:                "classes",
		`{"head": "cells"` + strings.Repeat(" ", largestFile): "unexpected EOF",
	} {
		path := filepath.Join(t.TempDir(), "form.json")
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		_, err := Read(path)
		if (err == nil) != (want == "") || err != nil && (!strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), path)) {
			t.Errorf("%.40s: want %q, have %v", text, want, err)
		}
	}
}

// Labels that are none are refused, with the file and the line.
func TestLabelsAreChecked(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for text, want := range map[string]string{
		`[]`:             "want COCO's JSON",
		`{"images": []}`: "want COCO's JSON with images",
		`{"images": [{"id": 1}], "annotations": [{"image_id": 1, "category_id": 2, "bbox": [1, 2, 3, 4]}]}`:                                   "there is no category 2",
		`{"images": [{"id": 1}], "categories": [{"id": 2}], "annotations": [{"image_id": 1, "category_id": 2, "bbox": [1]}]}`:                 "want a bbox of four numbers",
		`{"images": [{"id": 1, "file_name": "x.jpg"}], "categories": [{"id": 2}], "annotations": [{"image_id": 5, "category_id": 2}], "": 1}`: "want labels of the picture y.jpg",
	} {
		if _, err := COCO(write("coco.json", text), []string{"y.jpg"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: want %q, have %v", text, want, err)
		}
	}
	for text, want := range map[string]string{"1 2 3": "line 1: want class, centre and size, have 3 words", "a 0 0 1 1": "line 1: want a class and four numbers", "0 0 0 1 inf": "line 1", "\n-1 0 0 1 1": "line 2"} {
		write("y.txt", text)
		if _, err := YOLO(dir, []string{"y.jpg"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: want %q, have %v", text, want, err)
		}
	}
	if _, err := YOLO(dir, []string{"z.jpg"}); err == nil {
		t.Error("no labels at all")
	}
}
