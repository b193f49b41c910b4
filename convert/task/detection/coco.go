package detection

import (
	"encoding/json"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/pollard-dev/pollard/graph/memory"
)

// Labels are what is known of pictures, in their order.
type Labels struct {
	Pictures []Picture
	// Categories are the ids of the classes in ascending order, nil if classes are positions already.
	Categories []int
}

// Picture is what is known of one picture. Edges are in its pixels or, where it has no extents, shares.
type Picture struct {
	Name          string
	Width, Height float64
	Known         []Truth
}

// COCO reads labels from a JSON file in the form of COCO (https://cocodataset.org/#format-data). If
// names are given, they are those of the pictures, in the order wanted; else pictures are in the order
// of the file.
func COCO(file string, names []string) (*Labels, error) {
	l, err := readCOCO(file, names)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return l, nil
}

// cocoFile is the part of the format that matters here.
type cocoFile struct {
	Images []struct {
		ID       int64   `json:"id"`
		FileName string  `json:"file_name"`
		Width    float64 `json:"width"`
		Height   float64 `json:"height"`
	} `json:"images"`
	Annotations []struct {
		ImageID    int64     `json:"image_id"`
		CategoryID int       `json:"category_id"`
		BBox       []float64 `json:"bbox"`
		Crowd      int       `json:"iscrowd"`
	} `json:"annotations"`
	Categories []struct {
		ID int `json:"id"`
	} `json:"categories"`
}

func readCOCO(file string, names []string) (*Labels, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if err := memory.Hold("the labels", memory.Product(info.Size(), 4)); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var c cocoFile
	if err := json.Unmarshal(text, &c); err != nil {
		return nil, fmt.Errorf("want COCO's JSON: %w", err)
	}
	if len(c.Images) == 0 {
		return nil, fmt.Errorf("want COCO's JSON with images, have none")
	}
	l := &Labels{}
	for _, k := range c.Categories {
		l.Categories = append(l.Categories, k.ID)
	}
	slices.Sort(l.Categories)
	l.Categories = slices.Compact(l.Categories)
	at := map[int64]int{}
	for _, i := range c.Images {
		at[i.ID] = len(l.Pictures)
		l.Pictures = append(l.Pictures, Picture{Name: i.FileName, Width: i.Width, Height: i.Height})
	}
	for n, a := range c.Annotations {
		i, known := at[a.ImageID]
		if !known {
			continue // an excerpt of the pictures is common
		}
		if len(a.BBox) != 4 {
			return nil, fmt.Errorf("annotation %d: want a bbox of four numbers, have %d", n, len(a.BBox))
		}
		if !slices.Contains(l.Categories, a.CategoryID) {
			return nil, fmt.Errorf("annotation %d: there is no category %d", n, a.CategoryID)
		}
		x, y := a.BBox[0], a.BBox[1]
		l.Pictures[i].Known = append(l.Pictures[i].Known, Truth{Box{Left: x, Top: y, Right: x + a.BBox[2], Bottom: y + a.BBox[3], Class: a.CategoryID}, a.Crowd != 0})
	}
	if names == nil {
		return l, nil
	}
	return l, l.order(names)
}

// order puts the pictures in the order of names, whose folders do not count.
func (l *Labels) order(names []string) error {
	by := map[string]int{}
	for i, p := range l.Pictures {
		by[base(p.Name)] = i
	}
	ordered := make([]Picture, len(names))
	for i, n := range names {
		at, known := by[base(n)]
		if !known {
			return fmt.Errorf("want labels of the picture %s, have none", n)
		}
		ordered[i] = l.Pictures[at]
	}
	l.Pictures = ordered
	return nil
}

func base(name string) string { return path.Base(strings.ReplaceAll(name, `\`, "/")) }

// Fitted returns what is known of picture i in the pixels and the classes of the form.
func (l *Labels) Fitted(i int, f *Form) ([]Truth, error) {
	p := &l.Pictures[i]
	out := slices.Clone(p.Known)
	across, down, right, below := 1.0, 1.0, 0.0, 0.0
	w, h := float64(f.Width), float64(f.Height)
	switch {
	case f.Fit == "stretch" && p.Width > 0 && p.Height > 0:
		across, down = w/p.Width, h/p.Height
	case f.Fit == "stretch": // what is known are shares
		across, down = w, h
	case p.Width <= 0 || p.Height <= 0:
		return nil, fmt.Errorf("picture %q: want its extents, to fit labels as %s does", p.Name, f.Fit)
	default:
		across = min(w/p.Width, h/p.Height)
		if down = across; f.Fit == "letterbox" {
			right, below = (w-across*p.Width)/2, (h-down*p.Height)/2
		}
	}
	for k := range out {
		b := &out[k].Box
		b.Left, b.Right = b.Left*across+right, b.Right*across+right
		b.Top, b.Bottom = b.Top*down+below, b.Bottom*down+below
		if l.Categories != nil && f.Classes == "positions" {
			b.Class, _ = slices.BinarySearch(l.Categories, b.Class)
		}
	}
	return out, nil
}
