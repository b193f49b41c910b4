package detection

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// The same boxes and labels, with crowds and equal scores among them, have the precision that
// pycocotools computes: testdata/coco.py.
func TestPrecisionIsThatOfCOCO(t *testing.T) {
	var want map[string]float64
	readJSON(t, "testdata/coco-want.json", &want)
	var found []struct {
		Image    int64 `json:"image_id"`
		Category int   `json:"category_id"`
		BBox     [4]float64
		Score    float64
	}
	readJSON(t, "testdata/found.json", &found)
	labels, err := COCO("testdata/coco.json", nil)
	if err != nil {
		t.Fatal(err)
	}
	f := New("rows")
	f.Height, f.Width, f.Classes = 80, 100, "ids"
	var p Precision
	for i := range labels.Pictures {
		var boxes []Box
		for _, b := range found {
			if b.Image == int64(i+1) {
				boxes = append(boxes, Box{b.BBox[0], b.BBox[1], b.BBox[0] + b.BBox[2], b.BBox[1] + b.BBox[3], b.Category, b.Score})
			}
		}
		known, err := labels.Fitted(i, f)
		if err != nil {
			t.Fatal(err)
		}
		p.Add(boxes, known)
	}
	p.Ready()
	half, all := p.Mean(nil)
	if math.Abs(half-want["mAP@0.5"]) > 1e-9 || math.Abs(all-want["mAP@0.5:0.95"]) > 1e-9 {
		t.Errorf("want %v, have %v and %v", want, all, half)
	}
	// Each picture twice is the same, to what recall of single things makes out.
	twice := make([]int, len(labels.Pictures))
	for i := range twice {
		twice[i] = 2
	}
	if h, a := p.Mean(twice); math.Abs(h-half) > 1e-9 || math.Abs(a-all) > 1e-9 {
		t.Errorf("each twice: want %v and %v, have %v and %v", half, all, h, a)
	}
}

// Labels go where the picture went.
func TestLabelsFitPictures(t *testing.T) {
	box := func(l, t, r, b float64) []Truth { return []Truth{{Box: Box{l, t, r, b, 9, 0}}} }
	l := &Labels{Categories: []int{1, 9}, Pictures: []Picture{{Width: 200, Height: 100, Known: box(20, 10, 40, 30)}, {Known: box(.1, .2, .3, .4)}}}
	for _, c := range []struct {
		fit  string
		at   int
		want Box
	}{
		{"stretch", 0, Box{10, 10, 20, 30, 1, 0}},
		{"letterbox", 0, Box{10, 30, 20, 40, 1, 0}}, // half the size, 25 pixels below the top
		{"corner", 0, Box{10, 5, 20, 15, 1, 0}},
		{"stretch", 1, Box{10, 20, 30, 40, 1, 0}},
	} {
		f := New("cells")
		f.Fit, f.Height, f.Width = c.fit, 100, 100
		have, err := l.Fitted(c.at, f)
		if err != nil {
			t.Fatal(err)
		}
		h := have[0].Box
		if math.Abs(h.Left-c.want.Left)+math.Abs(h.Top-c.want.Top)+math.Abs(h.Right-c.want.Right)+math.Abs(h.Bottom-c.want.Bottom) > 1e-9 || h.Class != 1 {
			t.Errorf("%s: want %+v, have %+v", c.fit, c.want, h)
		}
	}
	f := New("cells")
	f.Fit = "letterbox"
	if _, err := l.Fitted(1, f); err == nil {
		t.Error("a picture without extents in a letterbox: want an error")
	}
}
