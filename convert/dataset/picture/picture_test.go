package picture_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/dataset/picture"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/memory"
)

// reference reads arrays that testdata/make.py wrote.
func reference(t *testing.T, file string) map[string]*graph.Tensor {
	t.Helper()
	set, err := dataset.Load(filepath.Join("testdata", file), dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return set.Arrays
}

func decode(t *testing.T, name string) *picture.Picture {
	t.Helper()
	f, err := picture.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	p, err := f.Decode()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return p
}

// difference returns the mean and the largest difference of pixels.
func difference(t *testing.T, have []byte, want *graph.Tensor) (mean float64, most int) {
	t.Helper()
	w := graph.Data[uint8](want)
	if len(have) != len(w) {
		t.Fatalf("want %d values, have %d", len(w), len(have))
	}
	for i, v := range have {
		d := int(math.Abs(float64(v) - float64(w[i])))
		mean += float64(d)
		most = max(most, d)
	}
	return mean / float64(len(w)), most
}

// same is a Preprocess that leaves pixels as they are.
func same(p *picture.Picture) picture.Preprocess {
	pad := 0.0
	return picture.Preprocess{Height: p.Height, Width: p.Width, Resize: picture.Squash, Filter: "bilinear", Order: "rgb", Layout: "nhwc", Pad: &pad}
}

// Pictures of every kind have the pixels that PIL finds: all of them where nothing is lost, and up to the
// rounding of the inverse transforms in JPEG and WebP.
func TestPicturesHaveThePixelsOfPIL(t *testing.T) {
	for name, want := range reference(t, "decoded.npz") {
		p := decode(t, name)
		if s := want.Shape(); p.Height != s[0] || p.Width != s[1] {
			t.Errorf("%s: want %v, have %dx%d", name, s, p.Height, p.Width)
			continue
		}
		mean, most := difference(t, same(p).Bytes(p), want)
		t.Logf("%s: mean %.3f, most %d", name, mean, most)
		lossy := strings.HasSuffix(name, ".jpg") || name == "lossy.webp"
		if !lossy && most > 0 || mean > 0.5 || most > 4 {
			t.Errorf("%s: pixels differ by %.3f on average, %d at most", name, mean, most)
		}
	}
}

// Resizing is Pillow's to the last bit.
func TestFiltersArePillows(t *testing.T) {
	scene := decode(t, "scene.png")
	pad := 0.0
	for name, want := range reference(t, "resized.npz") {
		parts := strings.Split(name, "_")
		s := want.Shape()
		p := picture.Preprocess{Height: s[0], Width: s[1], Resize: picture.Squash, Filter: parts[0], Order: parts[2], Layout: "nhwc", Pad: &pad}
		if mean, most := difference(t, p.Bytes(scene), want); most > 0 {
			t.Errorf("%s: pixels differ by %.3f on average, %d at most", name, mean, most)
		}
	}
}

// A crop is the part of the whole that it would be, and a letterbox has the picture in its middle.
func TestPreprocessingIsThatOfPIL(t *testing.T) {
	grey, black := 114.0, 0.0
	arrays := reference(t, "prepared.npz")
	for _, c := range []struct {
		name, file string
		exact      bool
		p          picture.Preprocess
	}{
		{"crop", "420.jpg", false, picture.Preprocess{Height: 28, Width: 28, Resize: picture.Crop, Shorter: 32, Filter: "bilinear", Pad: &black}},
		{"crop_large", "scene.png", true, picture.Preprocess{Height: 32, Width: 24, Resize: picture.Crop, Shorter: 20, Filter: "bicubic", Pad: &black}},
		{"letterbox", "scene.png", true, picture.Preprocess{Height: 40, Width: 40, Resize: picture.Letterbox, Filter: "bilinear", Pad: &grey}},
		{"squash", "scene.png", true, picture.Preprocess{Height: 32, Width: 24, Resize: picture.Squash, Filter: "bicubic", Pad: &black}},
	} {
		c.p.Order = "rgb"
		mean, most := difference(t, c.p.Bytes(decode(t, c.file)), arrays[c.name])
		t.Logf("%s: mean %.3f, most %d", c.name, mean, most)
		if c.exact && most > 0 || mean > 0.5 || most > 3 {
			t.Errorf("%s: pixels differ by %.3f on average, %d at most", c.name, mean, most)
		}
		bgr := c.p
		bgr.Order = "bgr"
		rgb, turned := c.p.Bytes(decode(t, c.file)), bgr.Bytes(decode(t, c.file))
		for i := 0; i < len(rgb); i += 3 {
			if rgb[i] != turned[i+2] || rgb[i+1] != turned[i+1] || rgb[i+2] != turned[i] {
				t.Fatalf("%s: bgr is not rgb turned round", c.name)
			}
		}
	}
}

// What a header declares is held against the limit of memory before anything is decoded.
func TestPicturesAreHeldAgainstTheLimit(t *testing.T) {
	defer memory.SetLimit(memory.SetLimit(40_000))
	if _, err := picture.Open("testdata/420.jpg"); err == nil || !strings.Contains(err.Error(), "a picture of 61x47: would take") {
		t.Errorf("want an error about memory, have %v", err)
	}
}

// A file that is cut short, empty, something else, or declares more than could be, is an error.
func TestBadFilesAreRefused(t *testing.T) {
	whole, err := os.ReadFile("testdata/420.jpg")
	if err != nil {
		t.Fatal(err)
	}
	bomb := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\x2e\xe0\x00\x00\x2e\xe0\x08\x02\x00\x00\x00\xde\x27\x1b\xa6")
	for _, c := range []struct {
		contents []byte
		want     string
	}{
		{whole[:len(whole)/2], "JPEG: "},
		{nil, "want a picture, have an empty file"},
		{[]byte("not a picture\n"), "want a JPEG, PNG, WebP, BMP or GIF, have bytes that begin with 6e 6f 74 20"},
		{bomb, "million pixels"},
	} {
		path := filepath.Join(t.TempDir(), "x.jpg")
		if err := os.WriteFile(path, c.contents, 0o666); err != nil {
			t.Fatal(err)
		}
		f, err := picture.Open(path)
		if err == nil {
			_, err = f.Decode()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("want an error with %q, have %v", c.want, err)
		}
	}
}
