package html

import (
	"fmt"
	"html/template"

	"github.com/pollard-dev/pollard/convert/report"
)

// foundPicture is a picture with what both models find in it: boxes, or masks beside it.
type foundPicture struct {
	Name, Note    string
	Source        template.URL
	Width, Height int
	Boxes         []foundBox
	Masked        bool
	Masks         []template.URL
}

// foundBox is a rectangle in pixels of the picture. Of is the class of its style.
type foundBox struct {
	Of, Title  string
	X, Y, W, H string
}

// found returns pictures as parts of a page.
func found(all []report.Picture) (out []foundPicture, err error) {
	for _, p := range all {
		f := foundPicture{Name: p.Name, Width: p.Width, Height: p.Height, Masked: p.Masks[0] != nil}
		if f.Source, err = pictureURL(p.Image); err != nil {
			return nil, err
		}
		for m, name := range []string{"original", "pruned"} {
			if f.Masked {
				mask, err := pictureURL(p.Masks[m])
				if err != nil {
					return nil, err
				}
				f.Masks = append(f.Masks, mask)
				continue
			}
			for _, b := range p.Boxes[m] {
				f.Boxes = append(f.Boxes, foundBox{name, fmt.Sprintf("%s: class %d, score %.2f", name, b.Class, b.Score),
					pixels(b.Left), pixels(b.Top), pixels(b.Right - b.Left), pixels(b.Bottom - b.Top)})
			}
		}
		if !f.Masked {
			f.Note = fmt.Sprintf("the original finds %d, the pruned model %d", len(p.Boxes[0]), len(p.Boxes[1]))
		}
		out = append(out, f)
	}
	return out, nil
}

// pixels formats a length; a box may have a negative one.
func pixels(x float64) string { return fmt.Sprintf("%.1f", max(-1e6, min(1e6, x))) }
