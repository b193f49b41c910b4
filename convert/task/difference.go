package task

import (
	"maps"
	"math"
	"slices"

	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
)

// Differences takes in how far the floating-point outputs of two models are apart. Outputs whose
// extents differ, as of detectors that find another number of things, do not count.
type Differences struct {
	most, dot, first, second float64
	compared                 bool
}

// Add takes in the outputs of a batch.
func (d *Differences) Add(b Batch) {
	for _, name := range slices.Sorted(maps.Keys(b.Outputs[0])) { // sums do not depend on the order of a map
		t, u := b.Outputs[0][name], b.Outputs[1][name]
		if t == nil || u == nil || !t.DType().IsFloat() || !slices.Equal(t.Shape(), u.Shape()) {
			continue
		}
		x, okX := graph.Floats(t)
		y, okY := graph.Floats(u)
		if !okX || !okY {
			continue
		}
		d.compared = true
		for i, v := range x {
			d.dot, d.first, d.second = d.dot+v*y[i], d.first+v*v, d.second+y[i]*y[i]
			if v == y[i] || math.IsNaN(v) && math.IsNaN(y[i]) {
				continue
			}
			if apart := math.Abs(v - y[i]); math.IsNaN(apart) {
				d.most = math.Inf(1)
			} else {
				d.most = max(d.most, apart)
			}
		}
	}
}

// Into sets the figures. Values that are not finite become the largest number and a cosine of 0.
func (d *Differences) Into(f *Figures) {
	if !d.compared {
		return
	}
	most, cosine := report.Finite(d.most), cosineOf(d.dot, d.first, d.second)
	f.MaxAbsDiff, f.Cosine = &most, &cosine
}

// cosineOf returns the cosine between two vectors from their products: 1 if both are zero, and 0 if
// one is or they are not finite.
func cosineOf(dot, first, second float64) float64 {
	if first == 0 && second == 0 {
		return 1
	}
	if c := dot / (math.Sqrt(first) * math.Sqrt(second)); !math.IsNaN(c) && !math.IsInf(c, 0) {
		return c
	}
	return 0
}
