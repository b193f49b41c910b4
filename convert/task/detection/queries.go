package detection

import (
	"errors"
	"fmt"
	"math"
)

// queries reads two outputs with a row for each query: the scores of the classes, and the centre and the
// size of a box as shares of the picture. Scores are before a softmax, of nothing last (Carion et al.,
// https://arxiv.org/abs/2005.12872), or before a sigmoid (Zhu et al., https://arxiv.org/abs/2010.04159).
// Further outputs are not read.
func queries(outs []Array, d *Form) ([]Box, error) {
	var scores, places *Array
	for i := range outs {
		_, cols, err := outs[i].matrix()
		switch {
		case err != nil:
		case cols == 4 && places == nil:
			places = &outs[i]
		case scores == nil:
			scores = &outs[i]
		}
	}
	if scores == nil || places == nil {
		return nil, errors.New("want scores and boxes of the same queries, have other outputs")
	}
	n, classes, _ := scores.matrix()
	if have, _, _ := places.matrix(); have != n || classes < 2 {
		return nil, fmt.Errorf("want scores and boxes of the same queries, have %v and %v", scores.Shape, places.Shape)
	}
	across, down := float64(d.Width), float64(d.Height)
	var boxes []Box
	for i := range n {
		b, p := places.Data[4*i:4*i+4], scores.Data[classes*i:classes*(i+1)]
		if d.Scores == "sigmoid" {
			p = sigmoids(p)
		} else {
			p = softmax(p)[:classes-1]
		}
		boxes = d.add(boxes, centred(b[0]*across, b[1]*down, b[2]*across, b[3]*down, p))
	}
	return boxes, nil
}

// softmax returns the probabilities that scores stand for.
func softmax(x []float64) []float64 {
	most, sum := x[largest(x)], 0.0
	p := make([]float64, len(x))
	for i, v := range x {
		p[i] = math.Exp(v - most)
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}

// sigmoids returns the probabilities that scores stand for, each on its own.
func sigmoids(x []float64) []float64 {
	p := make([]float64, len(x))
	for i, v := range x {
		p[i] = 1 / (1 + math.Exp(-v))
	}
	return p
}
