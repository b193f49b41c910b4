package picture

import (
	"bytes"
	"fmt"
	"testing"
)

// A part of a row is that part of the whole row, wherever it begins and ends.
func TestPartsOfRows(t *testing.T) {
	for _, name := range []string{"420.jpg", "422.jpg", "444.jpg", "even.jpg", "grey.jpg", "cmyk.jpg", "lossy.webp", "alpha.png", "palette.png", "turned6.jpg", "grey16.png"} {
		f, err := Open("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		p, err := f.Decode()
		if err != nil {
			t.Fatal(err)
		}
		whole, part := make([]byte, 3*p.Width), make([]byte, 3*p.Width)
		for y := range p.Height {
			p.pixels.row(whole, y, 0, p.Width)
			for x0 := range p.Width {
				for _, x1 := range []int{x0 + 1, (x0 + p.Width + 1) / 2, p.Width} {
					p.pixels.row(part, y, x0, x1)
					if !bytes.Equal(part[:3*(x1-x0)], whole[3*x0:3*x1]) {
						t.Fatalf("%s: row %d from %d to %d", name, y, x0, x1)
					}
				}
			}
		}
	}
}

// The time that a photograph of usual size takes to become an input.
func BenchmarkPrepare(b *testing.B) {
	for _, name := range []string{"420.jpg", "scene.png"} {
		f, err := Open("testdata/" + name)
		if err != nil {
			b.Fatal(err)
		}
		pad := 0.0
		use := Preprocess{Height: 28, Width: 28, Resize: Crop, Shorter: 32, Filter: "bilinear", Order: "rgb", Pad: &pad}
		b.Run(fmt.Sprint(name), func(b *testing.B) {
			for b.Loop() {
				p, err := f.Decode()
				if err != nil {
					b.Fatal(err)
				}
				use.Bytes(p)
			}
		})
	}
}
