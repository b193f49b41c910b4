package linear

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

// window is the geometry of a convolution for one input extent.
type window struct {
	in, out []int // spatial extents
	// places writes, for each kernel position, the index in a channel's plane that an output position reads, or -1 if
	// that is padding or nothing.
	places func(taps []int, position int)
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
	w, err := m.taps(x.Shape()[2:])
	if err != nil {
		return 0, err
	}
	return x.Shape()[0] * volume(w.out), nil
}

// Read writes what one group reads at the given rows of x: Cols numbers for each row, ld apart, with zeroes where a
// window extends into the padding.
func (m *Map) Read(dst []float64, ld int, x *graph.Tensor, group int, rows []int) error {
	if x.DType() == graph.Float32 { // nearly always, and without a copy
		return read(m, dst, ld, graph.Data[float32](x), x.Shape(), group, rows)
	}
	data, ok := graph.Floats(x)
	if !ok {
		return fmt.Errorf("elements of type %v are not supported", x.DType())
	}
	return read(m, dst, ld, data, x.Shape(), group, rows)
}

func read[T float32 | float64](m *Map, dst []float64, ld int, data []T, shape []int, group int, rows []int) error {
	if m.taps == nil {
		area := volume(shape[m.In+1:]) // 1 except for diagonal maps
		for i, r := range rows {
			at := (r/area*m.Groups + group) * m.Cols * area
			out := dst[i*ld:][:m.Cols]
			for c := range out {
				out[c] = float64(data[at+c*area+r%area])
			}
		}
		return nil
	}
	w, err := m.taps(shape[2:])
	if err != nil {
		return err
	}
	area, plane := volume(w.out), volume(w.in)
	channels := m.Cols / m.Taps
	taps := make([]int, m.Taps)
	last := -1
	for i, r := range rows {
		if p := r % area; p != last {
			w.places(taps, p)
			last = p
		}
		base := (r/area*shape[1] + group*channels) * plane
		out := dst[i*ld:][:m.Cols]
		for c := range channels {
			src := data[base+c*plane:][:plane]
			for t, at := range taps {
				if at < 0 {
					out[c*m.Taps+t] = 0
				} else {
					out[c*m.Taps+t] = float64(src[at])
				}
			}
		}
	}
	return nil
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
