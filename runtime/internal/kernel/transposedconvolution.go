package kernel

import (
	"fmt"
	"math"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/runtime/internal/kernel/simd"
)

func init() { bind(bindConvTranspose, "ConvTranspose") }

// transposedConvolution is a ConvTranspose with known extents, of images in channels-last order.
// Output positions that leave the same remainders when divided by the strides read under the same
// taps of the window. Each such class is an ordinary convolution, with no zeros inserted between
// the input's positions: Shi et al., Is the deconvolution layer the same as a convolutional layer?,
// 2016.
type transposedConvolution struct {
	win            op.ConvWindow
	in             []int
	images         int
	channels, outs int
	each, of       int // channels in a group of input and output
	plane, area    int
	weights        *graph.Tensor
	epilogue       Epilogue
	classes        []class // by the remainder along the last axis, within those along the others
	lines          []outputLine
}

// class is the output positions with one set of remainders.
type class struct {
	taps []int // of the window, in row-major order
	w    []float32
	size int // of w, for each group
}

// outputLine is the output positions of one class along the last axis.
type outputLine struct {
	class, first, count int // the first of the line, in positions of the output
	table               *simd.Table
}

// bindConvTranspose binds nodes with constant weights.
func bindConvTranspose(q *Request) (*Bound, error) {
	x, w, bias := q.in(0), q.in(1), q.in(2)
	if !floating(x, w) || w.Const == nil || bias.DType != graph.Undefined && (bias.Const == nil || !floating(bias)) {
		return nil, ErrUnfit
	}
	if x.Rank() < 3 || x.Rank() != w.Rank() || x.Len() == 0 || x.Len() > math.MaxInt32 || q.Out[0].Len() == 0 || w.Len() == 0 || x.Dims[1] != w.Dims[0] {
		return nil, ErrUnfit
	}
	win, err := op.DecodeConvTranspose(q.Node, x.Dims[2:], w.Dims[2:])
	if err != nil || win.Group < 1 || x.Dims[1]%win.Group != 0 || !slices.Equal(win.Out, q.Out[0].Dims[2:]) {
		return nil, ErrUnfit
	}
	t := &transposedConvolution{win: win, in: x.Dims[2:], images: x.Dims[0], channels: x.Dims[1], outs: w.Dims[1] * win.Group,
		each: x.Dims[1] / win.Group, of: w.Dims[1], plane: volume(x.Dims[2:]), area: volume(win.Out), weights: w.Const, epilogue: q.Epilogue}
	if bias.DType != graph.Undefined {
		if bias.Len() != t.outs {
			return nil, ErrUnfit
		}
		t.epilogue.Bias = bias.Const
	}
	depthwise := t.each == 1 && t.of == 1
	t.classify(q, depthwise)
	k := &Bound{Name: "transposedconvolution", Out: []Array{q.Out[0].In(ChannelsLast(x.Rank()))}, In: q.orders()}
	k.In[0] = ChannelsLast(x.Rank())
	if depthwise {
		k.Phases = t.depthwisePhases()
	} else {
		k.Phases = t.productPhases()
	}
	return k, nil
}

// classify finds the classes, packs their weights, and determines where each line of each class
// reads.
func (t *transposedConvolution) classify(q *Request, depthwise bool) {
	rank := len(t.in)
	s := t.win.Strides
	tile := simd.TileRows()
	if depthwise {
		tile = simd.DepthwiseRows()
	}
	remainder := make([]int, rank)
	for c := range volume(s) {
		for d, rest := rank-1, c; d >= 0; d-- {
			remainder[d], rest = rest%s[d], rest/s[d]
		}
		k := class{taps: t.tapsOf(remainder)}
		if len(k.taps) > 0 {
			k.w, k.size = t.pack(q, c, k.taps, depthwise)
		}
		t.classes = append(t.classes, k)
	}
	outer := t.win.Out[:rank-1]
	width := t.win.Out[rank-1]
	position := make([]int, rank)
	for row := range volume(outer) {
		c := 0
		for d, rest := rank-2, row; d >= 0; d-- {
			position[d], rest = rest%outer[d], rest/outer[d]
		}
		for d := range rank - 1 {
			c = c*s[d] + position[d]%s[d]
		}
		for r := range min(s[rank-1], width) {
			l := outputLine{class: c*s[rank-1] + r, first: row*width + r, count: ceilDiv(width-r, s[rank-1])}
			if taps := t.classes[l.class].taps; len(taps) > 0 {
				l.table = &simd.Table{}
				l.table.Fill(l.count, len(taps), tile, func(i, tap int) int {
					position[rank-1] = r + i*s[rank-1]
					return t.source(position, taps[tap])
				})
			}
			t.lines = append(t.lines, l)
		}
	}
}

// tapsOf lists the taps under which positions with those remainders read.
func (t *transposedConvolution) tapsOf(remainder []int) (taps []int) {
next:
	for tap := range volume(t.win.Kernel) {
		for d, rest := len(t.in)-1, tap; d >= 0; d-- {
			k := rest % t.win.Kernel[d]
			rest /= t.win.Kernel[d]
			if (remainder[d]+t.win.Before[d]-k*t.win.Dilations[d])%t.win.Strides[d] != 0 {
				continue next
			}
		}
		taps = append(taps, tap)
	}
	return taps
}

// source returns where in an image an output position reads under a tap, or -1 if there is nothing.
func (t *transposedConvolution) source(position []int, tap int) int {
	at, step := 0, t.channels
	for d := len(t.in) - 1; d >= 0; d-- {
		k := tap % t.win.Kernel[d]
		tap /= t.win.Kernel[d]
		p := position[d] + t.win.Before[d] - k*t.win.Dilations[d]
		if p < 0 || p/t.win.Strides[d] >= t.in[d] {
			return -1
		}
		at += p / t.win.Strides[d] * step
		step *= t.in[d]
	}
	return at
}

// packedTransposed is the form of the packed weights of one class.
type packedTransposed struct {
	class, groups int
	window        string // strides, dilations and padding, on which the class's taps depend
}

// pack packs the weights of a class, one group after the other. Size is that of one group.
func (t *transposedConvolution) pack(q *Request, c int, taps []int, depthwise bool) (all []float32, size int) {
	size = simd.PackedLen(len(taps), t.each, t.of)
	if depthwise {
		size = simd.DepthwiseLen(len(taps), t.channels)
	}
	form := packedTransposed{c, t.win.Group, fmt.Sprint(t.win.Strides, t.win.Dilations, t.win.Before)}
	return q.Weights.of(t.weights, form, func() []float32 {
		w, window := graph.Data[float32](t.weights), volume(t.win.Kernel)
		own := make([]float32, len(taps)*t.channels*t.of) // [tap][channel][output of the group]
		for i, tap := range taps {
			for cm := range t.channels * t.of {
				own[i*t.channels*t.of+cm] = w[cm*window+tap]
			}
		}
		if depthwise {
			all := Aligned(size)
			simd.PackDepthwise(all, own, len(taps), t.channels, t.channels, 1)
			return all
		}
		all := Aligned(size * t.win.Group)
		for g := range t.win.Group {
			simd.PackStrips(all[g*size:][:size], own[g*t.each*t.of:], len(taps), t.each, t.of, t.channels*t.of, t.of, 1)
		}
		return all
	}), size
}

// lastStride returns the distance between the positions of a line in the output.
func (t *transposedConvolution) lastStride() int { return t.win.Strides[len(t.in)-1] }

// productPhases makes a piece of each line of a group.
func (t *transposedConvolution) productPhases() []Phase {
	lo32, hi32 := t.epilogue.Activation.clamp()
	zero := make([]float32, t.each)
	bias := t.bias()
	groups := t.win.Group
	ldy := t.lastStride() * t.outs
	work := t.images * t.plane * volume(t.win.Kernel) * t.channels * t.of / 8
	pieces := t.images * len(t.lines) * groups
	return []Phase{{Pieces: pieces, Cost: ceilDiv(work, pieces), Do: func(c *Call, _ []float32, from, to int) {
		for i := from; i < to; i++ {
			g, rest := i%groups, i/groups
			l, image := t.lines[rest%len(t.lines)], rest/len(t.lines)
			k := &t.classes[l.class]
			y := c.Out[0][(image*t.area+l.first)*t.outs+g*t.of:]
			x := c.In[0][image*t.plane*t.channels+g*t.each:]
			for s := 0; l.table != nil && s < simd.Strips(t.of); s++ {
				first, width, columns := simd.StripAt(s, t.of)
				m := simd.Product{X: x, Table: l.table, Zero: zero, K: t.each, LdX: t.channels,
					W: k.w[g*k.size+len(k.taps)*t.each*first:], Width: width, Columns: columns,
					Y: y[first:], LdY: ldy, Lo: lo32, Hi: hi32, Rows: l.count}
				if bias != nil {
					m.Bias = bias[g*t.of+first:][:columns]
				}
				m.Run()
			}
			t.finish(y, bias, g*t.of, t.of, l)
		}
	}}}
}

// depthwisePhases makes a piece of each line, with all channels.
func (t *transposedConvolution) depthwisePhases() []Phase {
	lo32, hi32 := t.epilogue.Activation.clamp()
	zero := make([]float32, t.channels)
	bias := t.bias()
	work := t.images * t.plane * volume(t.win.Kernel) * t.channels / 4
	pieces := t.images * len(t.lines)
	return []Phase{{Pieces: pieces, Cost: ceilDiv(work, pieces), Do: func(c *Call, _ []float32, from, to int) {
		for i := from; i < to; i++ {
			l, image := t.lines[i%len(t.lines)], i/len(t.lines)
			y := c.Out[0][(image*t.area+l.first)*t.outs:]
			if l.table != nil {
				d := simd.Depthwise{X: c.In[0][image*t.plane*t.channels:], Table: l.table, Zero: zero, Channels: t.channels,
					W: t.classes[l.class].w, Y: y, LdY: t.lastStride() * t.outs, Bias: bias, Lo: lo32, Hi: hi32, Rows: l.count}
				d.Run()
			}
			t.finish(y, bias, 0, t.outs, l)
		}
	}}}
}

// finish writes the positions under no tap, and applies any activation other than a clamp.
func (t *transposedConvolution) finish(y, bias []float32, channel, n int, l outputLine) {
	act := t.epilogue.Activation
	if l.table != nil && act.F == nil {
		return
	}
	for i := range l.count {
		row := y[i*t.lastStride()*t.outs:][:n]
		if l.table == nil {
			clear(row)
			if bias != nil {
				copy(row, bias[channel:])
			}
		}
		act.apply(row)
	}
}

func (t *transposedConvolution) bias() []float32 {
	if t.epilogue.Bias == nil {
		return nil
	}
	return graph.Data[float32](t.epilogue.Bias)
}
