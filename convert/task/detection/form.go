package detection

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

// Form says how the outputs of a detector are to be read, and how labels fit its pictures.
type Form struct {
	// Head names the form of the outputs: see Heads.
	Head string `json:"head"`
	// Score is the least score of what counts as found, exclusive.
	Score float64 `json:"score"`
	// Suppress is the largest IoU of two boxes of a class that both count; of two with more, the
	// better does. Models that do that themselves are left alone.
	Suppress float64 `json:"suppress"`
	// Bins is the length of a distribution over distances, for the head of that name.
	Bins int `json:"bins"`
	// Order is the order of the edges of a box where the model does not fix it: "xyxy" or "yxyx".
	Order string `json:"order"`
	// Shares says that edges are shares of the picture where the model does not fix that.
	Shares bool `json:"shares"`
	// Scores is what makes probabilities of scores of the heads "queries" and "offsets": "softmax", of nothing
	// last or first, or "sigmoid".
	Scores string `json:"scores"`
	// Priors is, for the head "offsets", the name of an output that lists the priors, or the path of a JSON
	// file that does, beside the file of the form: left, top, right and bottom edges in pixels. Variances
	// scale offsets of centres and of sizes.
	Priors    string    `json:"priors"`
	Variances []float64 `json:"variances"`
	// Fit says how pictures of other extents became inputs: see Fits.
	Fit string `json:"fit"`
	// Classes is "ids" if the model's classes are the labels' category ids, and "positions" if they are
	// the positions in the list of categories, in the order of their ids.
	Classes string `json:"classes"`

	// Height and Width are the extents of the input in pixels.
	Height, Width int `json:"-"`

	roles    []role    // of the outputs, where types tell them apart
	priors   []float64 // edges of boxes; nil where an output has them
	priorsAt int       // number of that output, from 1; 0 for none
	path     string    // of the file that the form is from
}

// Array is one output for one picture, in row-major order.
type Array struct {
	Shape []int
	Data  []float64
}

// Fits lists the ways in which pictures become inputs: stretched; scaled as a whole and in the middle,
// or at the top and the left.
func Fits() []string { return []string{"stretch", "letterbox", "corner"} }

// New returns the Form of a head with what is usual.
func New(head string) *Form {
	return &Form{Head: head, Score: 0.3, Suppress: 0.45, Bins: 8, Order: "xyxy", Scores: "softmax", Variances: []float64{0.1, 0.2}, Fit: "stretch", Classes: "positions"}
}

// largestFile bounds the bytes of a JSON file that says how to read outputs.
const largestFile = 1 << 20

// Read reads a Form from a JSON file. What is left out is as New has it.
func Read(path string) (*Form, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, largestFile))
	f := New("")
	if err == nil {
		d := json.NewDecoder(bytes.NewReader(text))
		d.DisallowUnknownFields()
		err = d.Decode(f)
	}
	if err == nil {
		err = f.check()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	f.path = path
	return f, nil
}

func (f *Form) check() error {
	switch {
	case heads[f.Head] == nil:
		return fmt.Errorf("head %q: want one of %s", f.Head, strings.Join(Heads(), ", "))
	case !(f.Score >= 0 && f.Score < 1):
		return fmt.Errorf("score: want 0 or more and less than 1, have %v", f.Score)
	case !(f.Suppress > 0 && f.Suppress <= 1):
		return fmt.Errorf("suppress: want more than 0 and at most 1, have %v", f.Suppress)
	case f.Bins < 2 || f.Bins > 1000:
		return fmt.Errorf("bins: want 2 to 1000, have %d", f.Bins)
	case f.Order != "xyxy" && f.Order != "yxyx":
		return fmt.Errorf("order %q: want xyxy or yxyx", f.Order)
	case f.Scores != "softmax" && f.Scores != "sigmoid":
		return fmt.Errorf("scores %q: want softmax or sigmoid", f.Scores)
	case f.Head == "offsets" && f.Priors == "":
		return errors.New("priors: want the name of an output, or a file")
	case f.Head != "offsets" && f.Priors != "":
		return fmt.Errorf("priors: want head offsets, which they are for, have %s", f.Head)
	case len(f.Variances) != 2 || !(f.Variances[0] > 0 && f.Variances[1] > 0):
		return fmt.Errorf("variances: want that of centres and that of sizes, over 0, have %v", f.Variances)
	case !slices.Contains(Fits(), f.Fit):
		return fmt.Errorf("fit %q: want one of %s", f.Fit, strings.Join(Fits(), ", "))
	case f.Classes != "ids" && f.Classes != "positions":
		return fmt.Errorf("classes %q: want ids or positions", f.Classes)
	}
	return nil
}

// head reads the boxes of one picture from the outputs of a detector: those with a score above the
// least one that counts.
type head struct {
	boxes func([]Array, *Form) ([]Box, error)
	// one says that only the first output is read.
	one bool
	// final says that the model suppresses what is found twice.
	final bool
	// alone says that the outputs of several pictures cannot be told apart.
	alone bool
}

// heads lists the forms that outputs of detectors have.
var heads = map[string]*head{
	"cells":     {boxes: cells, one: true},
	"map":       {boxes: cellMap, one: true},
	"corners":   {boxes: corners},
	"distances": {boxes: distances},
	"centres":   {boxes: centres, one: true},
	"anchors":   {boxes: anchors, one: true},
	"offsets":   {boxes: offsets},
	"queries":   {boxes: queries, final: true},
	"rows":      {boxes: rows, one: true, final: true},
	"lists":     {boxes: lists, final: true, alone: true},
}

// Heads lists the names of the forms of outputs.
func Heads() []string { return slices.Sorted(maps.Keys(heads)) }

// Alone reports whether the model must be run on one picture at a time.
func (f *Form) Alone() bool { return heads[f.Head].alone || f.priorsAt > 0 }

// mostBoxes is the most boxes of a picture that are held against each other.
const mostBoxes = 3000

// Boxes returns what was found in a picture with a score of more than least, from the best to the
// worst.
func (f *Form) Boxes(outs []Array, least float64) ([]Box, error) {
	h := heads[f.Head]
	if len(outs) == 0 {
		return nil, errors.New("want outputs, have none")
	}
	if h.one {
		outs = outs[:1]
	}
	g := *f
	g.Score = least
	boxes, err := h.boxes(outs, &g)
	if err != nil {
		return nil, err
	}
	most := f.Suppress
	if h.final {
		most = 1
	}
	return Suppress(best(boxes, mostBoxes), most), nil
}

// matrix returns the rows and columns of an output that is one, but for leading axes of extent 1.
func (a Array) matrix() (rows, cols int, err error) {
	s := a.Shape
	for len(s) > 2 && s[0] == 1 {
		s = s[1:]
	}
	if len(s) != 2 {
		return 0, 0, fmt.Errorf("want an output of two axes, have %v", a.Shape)
	}
	return s[0], s[1], nil
}

// one returns the only output as a matrix.
func one(outs []Array) (a Array, rows, cols int, err error) {
	if len(outs) != 1 {
		return a, 0, 0, fmt.Errorf("want one output, have %d", len(outs))
	}
	rows, cols, err = outs[0].matrix()
	return outs[0], rows, cols, err
}

// add appends a box if it counts. A score that is not a number does not.
func (d *Form) add(boxes []Box, b Box) []Box {
	if b.Score > d.Score {
		return append(boxes, b)
	}
	return boxes
}

// largest returns the index of the largest element, the first if there are several.
func largest(x []float64) int {
	best := 0
	for i, v := range x {
		if v > x[best] {
			best = i
		}
	}
	return best
}
