package passes

import (
	"math"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// OutputScale says how much differences at one output of a model count: the error of another model
// there is a fraction of the output's own magnitude.
//
// The elements of an output of rank 3 or more differ in kind along one of its axes: a detector's
// coordinates in pixels, its objectness and the probabilities of its classes lie side by side, and
// so do the maps of common and of rare classes. Each position on that axis is measured by its own
// magnitude, so that none counts for nothing because another has larger numbers. The axis is the one
// along which magnitudes differ most. Where the model joins its heads along that axis with Concat,
// each head counts as much as the others, however wide it is. The elements of an output of rank 2 or
// less are of one kind.
type OutputScale struct {
	weights []float64 // of the positions on the axis
	stride  int       // elements from one position to the next
}

// Magnitude is the mean square of elements, about their mean or about zero.
type Magnitude bool

// What errors at outputs are fractions of.
const (
	Variance Magnitude = true
	Energy   Magnitude = false
)

// NewOutputScale returns the scale of output v: want holds its elements in some batches, and shapes
// their shapes without the axis of samples. If batches have several shapes, all elements count
// alike. It returns nil for an output without magnitude.
func NewOutputScale(of Magnitude, v *graph.Value, shapes [][]int, want [][]float64) *OutputScale {
	whole := moments{of: of}
	for _, x := range want {
		for _, v := range x {
			whole.add(v)
		}
	}
	if !(whole.magnitude() > 0) {
		return nil
	}
	kinds, stride, most := []moments{whole}, math.MaxInt, 0.
	if shape := shapes[0]; len(shape) > 1 && !slices.ContainsFunc(shapes, func(s []int) bool { return !slices.Equal(s, shape) }) {
		step := 1
		for axis := len(shape) - 1; axis >= 0; axis-- {
			along := momentsAlong(of, want, shape[axis], step)
			if s := spread(along); s > most {
				kinds, stride, most = along, step, s
			}
			step *= shape[axis]
		}
	}
	s := &OutputScale{make([]float64, len(kinds)), stride}
	heads := headsOf(v, len(kinds))
	counted, from := 0, 0
	for _, width := range heads {
		if s.weigh(kinds[from:from+width], s.weights[from:from+width]) {
			counted++
		}
		from += width
	}
	for i := range s.weights {
		s.weights[i] /= float64(counted)
	}
	return s
}

// weigh sets the weights of the positions of one head, whose errors add up to 1 if nothing is
// explained. It reports whether the head has a magnitude; one without it has no weight.
func (s *OutputScale) weigh(kinds []moments, weights []float64) bool {
	floor, total, whole := medianMagnitude(kinds), 0.0, 0.0
	for i := range kinds {
		whole += kinds[i].magnitude() / float64(len(kinds))
	}
	if whole == 0 {
		return false
	}
	for i := range kinds {
		v := kinds[i].magnitude()
		weights[i] = 1 / (v + floor)
		if v+floor == 0 { // as are most positions of the head
			weights[i] = 1 / whole
		}
		total += v * weights[i]
	}
	for i := range kinds {
		weights[i] /= total * kinds[i].n
	}
	return true
}

// headsOf returns the widths of what a Concat before output v joins along an axis of the given
// extent, looking through nodes that move elements or change each alone; the extent alone if there is none.
func headsOf(v *graph.Value, extent int) []int {
	for {
		n, _ := v.Def()
		if n == nil || len(n.Inputs()) == 0 || n.In(0) == nil {
			return []int{extent}
		}
		switch n.Op {
		case "Concat":
			if widths := joined(n); joins(widths, extent) {
				return widths
			}
		case "Identity", "Transpose", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Sigmoid", "Cast", "Clip":
		default:
			return []int{extent}
		}
		v = n.In(0)
	}
}

// joined returns the extents that the inputs of a Concat have on its axis; nil if they are not known.
func joined(n *graph.Node) []int {
	var widths []int
	axis := n.Int("axis", 0)
	for _, v := range n.Inputs() {
		shape := v.Type.Shape
		if axis < 0 {
			axis += len(shape)
		}
		if axis < 0 || axis >= len(shape) || !shape[axis].Known() {
			return nil
		}
		width, _ := shape[axis].Value()
		widths = append(widths, width)
	}
	return widths
}

// joins reports whether parts of the given widths make up the whole.
func joins(widths []int, whole int) bool {
	for _, w := range widths {
		whole -= w
	}
	return len(widths) > 0 && whole == 0
}

// Error returns the weighted energy of the difference in one batch. The errors of all batches that
// the scale was made from add up to the fraction of the magnitude.
func (s *OutputScale) Error(want, have []float64) (sum float64) {
	if s == nil || len(want) != len(have) {
		return 0
	}
	for from, position := 0, 0; from < len(want); position++ {
		to, apart := from+min(s.stride, len(want)-from), 0.0
		for i := from; i < to; i++ {
			apart += (want[i] - have[i]) * (want[i] - have[i])
		}
		sum += s.weights[position%len(s.weights)] * apart
		from = to
	}
	return sum
}

// moments holds sums over elements of a kind.
type moments struct {
	of             Magnitude
	n, sum, square float64
}

func (m *moments) add(x float64) {
	m.n++
	m.sum += x
	m.square += x * x
}

// magnitude returns the mean square.
func (m *moments) magnitude() float64 {
	if m.of == Energy {
		return m.square / max(1, m.n)
	}
	return max(0, m.square-m.sum*m.sum/max(1, m.n)) / max(1, m.n)
}

// momentsAlong returns the moments of each position on an axis, of which one is stride elements from
// the next.
func momentsAlong(of Magnitude, want [][]float64, extent, stride int) []moments {
	along := make([]moments, extent)
	for i := range along {
		along[i].of = of
	}
	for _, x := range want {
		for from, position := 0, 0; from < len(x); from, position = from+stride, position+1 {
			m := along[position%extent]
			for _, v := range x[from:min(from+stride, len(x))] {
				m.add(v)
			}
			along[position%extent] = m
		}
	}
	return along
}

// spread says how much the magnitudes of positions differ: the logarithm of their mean over their
// geometric mean, each raised by the median.
func spread(of []moments) float64 {
	floor := medianMagnitude(of)
	mean, logs, n := 0.0, 0.0, 0.0
	for i := range of {
		if v := of[i].magnitude() + floor; v > 0 {
			mean, logs, n = mean+v, logs+math.Log(v), n+1
		}
	}
	if n < 2 {
		return 0
	}
	return math.Log(mean/n) - logs/n
}

// medianMagnitude is what the magnitudes of positions are raised by: a position that is nearly constant,
// such as the probability of a class that no sample shows, would else count as much as the others.
func medianMagnitude(of []moments) float64 {
	if len(of) < 2 {
		return 0
	}
	all := make([]float64, len(of))
	for i := range of {
		all[i] = of[i].magnitude()
	}
	slices.Sort(all)
	return all[(len(all)-1)/2]
}
