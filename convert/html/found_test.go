package html

import (
	"image"
	"image/color"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/report"
)

// picture is a grey picture of 200 by 100 pixels.
func picture() image.Image {
	p := image.NewGray(image.Rect(0, 0, 200, 100))
	for i := range p.Pix {
		p.Pix[i] = 128
	}
	return p
}

// mask is a mask of two classes of half the size.
func mask() image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, 100, 50))
	m.SetNRGBA(3, 3, color.NRGBA{R: 200, A: 255})
	return m
}

// The boxes of both models lie where they were found, in the pixels of the input, whatever the width of
// the window; masks are shown beside the picture. No name of a file can change the page.
func TestWhatModelsFindIsShown(t *testing.T) {
	boxes := *pruned()
	boxes.Pictures = []report.Picture{{Name: hostile, Image: picture(), Width: 400, Height: 200,
		Boxes: [2][]report.PictureBox{{{Left: 100, Top: 50, Right: 300, Bottom: 150, Class: 7, Score: 0.9}}, nil}}}
	masks := *pruned()
	masks.Pictures = []report.Picture{{Name: "b.png", Image: picture(), Width: 200, Height: 100, Masks: [2]image.Image{mask(), mask()}}}
	page := write(t, Page{Report: &boxes})
	for _, want := range []string{`<rect class="original" x="100.0" y="50.0" width="200.0" height="100.0"><title>original: class 7, score 0.90</title>`, `viewBox="0 0 400 200"`, ": the original finds 1, the pruned model 0"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	if n := strings.Count(write(t, Page{Report: &masks}), `src="data:image/png;base64,`); n != 2 {
		t.Errorf("the page has %d masks, want 2", n)
	}
	if strings.Contains(write(t, Page{Report: pruned()}), `id="pictures"`) {
		t.Error("a page without pictures has a section for them")
	}
	if testing.Short() {
		t.Skip("the rest starts a browser")
	}
	b := open(t)
	for name, r := range map[string]*convert.Report{"boxes": &boxes, "masks": &masks} {
		path := filepath.Join(t.TempDir(), name+".html")
		if err := os.WriteFile(path, []byte(write(t, Page{Report: r})), 0o666); err != nil {
			t.Fatal(err)
		}
		for _, width := range []int{1400, 390} {
			b.show(path, width, "dark")
			if name == "masks" {
				var there int
				if b.eval(`[...document.querySelectorAll(".found img")].filter(i => i.complete && i.naturalWidth > 0).length`, &there); there != 3 {
					t.Errorf("%d wide: %d pictures are there, want 3", width, there)
				}
				continue
			}
			var share float64
			b.eval(`(() => { const p = document.querySelector(".found svg").getBoundingClientRect(), r = document.querySelector(".found rect").getBoundingClientRect();
				return (r.left + r.width / 2 - p.left) / p.width + (r.top + r.height / 2 - p.top) / p.height })()`, &share)
			if share < 0.98 || share > 1.02 {
				t.Errorf("%d wide: the middle of the box is at %v of width and height together, want 1", width, share)
			}
		}
	}
	for _, c := range b.complain {
		t.Error(c)
	}
}
