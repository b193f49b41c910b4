package statistics

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/internal/linalg"
)

// Moments are sums over everything seen at each position of an axis.
type Moments struct {
	Count  float64 // numbers seen at each position
	Sum    []float64
	Square []float64
	Fires  []float64 // how many of them were positive
}

func newMoments(positions int) *Moments {
	return &Moments{Sum: make([]float64, positions), Square: make([]float64, positions), Fires: make([]float64, positions)}
}

// Mean returns the mean at position i, or 0 if nothing was seen.
func (m *Moments) Mean(i int) float64 { return m.share(m.Sum[i]) }

// SecondMoment returns the mean square at position i.
func (m *Moments) SecondMoment(i int) float64 { return m.share(m.Square[i]) }

// Variance returns the mean squared distance from the mean at position i.
func (m *Moments) Variance(i int) float64 {
	mean := m.Mean(i)
	return max(0, m.SecondMoment(i)-mean*mean)
}

// FiringShare returns the fraction of numbers seen at position i that are positive.
func (m *Moments) FiringShare(i int) float64 { return m.share(m.Fires[i]) }

func (m *Moments) share(sum float64) float64 {
	if m.Count == 0 {
		return 0
	}
	return sum / m.Count
}

// merge adds the sums of o.
func (m *Moments) merge(o *Moments) error {
	if len(m.Sum) != len(o.Sum) {
		return fmt.Errorf("moments of %d positions and of %d", len(m.Sum), len(o.Sum))
	}
	m.Count += o.Count
	addTo(m.Sum, o.Sum)
	addTo(m.Square, o.Square)
	addTo(m.Fires, o.Fires)
	return nil
}

func addTo(dst, src []float64) {
	for i, x := range src {
		dst[i] += x
	}
}

// add adds the elements of t by their position on the axis.
func (m *Moments) add(t *graph.Tensor, axis, threads int) error {
	if axis >= t.Rank() || t.Shape()[axis] != len(m.Sum) {
		return fmt.Errorf("axis %d: want %d positions, have shape %v", axis, len(m.Sum), t.Shape())
	}
	inner := 1
	for _, n := range t.Shape()[axis+1:] {
		inner *= n
	}
	if t.DType() == graph.Float32 { // the common case, which needs no copy
		count(m, graph.Data[float32](t), inner, threads, linalg.Powers, func(data []float32, lo, hi int) {
			x := linalg.OfSingle(data[lo:], len(data)/len(m.Sum), hi-lo, len(m.Sum))
			linalg.AddColumnPowers(m.Sum[lo:hi], m.Square[lo:hi], m.Fires[lo:hi], x)
		})
	} else if data, ok := graph.Floats(t); ok {
		count(m, data, inner, threads, powers, nil)
	} else {
		return fmt.Errorf("elements of type %v are not supported", t.DType())
	}
	if len(m.Sum) > 0 {
		m.Count += float64(t.Len() / len(m.Sum))
	}
	return nil
}

const (
	// fewElements is the number of elements below which one thread counts faster than several.
	fewElements = 1 << 15
	// together is how many positions one thread counts at a time.
	together = 16
)

// count adds elements to the moments of their positions. inner adjacent elements share a position. powers returns their
// sum, that of their squares, and how many are positive; columns, if there is one, adds those of the positions lo to hi-1
// where inner is 1. One thread counts all of a position, in the order of the data.
func count[T float32 | float64](m *Moments, data []T, inner, threads int, powers func([]T) (float64, float64, int), columns func(data []T, lo, hi int)) {
	n := len(m.Sum)
	if len(data) == 0 {
		return
	}
	if len(data) < fewElements {
		threads = 1
	}
	passes.Parallel(threads, (n+together-1)/together, func(task int) {
		lo, hi := task*together, min(n, (task+1)*together)
		if inner == 1 && columns != nil {
			columns(data, lo, hi)
			return
		}
		for at := 0; at < len(data); at += n * inner {
			for p := lo; p < hi; p++ {
				sum, square, positive := powers(data[at+p*inner:][:inner])
				m.Sum[p] += sum
				m.Square[p] += square
				m.Fires[p] += float64(positive)
			}
		}
	})
}

func powers(v []float64) (sum, square float64, positive int) {
	for _, x := range v {
		sum += x
		square += x * x
		if x > 0 {
			positive++
		}
	}
	return sum, square, positive
}
