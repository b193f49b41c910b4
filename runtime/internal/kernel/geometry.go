package kernel

import "github.com/pollard-dev/pollard/graph/op"

// geometry is a sliding window over planes of known extents.
type geometry struct {
	win               op.ConvWindow
	in                []int // spatial input extents
	plane, area, taps int   // elements of an input plane, an output plane, a kernel
}

func newGeometry(win op.ConvWindow, in []int) geometry {
	return geometry{win: win, in: in, plane: volume(in), area: volume(win.Out), taps: volume(win.Kernel)}
}

// offset writes where the kernel element tap reads at output position 0, by axis.
func (g *geometry) offset(tap int, offset []int) {
	for d := len(g.in) - 1; d >= 0; d-- {
		offset[d] = tap%g.win.Kernel[d]*g.win.Dilations[d] - g.win.Before[d]
		tap /= g.win.Kernel[d]
	}
}

// columns clips the output columns from first to beyond to those at which an element at
// that offset reads inside of a row.
func (g *geometry) columns(offset, first, beyond int) (int, int) {
	last := len(g.in) - 1
	stride := g.win.Strides[last]
	lo := min(max(first, ceilDiv(-offset, stride)), beyond)
	return lo, min(max(lo, ceilDiv(g.in[last]-offset, stride)), beyond)
}

// row is where, in a plane, the input row lies that a kernel element at that offset reads for
// an output row (all axes but the last); inside is false where that is padding.
func (g *geometry) row(row int, offset []int) (base int, inside bool) {
	step := g.in[len(g.in)-1]
	for d := len(g.in) - 2; d >= 0; d-- {
		i := row%g.win.Out[d]*g.win.Strides[d] + offset[d]
		row /= g.win.Out[d]
		if i < 0 || i >= g.in[d] {
			return 0, false
		}
		base += i * step
		step *= g.in[d]
	}
	return base, true
}

// reads calls f for every output row in which a kernel element at that offset reads inside the
// plane: output to+i reads input from+i*stride for i below count.
func (g *geometry) reads(offset []int, f func(to, from, count int)) {
	last := len(g.in) - 1
	width := g.win.Out[last]
	first, beyond := g.columns(offset[last], 0, width)
	if first == beyond {
		return
	}
	for row := range g.area / width {
		if base, inside := g.row(row, offset); inside {
			f(row*width+first, base+first*g.win.Strides[last]+offset[last], beyond-first)
		}
	}
}

// stride is the step along the last axis.
func (g *geometry) stride() int { return g.win.Strides[len(g.in)-1] }

// ceilDiv is a/b rounded up, for positive b.
func ceilDiv(a, b int) int {
	if a <= 0 {
		return a / b
	}
	return (a + b - 1) / b
}
