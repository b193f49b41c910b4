package kernel

import "github.com/pollard-dev/pollard/graph/op"

// geometry is a sliding window over planes of known extents.
type geometry struct {
	win               op.ConvWindow
	in                []int // spatial input extents
	plane, area, taps int   // elements of an input plane, an output plane and a kernel
}

func newGeometry(win op.ConvWindow, in []int) geometry {
	return geometry{win: win, in: in, plane: volume(in), area: volume(win.Out), taps: volume(win.Kernel)}
}

// offset stores, by axis, where the kernel element tap reads at output position 0.
func (g *geometry) offset(tap int, offset []int) {
	for d := len(g.in) - 1; d >= 0; d-- {
		offset[d] = tap%g.win.Kernel[d]*g.win.Dilations[d] - g.win.Before[d]
		tap /= g.win.Kernel[d]
	}
}

// ceilDiv returns a/b rounded up, for positive b.
func ceilDiv(a, b int) int {
	if a <= 0 {
		return a / b
	}
	return (a + b - 1) / b
}
