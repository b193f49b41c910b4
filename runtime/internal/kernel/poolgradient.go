package kernel

import (
	"math"
	"slices"

	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/runtime/internal/kernel/simd"
)

func init() {
	bind(bindPoolGradient, op.Gradients+".MaxPoolGradient", op.Gradients+".AveragePoolGradient")
}

// bindPoolGradient spreads gradients over images in channels-last order. A piece is an image.
func bindPoolGradient(q *Request) (*Bound, error) {
	g, y := q.in(0), q.Out[0]
	largest := q.Node.Op == "MaxPoolGradient"
	if !floating(g) || largest && !floating(q.in(1)) || g.Rank() < 3 || y.Len() == 0 || volume(y.Dims[1:]) > math.MaxInt32 {
		return nil, ErrUnfit
	}
	win, err := op.DecodePool(q.Node, y.Dims[2:])
	if err != nil || !slices.Equal(win.Out, g.Dims[2:]) || !slices.Equal(g.Dims[:2], y.Dims[:2]) {
		return nil, ErrUnfit
	}
	w := newGeometry(win, y.Dims[2:])
	channels := y.Dims[1]
	y.Order = ChannelsLast(g.Rank())
	k := &Bound{Name: "poolgradient", Out: []Array{y}, In: q.orders(), Own: channels}
	for i := range k.In {
		k.In[i] = y.Order
	}
	at, offset := make([]int, 0, w.area*w.taps), make([]int, len(w.in))
	for row := range w.area {
		for tap := range w.taps {
			w.offset(tap, offset)
			at = append(at, w.position(row, offset, channels))
		}
	}
	of := func(c *Call, own, dx []float32, image, row int) {
		dy := c.In[0][(image*w.area+row)*channels:][:channels]
		toLargest(dx, dy, c.In[1][image*w.plane*channels:], at[row*w.taps:][:w.taps])
	}
	if !largest {
		counts := op.AverageCounts(q.Node, win, y.Dims[2:])
		of = func(c *Call, own, dx []float32, image, row int) {
			simd.DivNumber(own, c.In[0][(image*w.area+row)*channels:][:channels], float32(counts[row]))
			for _, to := range at[row*w.taps:][:w.taps] {
				if to >= 0 {
					simd.Add(dx[to:][:channels], dx[to:][:channels], own)
				}
			}
		}
	}
	k.Phases = []Phase{{Pieces: y.Dims[0], Cost: w.area * w.taps * channels, Do: func(c *Call, own []float32, lo, hi int) {
		for image := lo; image < hi; image++ {
			dx := c.Out[0][image*w.plane*channels:][:w.plane*channels]
			clear(dx)
			for row := range w.area {
				of(c, own[:channels], dx, image, row)
			}
		}
	}}}
	return k, nil
}

// toLargest adds each channel's gradient where its first largest element is. At lists the positions under the window,
// negative for padding.
func toLargest(dx, dy, x []float32, at []int) {
	for ch, g := range dy {
		best, where := float32(0), -1
		for _, p := range at {
			if p < 0 {
				continue
			}
			if v := x[p+ch]; where < 0 || v > best || v != v {
				best, where = v, p
			}
		}
		if where >= 0 {
			dx[where+ch] += g
		}
	}
}
