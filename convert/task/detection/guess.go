package detection

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// Guess returns the head that the outputs of a model look like, and why, or "". Height and width are
// the extents of the input in pixels; what they do not decide is not guessed.
func Guess(outs []*graph.Value, height, width int) (head, why string) {
	if len(outs) == 0 || outs[0].Type.Shape == nil {
		return "", ""
	}
	if len(outs) >= 3 && rolesOf(outs) != nil && fixedOrListed(outs) {
		return "lists", "boxes, scores and classes"
	}
	if height <= 0 || width <= 0 {
		return "", ""
	}
	first := outs[0].Type.Shape
	at := func(s graph.Shape, axis int) int {
		if axis < len(s) {
			if n, known := s[axis].Value(); known {
				return n
			}
		}
		return -1
	}
	cells := 0
	for _, s := range strides {
		cells += (height / s) * (width / s)
	}
	text := fmt.Sprintf("output %q %v", outs[0].Name, outs[0].Type)
	if len(first) == 3 && outs[0].Type.DType.IsFloat() {
		a, b := at(first, 1), at(first, 2)
		switch {
		case b >= 6 && a == cells:
			return "cells", text + ", a row for each cell"
		case b >= 6 && a == 3*cells:
			return "anchors", text + ", three rows for each cell"
		case a >= 5 && b == cells:
			return "centres", text + ", a column for each cell"
		case b == 6 && len(outs) == 1 && a > 0 && a <= 1000:
			return "rows", text + ", rows of edges, score and class"
		}
	}
	if len(outs) == 2 {
		if head, why = guessTwo(outs); head != "" {
			return head, why
		}
	}
	if isLevels(outs, height, width) {
		return "distances", fmt.Sprintf("%d outputs, two for each level", len(outs))
	}
	return "", ""
}

// isLevels reports whether outputs are two for each of several grids of cells: scores, and
// distributions over as many distances as are usual.
func isLevels(outs []*graph.Value, height, width int) bool {
	f := New("distances")
	f.Height, f.Width = height, width
	edges, scores := map[int]int{}, map[int]int{}
	for _, v := range outs {
		s := v.Type.Shape
		if len(s) != 3 || !v.Type.DType.IsFloat() || !s[1].Known() || !s[2].Known() {
			return false
		}
		cells, _ := s[1].Value()
		if f.stride(cells) == 0 {
			return false
		}
		if s[2].Is(4 * f.Bins) {
			edges[cells]++
		} else {
			scores[cells]++
		}
	}
	for cells, n := range edges {
		if n != 1 || scores[cells] != 1 {
			return false
		}
	}
	return len(edges) > 0 && len(edges) == len(scores)
}

// fixedOrListed reports whether outputs have no axis for pictures, or the same number of places.
func fixedOrListed(outs []*graph.Value) bool {
	return slices.ContainsFunc(outs, func(v *graph.Value) bool { return !v.Type.DType.IsFloat() })
}

// guessTwo guesses of two outputs [N,P,4] and [N,P,C].
func guessTwo(outs []*graph.Value) (head, why string) {
	boxes, scores := outs[0], outs[1]
	a, b := outs[0].Type.Shape, outs[1].Type.Shape
	if len(a) != 3 || len(b) != 3 || !a[1].Equal(b[1]) {
		return "", ""
	}
	if b[2].Is(4) {
		boxes, scores = scores, boxes
	}
	if !boxes.Type.Shape[2].Is(4) || scores.Type.Shape[2].Is(4) {
		return "", ""
	}
	if n, known := scores.Type.Shape[2].Value(); !known || n < 2 {
		return "", ""
	}
	if n, _ := boxes.Def(); n != nil && n.Op == "Sigmoid" {
		return "queries", fmt.Sprintf("outputs %q and %q, boxes in the range of a Sigmoid", scores.Name, boxes.Name)
	}
	if n, _ := scores.Def(); n != nil && (n.Op == "Softmax" || n.Op == "Sigmoid") {
		return "corners", fmt.Sprintf("outputs %q and %q, edges and probabilities", boxes.Name, scores.Name)
	}
	return "", ""
}

// Bind readies the form for a model's outputs.
func (f *Form) Bind(outs []*graph.Value) (err error) {
	if f.Head == "offsets" {
		if f.priorsAt = 1 + slices.IndexFunc(outs, func(v *graph.Value) bool { return v.Name == f.Priors }); f.priorsAt == 0 {
			f.priors, err = readPriors(f.Priors, f.path)
		}
		if err != nil {
			return fmt.Errorf("detection: priors: %w", err)
		}
		return nil
	}
	if f.Head != "lists" {
		return nil
	}
	if f.roles = rolesOf(outs); f.roles == nil {
		return fmt.Errorf("detection: want outputs of boxes, scores and classes that can be told apart by their types")
	}
	return nil
}
