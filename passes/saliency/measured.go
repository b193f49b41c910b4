package saliency

import (
	"cmp"
	"slices"
)

// Measured is an error that was measured with the lowest-scored units of a group removed.
type Measured struct {
	Removed int
	Error   float64
}

// Through scales the scores of one group, errors that add up, so that the sums over the units with the lowest scores
// pass through the measured points. The order of the units does not change. Between two points, and from 0 to the first,
// scores keep their proportions. Beyond the last they are scaled as all the scores before it are.
func Through(scores []float64, points []Measured) []float64 {
	points = slices.Clone(points)
	slices.SortFunc(points, func(a, b Measured) int { return a.Removed - b.Removed })
	order := Ascending(scores)
	added := make([]float64, len(scores))
	from, reached, predicted := 0, 0.0, 0.0
	for _, p := range points {
		if p.Removed <= from || p.Removed > len(order) {
			continue
		}
		sum := 0.0
		for _, u := range order[from:p.Removed] {
			sum += scores[u]
		}
		rise := max(0, p.Error-reached) // a decrease is noise of the measurement
		for i := from; i < p.Removed; i++ {
			if sum > 0 {
				added[i] = scores[order[i]] / sum * rise
			} else {
				added[i] = rise / float64(p.Removed-from)
			}
		}
		from, reached, predicted = p.Removed, reached+rise, predicted+sum
	}
	scale := 1.0
	if predicted > 0 {
		scale = reached / predicted
	}
	for i := from; i < len(order); i++ {
		added[i] = scores[order[i]] * scale
	}
	return ascending(order, added)
}

// Ascending lists the units of a group in the order in which they are removed, the lowest score first.
func Ascending(scores []float64) []int {
	order := make([]int, len(scores))
	for u := range order {
		order[u] = u
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(scores[a], scores[b]) })
	return order
}
