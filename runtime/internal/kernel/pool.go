package kernel

import (
	"math"

	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/runtime/internal/kernel/simd"
)

func init() { bind(bindPool, "MaxPool", "AveragePool") }

// bindPool pools images in channels-last order: each position under the window is a row of numbers.
func bindPool(q *Request) (*Bound, error) {
	x, y := q.in(0), q.Out[0]
	if len(q.Out) != 1 || !floating(x) || x.Rank() < 3 || y.Len() == 0 || x.Len() == 0 || volume(x.Dims[1:]) > math.MaxInt32 {
		return nil, ErrUnfit
	}
	win, err := op.DecodePool(q.Node, x.Dims[2:])
	if err != nil {
		return nil, ErrUnfit
	}
	g := newGeometry(win, x.Dims[2:])
	channels := x.Dims[1]
	y.Order = ChannelsLast(x.Rank())
	k := &Bound{Name: "pool", Out: []Array{y}, In: q.orders()}
	k.In[0] = y.Order
	offsets := make([]int32, 0, g.area*g.taps)
	offset := make([]int, len(g.in))
	for row := range g.area {
		for tap := range g.taps {
			g.offset(tap, offset)
			offsets = append(offsets, int32(g.position(row, offset, channels)))
		}
	}
	var scale []float32
	if q.Node.Op == "AveragePool" {
		scale = make([]float32, g.area)
		for i, n := range op.AverageCounts(q.Node, win, x.Dims[2:]) {
			if n > 0 {
				scale[i] = 1 / float32(n)
			}
		}
	}
	step := max(1, min(g.area, (1<<13)/channels))
	parts := ceilDiv(g.area, step)
	k.Phases = []Phase{{Pieces: x.Dims[0] * parts, Cost: step * channels * g.taps / 4, Do: func(c *Call, _ []float32, lo, hi int) {
		for i := lo; i < hi; i++ {
			image, first := i/parts, i%parts*step
			rows := min(step, g.area-first)
			x, y := c.In[0][image*g.plane*channels:], c.Out[0][(image*g.area+first)*channels:]
			at := offsets[first*g.taps:]
			if scale == nil {
				simd.PoolMax(y, x, at, g.taps, rows, channels, channels)
			} else {
				simd.PoolAverage(y, x, at, g.taps, rows, channels, channels, scale[first:])
			}
		}
	}}}
	return k, nil
}

// position returns where an output position reads the window's element at that offset, in an image
// with pixel numbers per pixel. It returns -1 for padding.
func (g *geometry) position(row int, offset []int, pixel int) int {
	at, step := 0, pixel
	for d := len(g.in) - 1; d >= 0; d-- {
		i := row%g.win.Out[d]*g.win.Strides[d] + offset[d]
		row /= g.win.Out[d]
		if i < 0 || i >= g.in[d] {
			return -1
		}
		at += i * step
		step *= g.in[d]
	}
	return at
}
