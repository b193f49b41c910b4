package detection

import (
	"cmp"
	"slices"
)

// Box is something that was found, or is known to be there. Edges are in pixels of the input.
type Box struct {
	Left, Top, Right, Bottom float64
	Class                    int
	Score                    float64
}

// centred returns the box of a size around a point, with the best class of the scores.
func centred(x, y, width, height float64, scores []float64) Box {
	class := largest(scores)
	return Box{x - width/2, y - height/2, x + width/2, y + height/2, class, scores[class]}
}

func (b Box) area() float64 { return max(0, b.Right-b.Left) * max(0, b.Bottom-b.Top) }

// IoU returns the intersection of two boxes over their union, 0 if both are empty.
func IoU(a, b Box) float64 {
	both := Box{Left: max(a.Left, b.Left), Top: max(a.Top, b.Top), Right: min(a.Right, b.Right), Bottom: min(a.Bottom, b.Bottom)}.area()
	if either := a.area() + b.area() - both; either > 0 {
		return both / either
	}
	return 0
}

// Suppress returns the boxes from the best to the worst, without those of which more than most is
// shared with a better one of their class that stays.
func Suppress(boxes []Box, most float64) []Box {
	sorted := slices.Clone(boxes)
	slices.SortStableFunc(sorted, func(a, b Box) int { return cmp.Compare(b.Score, a.Score) })
	var kept []Box
	for _, b := range sorted {
		if !slices.ContainsFunc(kept, func(k Box) bool { return k.Class == b.Class && IoU(k, b) > most }) {
			kept = append(kept, b)
		}
	}
	return kept
}

// Match counts the boxes of a that have a partner of their class in b with an IoU of at least the
// given one. Each box of a, in order, takes the best partner that is free.
func Match(a, b []Box, least float64) (n int) {
	taken := make([]bool, len(b))
	for _, x := range a {
		best, most := -1, 0.0
		for i, y := range b {
			if share := IoU(x, y); !taken[i] && y.Class == x.Class && share >= least && share > most {
				best, most = i, share
			}
		}
		if best >= 0 {
			taken[best] = true
			n++
		}
	}
	return n
}

// best returns the boxes with the highest scores, at most n of them, in the order in which they are.
func best(boxes []Box, n int) []Box {
	if len(boxes) <= n {
		return boxes
	}
	sorted := slices.Clone(boxes)
	slices.SortStableFunc(sorted, func(a, b Box) int { return cmp.Compare(b.Score, a.Score) })
	return sorted[:n]
}
