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
	weights        *graph.Tensor // nil if they are computed
	epilogue       Epilogue
	classes        []class // by the remainder along the last axis, within those along the others
	lines          []outputLine
}

// class is the output positions with one set of remainders.
type class struct {
	taps []int // of the window, in row-major order
	w    []float32
	size int // of w, for each group
	at   int // of weights that are computed, where they are in the call's shared memory once they are packed
}

// weights returns the packed weights.
func (k *class) weights(c *Call) []float32 {
	if k.w != nil {
		return k.w
	}
	return c.Shared[k.at:]
}

// outputLine is the output positions of one class along the last axis.
type outputLine struct {
	class, first, count int // the first of the line, in positions of the output
	row                 int // of the table, that the line begins with
	table               *simd.Table
}

// bindConvTranspose binds nodes. Weights that are computed are packed in each run.
func bindConvTranspose(q *Request) (*Bound, error) {
	x, w, bias := q.in(0), q.in(1), q.in(2)
	if !floating(x, w) || bias.DType != graph.Undefined && !floating(bias) {
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
		if t.epilogue.Bias = bias.Const; bias.Const == nil {
			t.epilogue.BiasIn = 2
		}
	}
	depthwise := t.each == 1 && t.of == 1
	t.classify(q, depthwise)
	k := &Bound{Name: "transposedconvolution", Out: []Array{q.Out[0].In(ChannelsLast(x.Rank()))}, In: q.orders()}
	k.In[0] = ChannelsLast(x.Rank())
	if t.weights == nil {
		t.packAtRun(k, depthwise)
	}
	if depthwise {
		k.Phases = append(k.Phases, t.depthwisePhases()...)
	} else {
		k.Phases = append(k.Phases, t.productPhases()...)
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
		if k.size = t.packedSize(k.taps, depthwise); len(k.taps) > 0 && t.weights != nil {
			k.w = t.pack(q, c, k.taps, depthwise)
		}
		t.classes = append(t.classes, k)
	}
	if volume(s) == 1 { // every line of the output reads under the same taps
		t.wholeImages(tile)
		return
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

// wholeImages makes lines of many positions, for strides of 1. They share a table.
func (t *transposedConvolution) wholeImages(tile int) {
	taps := t.classes[0].taps
	table, position := &simd.Table{}, make([]int, len(t.in))
	table.Fill(t.area, len(taps), tile, func(row, tap int) int {
		for d := len(t.in) - 1; d >= 0; d-- {
			position[d], row = row%t.win.Out[d], row/t.win.Out[d]
		}
		return t.source(position, taps[tap])
	})
	step := ceilDiv(max(8*tile, (1<<15)/max(1, t.each)), tile) * tile
	for row := 0; row < t.area; row += step {
		t.lines = append(t.lines, outputLine{row: row, count: min(step, t.area-row), table: table})
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

// packedSize returns the size of one group's weights under those taps.
func (t *transposedConvolution) packedSize(taps []int, depthwise bool) int {
	if depthwise {
		return simd.DepthwiseLen(len(taps), t.channels)
	}
	return simd.PackedLen(len(taps), t.each, t.of)
}

// groups returns how many parts the packed weights have.
func (t *transposedConvolution) groups(depthwise bool) int {
	if depthwise {
		return 1
	}
	return t.win.Group
}

// pack packs the weights of a class, one group after the other.
func (t *transposedConvolution) pack(q *Request, c int, taps []int, depthwise bool) []float32 {
	form := packedTransposed{c, t.win.Group, fmt.Sprint(t.win.Strides, t.win.Dilations, t.win.Before)}
	return q.Weights.of(t.weights, form, func() []float32 {
		all := Aligned(t.packedSize(taps, depthwise) * t.groups(depthwise))
		t.packInto(all, graph.Data[float32](t.weights), make([]float32, len(taps)*t.channels*t.of), taps, depthwise)
		return all
	})
}

// packInto packs the weights under those taps. Own is scratch memory for as many numbers.
func (t *transposedConvolution) packInto(all, w, own []float32, taps []int, depthwise bool) {
	window := volume(t.win.Kernel)
	if window == 1 {
		own = w
	} else {
		for i, tap := range taps { // [tap][channel][output of the group]
			to := own[i*t.channels*t.of:][:t.channels*t.of]
			for cm := range to {
				to[cm] = w[cm*window+tap]
			}
		}
	}
	if depthwise {
		simd.PackDepthwise(all, own, len(taps), t.channels, t.channels, 1)
		return
	}
	size := t.packedSize(taps, depthwise)
	for g := range t.win.Group {
		simd.PackStrips(all[g*size:][:size], own[g*t.each*t.of:], len(taps), t.each, t.of, t.channels*t.of, t.of, 1)
	}
}

// packAtRun makes a piece of each class.
func (t *transposedConvolution) packAtRun(k *Bound, depthwise bool) {
	scratch := make([]int, len(t.classes))
	for i := range t.classes {
		c := &t.classes[i]
		scratch[i] = k.Shared
		c.at = cacheLine(k.Shared + len(c.taps)*t.channels*t.of)
		k.Shared = cacheLine(c.at + c.size*t.groups(depthwise))
	}
	k.Phases = append(k.Phases, Phase{Pieces: len(t.classes), Cost: t.channels * t.of, Do: func(c *Call, _ []float32, lo, hi int) {
		for i := lo; i < hi; i++ {
			if s := &t.classes[i]; len(s.taps) > 0 {
				all := c.Shared[s.at:][:s.size*t.groups(depthwise)]
				t.packInto(all, c.In[1], c.Shared[scratch[i]:][:len(s.taps)*t.channels*t.of], s.taps, depthwise)
			}
		}
	}})
}

// lastStride returns the distance between the positions of a line in the output.
func (t *transposedConvolution) lastStride() int { return t.win.Strides[len(t.in)-1] }

// productPhases makes a piece of each line of a group.
func (t *transposedConvolution) productPhases() []Phase {
	lo32, hi32 := t.epilogue.Activation.clamp()
	zero := make([]float32, t.each)
	groups := t.win.Group
	ldy := t.lastStride() * t.outs
	work := t.images * t.plane * volume(t.win.Kernel) * t.channels * t.of / 8
	pieces := t.images * len(t.lines) * groups
	return []Phase{{Pieces: pieces, Cost: ceilDiv(work, pieces), Do: func(c *Call, _ []float32, from, to int) {
		bias := t.epilogue.bias(c)
		for i := from; i < to; i++ {
			g, rest := i%groups, i/groups
			l, image := t.lines[rest%len(t.lines)], rest/len(t.lines)
			k := &t.classes[l.class]
			y := c.Out[0][(image*t.area+l.first)*t.outs+g*t.of:]
			x := c.In[0][image*t.plane*t.channels+g*t.each:]
			w := k.weights(c)
			for s := 0; l.table != nil && s < simd.Strips(t.of); s++ {
				first, width, columns := simd.StripAt(s, t.of)
				m := simd.Product{X: x, Table: l.table, Zero: zero, K: t.each, LdX: t.channels,
					W: w[g*k.size+len(k.taps)*t.each*first:], Width: width, Columns: columns,
					Y: y[first:], LdY: ldy, Lo: lo32, Hi: hi32, First: l.row, Rows: l.count}
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
	work := t.images * t.plane * volume(t.win.Kernel) * t.channels / 4
	pieces := t.images * len(t.lines)
	return []Phase{{Pieces: pieces, Cost: ceilDiv(work, pieces), Do: func(c *Call, _ []float32, from, to int) {
		bias := t.epilogue.bias(c)
		for i := from; i < to; i++ {
			l, image := t.lines[i%len(t.lines)], i/len(t.lines)
			y := c.Out[0][(image*t.area+l.first)*t.outs:]
			if l.table != nil {
				d := simd.Depthwise{X: c.In[0][image*t.plane*t.channels:], Table: l.table, Zero: zero, Channels: t.channels,
					W: t.classes[l.class].weights(c), Y: y, LdY: t.lastStride() * t.outs, Bias: bias, Lo: lo32, Hi: hi32, First: l.row, Rows: l.count}
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
		row := y[(l.row+i)*t.lastStride()*t.outs:][:n]
		if l.table == nil {
			clear(row)
			if bias != nil {
				copy(row, bias[channel:])
			}
		}
		act.apply(row)
	}
}
