package linear

import (
	"fmt"
	"slices"
	"sync"

	"github.com/pollard-dev/pollard/graph"
)

// window is the geometry of a convolution for one input extent.
type window struct {
	in, out []int // spatial extents
	// places writes, for each kernel position, the index in a channel's plane that an output position reads, or -1 if
	// that is padding or nothing.
	places func(taps []int, position int)

	once  sync.Once
	table []int32 // what places writes for every output position, or nil if that is too much to keep
}

// mostPlaces bounds the places of a window that are kept.
const mostPlaces = 1 << 20

// kept returns what places writes for every output position, n numbers each, or nil if that is too much to keep.
func (w *window) kept(n int) []int32 {
	w.once.Do(func() {
		if area := volume(w.out); area <= mostPlaces/max(1, n) {
			w.table = make([]int32, area*n)
			for p := range area {
				w.write(w.table[p*n:][:n], p)
			}
		}
	})
	return w.table
}

func (w *window) write(to []int32, position int) {
	var few [32]int
	taps := few[:min(len(to), len(few))]
	if len(to) > len(few) {
		taps = make([]int, len(to))
	}
	w.places(taps, position)
	for i, at := range taps {
		to[i] = int32(at)
	}
}

// windows caches the window for the extents seen last, because rows are read in many calls.
type windows struct {
	mu   sync.Mutex
	last *window
}

// window returns the geometry for these spatial extents.
func (m *Map) window(in []int) (*window, error) {
	m.seen.mu.Lock()
	defer m.seen.mu.Unlock()
	if w := m.seen.last; w != nil && slices.Equal(w.in, in) {
		return w, nil
	}
	w, err := m.taps(slices.Clone(in))
	if err == nil {
		m.seen.last = w
	}
	return w, err
}

// Seen returns what the weights multiply, given the contents of the operand. That is the operand itself, unless the node
// normalizes it first. Rows and Read take the result.
func (m *Map) Seen(operand *graph.Tensor) (*graph.Tensor, error) {
	if m.normal == nil {
		return operand, nil
	}
	return m.normal(operand)
}

// Rows returns the number of rows of x, a result of Seen.
func (m *Map) Rows(x *graph.Tensor) (int, error) {
	if x.Rank() <= m.In {
		return 0, fmt.Errorf("axis %d: have shape %v", m.In, x.Shape())
	}
	if m.taps == nil {
		if m.Groups*m.Cols == 0 {
			return 0, nil
		}
		return x.Len() / (m.Groups * m.Cols), nil
	}
	w, err := m.window(x.Shape()[2:])
	if err != nil {
		return 0, err
	}
	return x.Shape()[0] * volume(w.out), nil
}

// Read writes what one group reads at the given rows of x: Cols numbers for each row, ld apart, with zeroes where a
// window extends into the padding.
func (m *Map) Read(dst []float32, ld int, x *graph.Tensor, group int, rows []int) error {
	if x.DType() == graph.Float32 { // the common case, which needs no copy
		return read(m, dst, ld, graph.Data[float32](x), x.Shape(), group, rows)
	}
	data, ok := graph.Floats(x)
	if !ok {
		return fmt.Errorf("elements of type %v are not supported", x.DType())
	}
	return read(m, dst, ld, data, x.Shape(), group, rows)
}

func read[T float32 | float64](m *Map, dst []float32, ld int, data []T, shape []int, group int, rows []int) error {
	if m.taps != nil {
		return readWindows(m, dst, ld, data, shape, group, rows)
	}
	area := volume(shape[m.In+1:]) // 1 except for diagonal maps
	if area == 1 && m.Cols == 1 {
		for i, r := range rows {
			dst[i*ld] = float32(data[r*m.Groups+group])
		}
		return nil
	}
	for i, r := range rows {
		out := dst[i*ld:][:m.Cols]
		if area == 1 {
			for c, v := range data[(r*m.Groups+group)*m.Cols:][:m.Cols] {
				out[c] = float32(v)
			}
			continue
		}
		at := (r/area*m.Groups+group)*m.Cols*area + r%area
		for c := range out {
			out[c] = float32(data[at+c*area])
		}
	}
	return nil
}

func readWindows[T float32 | float64](m *Map, dst []float32, ld int, data []T, shape []int, group int, rows []int) error {
	w, err := m.window(shape[2:])
	if err != nil {
		return err
	}
	area, plane := volume(w.out), volume(w.in)
	channels := m.Cols / m.Taps
	table, room := w.kept(m.Taps), []int32(nil)
	if table == nil {
		room = make([]int32, m.Taps)
	}
	sample, start := 0, 0 // of the last row, and the sample's first row
	for i, r := range rows {
		if r < start || r >= start+area {
			sample = r / area
			start = sample * area
		}
		taps := room
		if table != nil {
			taps = table[(r-start)*m.Taps:][:m.Taps]
		} else {
			w.write(taps, r-start)
		}
		from := data[(sample*shape[1]+group*channels)*plane:][:channels*plane]
		out := dst[i*ld:][:m.Cols]
		if len(taps) == 1 {
			readPoint(out, from, int(taps[0]), plane)
			continue
		}
		for len(out) >= len(taps) {
			src := from[:plane]
			for t, at := range taps {
				v := float32(0)
				if uint(at) < uint(len(src)) { // and not negative
					v = float32(src[at])
				}
				out[t] = v
			}
			out, from = out[len(taps):], from[plane:]
		}
	}
	return nil
}

// readPoint reads one position of each plane, or zeroes if it is negative.
func readPoint[T float32 | float64](out []float32, from []T, at, plane int) {
	if at < 0 {
		clear(out)
		return
	}
	for c := range out {
		out[c] = float32(from[at])
		at += plane
	}
}

// Output returns the index of the row's output 0 in y, the contents of Node.Out(0) or of Result, and the distance
// between outputs.
func (m *Map) Output(y *graph.Tensor, row int) (at, stride int) {
	area := volume(y.Shape()[m.Out+1:])
	return row/area*area*y.Shape()[m.Out] + row%area, area
}

func volume(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}
