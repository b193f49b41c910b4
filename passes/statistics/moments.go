package statistics

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
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

// Mean is the mean at position i, or 0 if nothing was seen.
func (m *Moments) Mean(i int) float64 { return m.share(m.Sum[i]) }

// SecondMoment is the mean square at position i.
func (m *Moments) SecondMoment(i int) float64 { return m.share(m.Square[i]) }

// Variance is the mean squared distance from the mean at position i.
func (m *Moments) Variance(i int) float64 {
	mean := m.Mean(i)
	return max(0, m.SecondMoment(i)-mean*mean)
}

// FiringShare is the fraction of inputs over 0 at position i.
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
func (m *Moments) add(t *graph.Tensor, axis int) error {
	if axis >= t.Rank() || t.Shape()[axis] != len(m.Sum) {
		return fmt.Errorf("axis %d: want %d positions, have shape %v", axis, len(m.Sum), t.Shape())
	}
	inner := 1
	for _, n := range t.Shape()[axis+1:] {
		inner *= n
	}
	if t.DType() == graph.Float32 { // nearly always, and without a copy
		count(m, graph.Data[float32](t), inner)
	} else if data, ok := graph.Floats(t); ok {
		count(m, data, inner)
	} else {
		return fmt.Errorf("elements of type %v are not supported", t.DType())
	}
	if len(m.Sum) > 0 {
		m.Count += float64(t.Len() / len(m.Sum))
	}
	return nil
}

// count adds elements, inner neighbours of which share a position.
func count[T float32 | float64](m *Moments, data []T, inner int) {
	p := 0
	for ; len(data) > 0; data = data[inner:] {
		sum, square, fires := 0.0, 0.0, 0
		for _, v := range data[:inner] {
			x := float64(v)
			sum += x
			square += x * x
			if x > 0 {
				fires++
			}
		}
		m.Sum[p] += sum
		m.Square[p] += square
		m.Fires[p] += float64(fires)
		if p++; p == len(m.Sum) {
			p = 0
		}
	}
}
