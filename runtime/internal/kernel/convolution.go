package kernel

import (
	"math"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/runtime/internal/kernel/simd"
)

func init() { bind(bindConv, "Conv") }

// FewChannels is the number of channels of a group below which the last axis of the window and the
// channels are read as one. A padded copy of the image then costs less than many short sums.
const FewChannels = 8

// convolution is a Conv with known extents, of images in channels-last order.
type convolution struct {
	geometry
	x, y     Array
	images   int
	channels int // of the input
	each     int // of a group of the input
	outs     int // channels of the output
	of       int // channels of a group of the output
	weights  *graph.Tensor
}

// newConvolution decodes a convolution with constant weights, and its epilogue including its own
// bias. It returns ErrUnfit for any other convolution.
func newConvolution(q *Request) (*convolution, Epilogue, error) {
	if w, bias := q.in(1), q.in(2); w.Const == nil || bias.DType != graph.Undefined && bias.Const == nil {
		return nil, q.Epilogue, ErrUnfit
	}
	return decodeConvolution(q)
}

// decodeConvolution is newConvolution for weights that may be computed: c.weights is nil then.
func decodeConvolution(q *Request) (*convolution, Epilogue, error) {
	x, w, bias := q.in(0), q.in(1), q.in(2)
	e := q.Epilogue
	if !floating(x, w) || bias.DType != graph.Undefined && !floating(bias) {
		return nil, e, ErrUnfit
	}
	if x.Rank() < 3 || x.Rank() != w.Rank() || volume(x.Dims[1:]) == 0 {
		return nil, e, ErrUnfit
	}
	win, err := op.DecodeConv(q.Node, x.Dims[2:], w.Dims[2:])
	if err != nil || win.Group < 1 {
		return nil, e, ErrUnfit
	}
	c := &convolution{geometry: newGeometry(win, x.Dims[2:]), x: x, weights: w.Const,
		images: x.Dims[0], channels: x.Dims[1], each: w.Dims[1], outs: w.Dims[0], of: w.Dims[0] / win.Group}
	if c.plane*c.channels > math.MaxInt32 { // offsets in an image have 32 bits
		return nil, e, ErrUnfit
	}
	if c.channels != c.each*win.Group || c.outs%win.Group != 0 || w.Len() == 0 || c.area == 0 {
		return nil, e, ErrUnfit
	}
	if bias.DType != graph.Undefined {
		if e.Bias != nil || bias.Len() != c.outs {
			return nil, e, ErrUnfit
		}
		if e.Bias = bias.Const; e.Bias == nil {
			e.BiasIn = 2
		}
	}
	c.y = Float32(append([]int{c.images, c.outs}, win.Out...)...)
	return c, e, nil
}

// bound returns the kernel without phases, which writes y and reads the residual in the order of y.
func (c *convolution) bound(q *Request, e Epilogue, name string) *Bound {
	k := &Bound{Name: name, Out: []Array{c.y}, In: q.orders()}
	if c.images == 0 {
		return k
	}
	for i := 1; i < 3; i++ {
		if q.in(i).Const != nil {
			k.Unread = append(k.Unread, i)
		}
	}
	if e.Residual > 0 {
		k.In[e.Residual] = c.y.Order
	}
	return k
}

// isDepthwise reports whether each output channel reads one input channel that no other one reads.
func (c *convolution) isDepthwise() bool { return c.each == 1 && c.win.Group > 1 && c.of == 1 }

// bindConv binds convolutions. Weights that are computed are packed in each run.
func bindConv(q *Request) (*Bound, error) {
	c, e, err := decodeConvolution(q)
	if err != nil {
		return nil, err
	}
	c.y.Order = ChannelsLast(c.x.Rank())
	k := c.bound(q, e, "convolution")
	if c.images == 0 {
		return k, nil
	}
	k.In[0] = ChannelsLast(c.x.Rank())
	switch {
	case c.isDepthwise():
		return k, c.depthwise(q, k, e)
	case c.each < FewChannels && c.win.Group == 1 && last(c.win.Kernel) > 1 && last(c.win.Dilations) == 1:
		if !c.fewChannels(q, k, e) {
			return nil, ErrUnfit
		}
	case c.direct():
		p := c.product(q, k, e)
		p.rows = c.images * c.area
		k.Phases = append(k.Phases, p.phases(q.Threads)...)
	default:
		p := c.product(q, k, e)
		p.images, p.xImage, p.yImage = c.images, c.plane*c.channels, c.area*c.outs
		p.rows, p.table = c.area, c.table(simd.TileRows(), c.channels, c.in, c.win.Before)
		k.Phases = append(k.Phases, p.phases(q.Threads)...)
	}
	return k, nil
}

func last(v []int) int { return v[len(v)-1] }

// direct reports whether output position i reads only input position i.
func (c *convolution) direct() bool {
	for d := range c.in {
		if c.win.Kernel[d] != 1 || c.win.Strides[d] != 1 || c.win.Before[d] != 0 || c.win.After[d] != 0 {
			return false
		}
	}
	return true
}

// table returns where each output position reads under each tap, in an image of the given spatial
// extents with pixel floats for each pixel.
func (c *convolution) table(tile, pixel int, in, before []int) *simd.Table {
	g := geometry{win: c.win, in: in}
	g.win.Before = before
	offset := make([]int, len(in))
	t := &simd.Table{}
	t.Fill(c.area, c.taps, tile, func(row, tap int) int {
		g.offset(tap, offset)
		return g.position(row, offset, pixel)
	})
	return t
}

// product returns the convolution as products of the pixels under each tap.
func (c *convolution) product(q *Request, k *Bound, e Epilogue) *product {
	p := &product{
		k: c.each, n: c.of, groups: c.win.Group, taps: c.taps,
		ldx: c.channels, ldy: c.outs, epilogue: e,
	}
	if c.weights == nil {
		p.packs(k, 1, c.of*c.each*c.taps, 1, c.taps, c.each*c.taps)
		return p
	}
	p.w = q.Weights.of(c.weights, packedConv{c.win.Group, false}, func() []float32 {
		size := simd.PackedLen(c.taps, c.each, c.of)
		all := Aligned(size * c.win.Group)
		for g := range c.win.Group {
			packRows(all[g*size:][:size], c.weights, g*c.of*c.each*c.taps, c.taps, c.each, c.of)
		}
		return all
	})
	return p
}

// packedConv is the form of a convolution's packed weights.
type packedConv struct {
	groups int
	merged bool // the last axis of the window and the channels are read as one
}

// fewChannels makes a padded copy of the image in which the pixels under one row of the window are
// contiguous and can be read as one.
func (c *convolution) fewChannels(q *Request, k *Bound, e Epilogue) bool {
	rank := len(c.in)
	width := last(c.win.Kernel)
	in := make([]int, rank)
	for d := range in { // as far as windows reach
		in[d] = max(c.in[d]+c.win.Before[d], (c.win.Out[d]-1)*c.win.Strides[d]+(c.win.Kernel[d]-1)*c.win.Dilations[d]+1)
	}
	size := volume(in) * c.channels
	if size > math.MaxInt32 {
		return false
	}
	k.Shared = size * c.images
	k.In[0] = c.x.Order // whatever that is
	pad := Array{DType: graph.Float32, Dims: append([]int{c.images, c.channels}, in...), Order: ChannelsLast(rank + 2)}
	step, to := pad.Strides(), 0
	for d := range in {
		to += c.win.Before[d] * step[2+d]
	}
	copying := regionCopy(0, 0, shared, to, c.x.Dims, pad.Order, c.x.Strides(), step).phase()
	const part = 1 << 12
	k.Phases = []Phase{{Pieces: ceilDiv(k.Shared, part), Cost: part / 4, Do: func(call *Call, _ []float32, lo, hi int) {
		clear(call.Shared[lo*part : min(k.Shared, hi*part)])
	}}, copying}
	taps := c.taps / width
	p := &product{
		k: width * c.each, n: c.of, groups: 1, taps: taps, ldx: c.channels, ldy: c.outs, epilogue: e, shared: true,
		images: c.images, xImage: size, yImage: c.area * c.outs, rows: c.area,
	}
	pack := func(all, w, merged []float32) {
		c.mergeWeights(merged, w)
		simd.PackStrips(all, merged, taps, width*c.each, c.of, width*c.each, 1, c.each*c.taps)
	}
	if length, count := simd.PackedLen(taps, width*c.each, c.of), c.outs*c.each*c.taps; c.weights == nil {
		from := cacheLine(k.Shared)
		p.live, p.packed = true, cacheLine(from+count)
		k.Shared = p.packed + length
		k.Phases = append(k.Phases, Phase{Pieces: 1, Cost: count, Do: func(call *Call, _ []float32, _, _ int) {
			pack(call.Shared[p.packed:][:length], call.In[1], call.Shared[from:][:count])
		}})
	} else {
		p.w = q.Weights.of(c.weights, packedConv{1, true}, func() []float32 {
			all := Aligned(length)
			pack(all, graph.Data[float32](c.weights), make([]float32, count))
			return all
		})
	}
	merged := *c
	merged.win.Kernel = append(slices.Clone(c.win.Kernel[:rank-1]), 1)
	merged.taps = taps
	p.table = merged.table(simd.TileRows(), c.channels, in, make([]int, rank))
	k.Phases = append(k.Phases, p.phases(q.Threads)...)
	return true
}

// mergeWeights writes the weights with the channels innermost.
func (c *convolution) mergeWeights(out, w []float32) {
	for n := range c.outs {
		for ch := range c.each {
			for t := range c.taps {
				out[(n*c.taps+t)*c.each+ch] = w[(n*c.each+ch)*c.taps+t]
			}
		}
	}
}

// depthwise applies one window to each channel.
func (c *convolution) depthwise(q *Request, k *Bound, e Epilogue) error {
	var w []float32
	live := c.weights == nil
	if live {
		k.Shared = simd.DepthwiseLen(c.taps, c.channels)
		k.Phases = append(k.Phases, Phase{Pieces: 1, Cost: c.taps * c.channels, Do: func(call *Call, _ []float32, _, _ int) {
			simd.PackDepthwise(call.Shared, call.In[1], c.taps, c.channels, 1, c.taps)
		}})
	} else {
		w = q.Weights.of(c.weights, packedDepthwise{}, func() []float32 {
			all := Aligned(simd.DepthwiseLen(c.taps, c.channels))
			simd.PackDepthwise(all, graph.Data[float32](c.weights), c.taps, c.channels, 1, c.taps)
			return all
		})
	}
	tile := simd.DepthwiseRows()
	table := c.table(tile, c.channels, c.in, c.win.Before)
	zero := make([]float32, c.channels)
	lo32, hi32 := e.Activation.clamp()
	// There are few enough rows that the output is still in the cache when an activation follows,
	// and that the windows' rows can be read again from there.
	step := ceilDiv(max(tile, (1<<14)/c.channels), tile) * tile
	parts := ceilDiv(c.area, step)
	xImage, yImage := c.plane*c.channels, c.area*c.channels
	cost := step * c.taps * c.channels / 4
	k.Phases = append(k.Phases, Phase{Pieces: c.images * parts, Cost: cost, Do: func(call *Call, _ []float32, lo, hi int) {
		w, bias := w, e.bias(call)
		if live {
			w = call.Shared
		}
		for i := lo; i < hi; i++ {
			image, first := i/parts, i%parts*step
			rows := min(step, c.area-first)
			d := simd.Depthwise{X: call.In[0][image*xImage:], Table: table, Zero: zero, Channels: c.channels, W: w,
				Y: call.Out[0][image*yImage:], LdY: c.channels, Bias: bias, Lo: lo32, Hi: hi32, First: first, Rows: rows}
			if e.Residual > 0 {
				d.Residual, d.LdR = call.In[e.Residual][image*yImage:], c.channels
			}
			d.Run()
			if e.Activation.apart() {
				e.Activation.applyRows(d.Y[first*c.channels:], rows, c.channels, c.channels, 0)
			}
		}
	}})
	return nil
}

// packedDepthwise is the form of a depthwise convolution's weights.
type packedDepthwise struct{}
