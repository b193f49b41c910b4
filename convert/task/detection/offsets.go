package detection

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
)

// offsets reads two outputs with a row for each prior, a box that is there before anything is seen: how far the
// box that was found is from it, and scores of the classes. The offset of the centre is in sizes of the prior,
// that of the size is a logarithm, and both are scaled by variances (Liu et al., SSD, https://arxiv.org/abs/1512.02325;
// torchvision, models/detection/_utils.py, BoxCoder). Scores are before a softmax, of nothing first, or before a
// sigmoid, as RetinaNet's (https://arxiv.org/abs/1708.02002). Of two outputs of four columns the first has the offsets.
// Boxes end where the picture does.
func offsets(outs []Array, d *Form) ([]Box, error) {
	priors := d.priors
	if at := d.priorsAt; at > 0 && at <= len(outs) {
		a := outs[at-1]
		if rows, cols, err := a.matrix(); err != nil || cols != 4 || len(a.Data) != 4*rows {
			return nil, fmt.Errorf("priors: want rows of 4 edges, have %v", a.Shape)
		}
		priors = a.Data
	}
	var scores, places *Array
	for i := range outs {
		_, cols, err := outs[i].matrix()
		switch {
		case err != nil || i == d.priorsAt-1:
		case cols == 4 && places == nil:
			places = &outs[i]
		case scores == nil:
			scores = &outs[i]
		}
	}
	if scores == nil || places == nil {
		return nil, errors.New("want offsets and scores of the same priors, have other outputs")
	}
	n, classes, _ := scores.matrix()
	if have, _, _ := places.matrix(); have != n || len(priors) != 4*n || classes < 1 || d.Scores != "sigmoid" && classes < 2 {
		return nil, fmt.Errorf("want offsets and scores of %d priors, have %v and %v", len(priors)/4, places.Shape, scores.Shape)
	}
	var boxes []Box
	for i := range n {
		p, from := scores.Data[classes*i:classes*(i+1)], 0
		if d.Scores == "sigmoid" {
			p = sigmoids(p)
		} else {
			p, from = softmax(p)[1:], 1
		}
		b := d.offset(priors[4*i:4*i+4], places.Data[4*i:4*i+4], p)
		if d.Classes == "ids" {
			b.Class += from // which count nothing, too
		}
		boxes = d.add(boxes, b)
	}
	return boxes, nil
}

// largestGrowth bounds the logarithm of how many times as large as its prior a box is, as torchvision does.
var largestGrowth = math.Log(1000.0 / 16)

// offset returns the box at an offset from the edges of a prior.
func (d *Form) offset(prior, by, scores []float64) Box {
	width, height := prior[2]-prior[0], prior[3]-prior[1]
	x := prior[0] + width/2 + by[0]*d.Variances[0]*width
	y := prior[1] + height/2 + by[1]*d.Variances[0]*height
	b := centred(x, y, width*math.Exp(min(by[2]*d.Variances[1], largestGrowth)), height*math.Exp(min(by[3]*d.Variances[1], largestGrowth)), scores)
	across, down := float64(d.Width), float64(d.Height)
	b.Left, b.Right = min(max(b.Left, 0), across), min(max(b.Right, 0), across)
	b.Top, b.Bottom = min(max(b.Top, 0), down), min(max(b.Bottom, 0), down)
	return b
}

// largestPriors bounds the bytes of a file of priors.
const largestPriors = 64 << 20

// readPriors reads a list of boxes, each its left, top, right and bottom edge in pixels of the input. A path is
// beside the file that names it.
func readPriors(path, beside string) ([]float64, error) {
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(beside), path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, largestPriors))
	var list [][]float64
	if err == nil {
		err = json.Unmarshal(text, &list)
	}
	if err == nil && len(list) == 0 {
		err = errors.New("want a list of boxes, have none")
	}
	var all []float64
	for i, b := range list {
		if len(b) != 4 || !(b[2] > b[0] && b[3] > b[1]) {
			err = fmt.Errorf("want left, top, right and bottom edges, have %v in row %d", b, i)
			break
		}
		all = append(all, b...)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return all, nil
}
