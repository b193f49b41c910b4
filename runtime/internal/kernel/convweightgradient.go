package kernel

import (
	"math"
	"slices"

	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/runtime/internal/kernel/simd"
)

func init() { bind(bindConvWeightGradient, op.Gradients+".ConvWeightGradient") }

// weightGradient is the gradient of a convolution by its kernel: for each channel under each tap, the sum over positions
// of the input there times the gradient of the output. That is a product whose rows are the pairs of channel and tap,
// which contracts positions. So the input is copied with its positions contiguous: the last axis padded, and its columns
// sorted by their remainders when divided by the stride, so that what a line of the output reads under a tap is
// contiguous. A table finds these lines; lines outside the input are zeros.
type weightGradient struct {
	geometry
	x        Array
	images   int
	channels int // of the input
	outs     int // of the output
	each, of int // channels of a group of input and output
	lines    int // of a plane of the input, along the last axis
	width    int // of the input
	outLines int
	outWidth int
	columns  int  // of one remainder of a padded line
	image    int  // size of the copy of an image
	direct   bool // output position i reads only input position i
}

// bindConvWeightGradient binds nodes of groups that are not empty.
func bindConvWeightGradient(q *Request) (*Bound, error) {
	x, g := q.in(0), q.in(1)
	kernel := q.Node.Ints("kernel_shape")
	if !floating(x, g) || x.Rank() < 3 || x.Rank() != 2+len(kernel) || x.Len() == 0 || g.Len() == 0 {
		return nil, ErrUnfit
	}
	win, err := op.DecodeConv(q.Node, x.Dims[2:], kernel)
	if err != nil || win.Group < 1 || x.Dims[1]%win.Group != 0 || g.Dims[1]%win.Group != 0 ||
		!slices.Equal(win.Out, g.Dims[2:]) || x.Dims[0] != g.Dims[0] {
		return nil, ErrUnfit // Eval says why
	}
	w := &weightGradient{geometry: newGeometry(win, x.Dims[2:]), x: x, images: x.Dims[0], channels: x.Dims[1], outs: g.Dims[1],
		each: x.Dims[1] / win.Group, of: g.Dims[1] / win.Group}
	k := &Bound{Name: "convweightgradient", Out: []Array{Float32(q.Out[0].Dims...)}, In: q.orders()}
	k.In[1] = ChannelsLast(x.Rank())
	if w.plane*w.channels > math.MaxInt32 {
		return nil, ErrUnfit
	}
	if w.each == 1 && w.of == 1 {
		k.In[0] = ChannelsLast(x.Rank())
		w.depthwise(k)
		return k, nil
	}
	if w.x.Order = nil; !x.Plain() {
		w.x.Order = ChannelsLast(x.Rank())
	}
	k.In[0] = w.x.Order
	if !w.arrange() {
		return nil, ErrUnfit
	}
	w.product(q, k)
	return k, nil
}

// arrange plans the copy of an image. It returns false if an image is too large for a table.
func (w *weightGradient) arrange() bool {
	rank := len(w.in)
	w.width, w.outWidth = w.in[rank-1], w.win.Out[rank-1]
	w.lines, w.outLines = w.plane/w.width, w.area/w.outWidth
	c := convolution{geometry: w.geometry}
	if w.direct = c.direct(); w.direct { // an image is one line
		w.lines, w.outLines, w.width, w.outWidth = 1, 1, w.plane, w.plane
		w.columns = w.width
	} else {
		w.columns = ((last(w.win.Kernel)-1)*last(w.win.Dilations))/last(w.win.Strides) + w.outWidth
		w.columns = max(w.columns, ceilDiv(w.width+last(w.win.Before), last(w.win.Strides)))
	}
	w.image = w.channels * w.lineSize() * w.lines
	return w.image <= math.MaxInt32
}

// lineSize returns the size of a line of one channel in the copy.
func (w *weightGradient) lineSize() int {
	if w.direct {
		return w.columns
	}
	return w.columns * last(w.win.Strides)
}

// table finds where the line of the copy begins that a channel of a group has under a tap of the window, for each line of
// the output.
func (w *weightGradient) table() *simd.Table {
	rank := len(w.in)
	size, plane := w.lineSize(), w.lineSize()*w.lines
	offset := make([]int, rank)
	outer := geometry{win: w.win, in: w.in[:rank-1]}
	t := &simd.Table{}
	t.Fill(w.each*w.taps, w.outLines, simd.TileRows(), func(row, line int) int {
		channel, tap := row/w.taps, row%w.taps
		if w.direct {
			return channel * plane
		}
		w.offset(tap, offset)
		within := offset[rank-1] + w.win.Before[rank-1]
		stride := w.win.Strides[rank-1]
		at := 0
		if rank > 1 {
			if at = outer.position(line, offset[:rank-1], 1); at < 0 {
				return -1
			}
		}
		return channel*plane + at*size + within%stride*w.columns + within/stride
	})
	return t
}

// product multiplies an image at a time: the first sets the sums, the others add to them.
func (w *weightGradient) product(q *Request, k *Bound) {
	groups, rows := w.win.Group, w.each*w.taps
	packed := simd.PackedLen(w.outLines, w.outWidth, w.of)
	gradients := cacheLine(w.image * w.images)
	sums := cacheLine(gradients + packed*groups*w.images)
	k.Shared = sums + rows*w.outs
	w.copies(k)
	strips := simd.Strips(w.of)
	k.Phases = append(k.Phases, Phase{Pieces: w.images * groups, Cost: packed / 4, Do: func(c *Call, _ []float32, lo, hi int) {
		for i := lo; i < hi; i++ {
			from := c.In[1][i/groups*w.area*w.outs+i%groups*w.of:]
			simd.PackStrips(c.Shared[gradients+i*packed:][:packed], from, w.outLines, w.outWidth, w.of, w.outWidth*w.outs, w.outs, 1)
		}
	}})
	table, zero, tile := w.table(), make([]float32, w.outWidth), simd.TileRows()
	step := ceilDiv(rows, tile) * tile
	if whole := groups * strips; q.Threads > 1 && whole < 4*q.Threads {
		step = ceilDiv(ceilDiv(rows, ceilDiv(4*q.Threads, whole)), tile) * tile
	}
	parts := ceilDiv(rows, step)
	none := NoActivation
	k.Phases = append(k.Phases, Phase{Pieces: groups * strips * parts, Cost: w.images * w.area * min(step, rows) * min(w.of, simd.Strip()) / 8,
		Do: func(c *Call, _ []float32, lo, hi int) {
			for i := lo; i < hi; i++ {
				g, s, part := i/parts/strips, i/parts%strips, i%parts*step
				first, width, columns := simd.StripAt(s, w.of)
				for image := range w.images {
					m := simd.Product{X: c.Shared[image*w.image+g*w.each*w.lineSize()*w.lines:], Table: table, Zero: zero, K: w.outWidth,
						W: c.Shared[gradients+(image*groups+g)*packed+w.outLines*w.outWidth*first:], Width: width, Columns: columns,
						Y: c.Shared[sums+g*rows*w.of+first:], LdY: w.of, Lo: none.Lo, Hi: none.Hi,
						First: part, Rows: min(step, rows-part), Accumulate: image > 0}
					m.Run()
				}
			}
		}})
	k.Phases = append(k.Phases, Phase{Pieces: groups, Cost: rows * w.of, Do: func(c *Call, _ []float32, lo, hi int) {
		for g := lo; g < hi; g++ {
			simd.Transpose(c.Out[0][g*w.of*rows:], c.Shared[sums+g*rows*w.of:], rows, w.of, w.of, rows)
		}
	}})
}

// copies copies all images. A piece is a line of one.
func (w *weightGradient) copies(k *Bound) {
	if !w.direct {
		const part = 1 << 14
		size := w.image * w.images
		k.Phases = append(k.Phases, Phase{Pieces: ceilDiv(size, part), Cost: part / 8, Do: func(c *Call, _ []float32, lo, hi int) {
			clear(c.Shared[lo*part : min(size, hi*part)])
		}})
	}
	stride, before := last(w.win.Strides), last(w.win.Before)
	if w.direct {
		stride, before = 1, 0
	}
	size, plane, plain := w.lineSize(), w.lineSize()*w.lines, w.x.Order == nil
	k.Phases = append(k.Phases, Phase{Pieces: w.images * w.lines, Cost: w.width * w.channels / 2, Do: func(c *Call, _ []float32, lo, hi int) {
		for i := lo; i < hi; i++ {
			image, line := i/w.lines, i%w.lines
			x, to := c.In[0][image*w.plane*w.channels:], c.Shared[image*w.image+line*size:]
			for first := range min(stride, w.width) { // columns of one remainder
				count := ceilDiv(w.width-first, stride)
				at := (first+before)%stride*w.columns + (first+before)/stride
				if count = min(count, w.columns-(first+before)/stride); count <= 0 {
					continue
				}
				if !plain {
					simd.Transpose(to[at:], x[(line*w.width+first)*w.channels:], count, w.channels, stride*w.channels, plane)
					continue
				}
				for ch := range w.channels {
					y, from := to[ch*plane+at:][:count], x[ch*w.plane+line*w.width+first:]
					for j := range y {
						y[j] = from[j*stride]
					}
				}
			}
		}
	}})
}

// depthwise sums over each image by itself, as a depthwise convolution whose taps are positions, and then over images, in
// float64.
func (w *weightGradient) depthwise(k *Bound) {
	table := &simd.Table{}
	offset := make([]int, len(w.in))
	table.Fill(w.taps, w.area, simd.DepthwiseRows(), func(tap, position int) int {
		w.offset(tap, offset)
		return w.position(position, offset, w.channels)
	})
	zero := make([]float32, w.channels)
	k.Own = simd.DepthwiseLen(w.area, w.channels)
	sums := w.taps * w.channels
	k.Shared = sums * w.images
	none := NoActivation
	k.Phases = []Phase{{Pieces: w.images, Cost: w.area * w.channels * w.taps / 4, Do: func(c *Call, own []float32, lo, hi int) {
		for i := lo; i < hi; i++ {
			simd.PackDepthwise(own, c.In[1][i*w.area*w.channels:], w.area, w.channels, w.channels, 1)
			d := simd.Depthwise{X: c.In[0][i*w.plane*w.channels:], Table: table, Zero: zero, Channels: w.channels, W: own,
				Y: c.Shared[i*sums:], LdY: w.channels, Lo: none.Lo, Hi: none.Hi, Rows: w.taps}
			d.Run()
		}
	}}, {Pieces: w.channels, Cost: w.taps * w.images, Do: func(c *Call, _ []float32, lo, hi int) {
		for ch := lo; ch < hi; ch++ {
			for tap := range w.taps {
				total := 0.0
				for i := range w.images {
					total += float64(c.Shared[i*sums+tap*w.channels+ch])
				}
				c.Out[0][ch*w.taps+tap] = float32(total)
			}
		}
	}}}
}
