package kernel

import (
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime/kernel/simd"
	"github.com/pollard-dev/pollard/runtime/sparse"
)

func init() {
	sparseBinders["Conv"] = sparseBinder{
		matrix: func(q *Request) (sparse.Weights, error) {
			c, _, err := newConvolution(q)
			if err != nil || c.isDepthwise() || len(c.in) > 2 {
				return sparse.Weights{}, ErrUnfit
			}
			return c.matrix(), nil
		},
		bind: bindSparseConv,
	}
}

// matrix is the weights, a row an output channel.
func (c *convolution) matrix() sparse.Weights {
	n := c.each * c.taps
	return sparse.Weights{Data: graph.Data[float32](c.weights), Rows: c.outs, Columns: n, RowStride: n, ColumnStride: 1}
}

// bindSparseConv covers convolutions of one or two spatial axes. Channels lie one behind the other: each weight multiplies a run of
// pixels. Where a window has several positions, or is moved by more than one, they are read from a padded copy.
func bindSparseConv(q *Request, block int) (*Bound, error) {
	c, e, err := newConvolution(q)
	if err != nil || c.isDepthwise() || len(c.in) > 2 || c.images == 0 {
		return nil, ErrUnfit
	}
	if c.of%block != 0 && c.win.Group > 1 { // blocks of one group of channels
		return nil, ErrUnfit
	}
	k := c.bound(q, e, "sparse convolution")
	s := &sparseConvolution{convolution: c, epilogue: e}
	if c.direct() && c.x.Plain() {
		s.planes = planes{pitch: c.area, lines: 1, width: c.area, plane: c.plane}
	} else {
		if s.planes = newPlanes(c); s.planes.size > math.MaxInt32 {
			return nil, ErrUnfit
		}
		if last := ChannelsLast(c.x.Rank()); !c.x.Plain() && SameOrder(c.x.Dims, c.x.Order, last) {
			k.In[0] = last
		}
		k.Shared = s.planes.size * c.images
		k.Phases = append(k.Phases, s.copying(k.In[0] != nil))
	}
	form := sparseForm{block: block, where: fmt.Sprint(s.planes, c.in, c.win)}
	s.stretches = stretchesOf(formed(q.Weights, c.weights, form, func() ([]*entries, int64) {
		all := s.entries(block)
		return all, sparseBytes(all)
	}), 0)
	k.Phases = append(k.Phases, s.phase(q.Threads))
	return k, nil
}

// sparseForm is the form of compressed weights.
type sparseForm struct {
	block int
	where string // what decides the offsets
}

// sparseConvolution is a convolution with the weights that are not zero.
type sparseConvolution struct {
	*convolution
	planes    planes
	epilogue  Epilogue
	stretches []stretch
}

// entries are the weights of all groups of channels, with offsets into an image's planes.
func (s *sparseConvolution) entries(block int) []*entries {
	w := s.matrix()
	var all []*entries
	for g := range s.win.Group {
		part := w
		part.Data, part.Rows = w.Data[g*s.of*w.RowStride:], s.of
		of := entriesOf(part, block, func(column int) int { return s.planes.offset(g*s.each+column/s.taps, column%s.taps) })
		for _, e := range of {
			e.first += g * s.of
		}
		all = append(all, of...)
	}
	return all
}

// phase divides the convolution: pieces are an image, a stretch of output channels and a range of positions.
func (s *sparseConvolution) phase(threads int) Phase {
	positions := s.planes.positions()
	tile := simd.SparseTile(s.stretches[0].block)
	for _, r := range s.stretches { // rows left over have tiles of their own
		tile = lcm(tile, simd.SparseTile(r.block))
	}
	parts := 1
	if whole := s.images * len(s.stretches); threads > 1 && whole < 4*threads {
		parts = max(1, min(ceilDiv(4*threads, whole), positions/tile))
	}
	step := ceilDiv(ceilDiv(positions, parts), tile) * tile
	parts = ceilDiv(positions, step)
	cost := 0
	for _, r := range s.stretches {
		cost += r.cost()
	}
	xImage, yImage, direct := s.plane*s.channels, s.area*s.outs, s.planes.size == 0
	return Phase{Pieces: s.images * len(s.stretches) * parts, Cost: ceilDiv(cost, len(s.stretches)) * step, Do: func(c *Call, _ []float32, lo, hi int) {
		for i := lo; i < hi; i++ {
			image, r, part := i/parts/len(s.stretches), s.stretches[i/parts%len(s.stretches)], i%parts
			first, n := r.rows()
			x := c.Shared[image*s.planes.size:]
			if direct {
				x = c.In[0][image*xImage:][:xImage]
			} else {
				x = x[:s.planes.size]
			}
			p := r.product(&s.epilogue, x)
			p.Y, p.LdY = c.Out[0][image*yImage+first*s.area:][:n*s.area], s.area
			if at := s.epilogue.Residual; at > 0 {
				p.Residual, p.LdR = c.In[at][image*yImage+first*s.area:][:n*s.area], s.area
			}
			p.Width, p.Pitch, p.Lines = s.planes.width, s.planes.pitch, s.planes.lines
			p.First, p.Count = part*step, min(step, positions-part*step)
			p.Run()
			if f := s.epilogue.Activation.F; f != nil {
				from, to := s.planes.out(p.First), s.planes.out(p.First+p.Count)
				for row := range n {
					y := p.Y[row*s.area+from : row*s.area+to]
					f(y, y)
				}
			}
		}
	}}
}

func lcm(a, b int) int {
	g, r := a, b
	for r != 0 {
		g, r = r, g%r
	}
	return a / g * b
}
