package task

import "github.com/pollard-dev/pollard/convert/task/detection"

// View is what two models find in one picture, for people to look at: the boxes that count as
// detections, in pixels of the input, or the class of each pixel.
type View struct {
	Boxes [2][]detection.Box
	Masks [2]*Mask
}

// Mask holds the class of each pixel, row by row.
type Mask struct {
	Height, Width int
	Classes       []int
}

// Viewer is a Tally of pictures that can be looked at.
type Viewer interface {
	// View returns what the models find in sample i of a batch.
	View(b Batch, i int) (*View, error)
}

// View returns the boxes of both models.
func (t *detectorTally) View(b Batch, i int) (*View, error) {
	if err := t.see(b); err != nil {
		return nil, err
	}
	var v View
	for m := range v.Boxes {
		of, err := t.of.arrays(b, m)
		if err != nil {
			return nil, err
		}
		if v.Boxes[m], err = t.form.Boxes(of[i], t.form.Score); err != nil {
			return nil, err
		}
	}
	return &v, nil
}

// View returns the masks of both models.
func (t *segmentationTally) View(b Batch, i int) (*View, error) {
	first := t.of.outputs()[0]
	out, err := both(b, first)
	if err != nil {
		return nil, err
	}
	var of [2]plane
	for m := range of {
		if of[m], err = t.of.planes(out[m][i], first); err != nil {
			return nil, err
		}
	}
	x, y, _ := classes(of[0], of[1])
	return &View{Masks: [2]*Mask{{of[0].height, of[0].width, x}, {of[1].height, of[1].width, y}}}, nil
}
