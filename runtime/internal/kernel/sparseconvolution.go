package kernel

import (
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/runtime/internal/kernel/simd"
)

func init() {
	sparseBinders["Conv"] = sparseBinder{
		matrix: func(q *Request) (weightMatrix, error) {
			c, _, err := newConvolution(q)
			if err != nil || q.Epilogue.Activation.ByColumn || c.isDepthwise() || len(c.in) > 2 {
				return weightMatrix{}, ErrUnfit
			}
			return c.matrix(), nil
		},
		bind: bindSparseConv,
	}
}

// matrix returns the weights, with a row for each output channel.
func (c *convolution) matrix() weightMatrix {
	return weightMatrix{tensor: c.weights, rows: c.outs, columns: c.each * c.taps}
}

// bindSparseConv binds convolutions of one or two spatial axes. Channels lie one after the other:
// each weight multiplies a run of pixels. If a window has several positions, or moves by more than
// one, pixels are read from a padded copy.
func bindSparseConv(q *Request, block int) (*Bound, error) {
	c, e, err := newConvolution(q)
	if err != nil || e.Activation.ByColumn || c.isDepthwise() || len(c.in) > 2 || c.images == 0 {
		return nil, ErrUnfit
	}
	if c.of%block != 0 && c.win.Group > 1 { // blocks must lie in one group of channels
		return nil, ErrUnfit
	}
	last := ChannelsLast(c.x.Rank())
	fromLast := !c.x.Plain() && SameOrder(c.x.Dims, c.x.Order, last)
	toLast := q.Want != nil && SameOrder(c.y.Dims, q.Want, last)
	if toLast {
		c.y.Order = last
	}
	k := c.bound(q, e, "sparse convolution")
	if fromLast && toLast && c.direct() && c.win.Group == 1 {
		k.In[0] = last
		c.sparseRows(e).bind(q, k, block)
		return k, nil
	}
	s := &sparseConvolution{convolution: c, epilogue: e}
	if c.direct() && c.x.Plain() {
		s.planes = planes{pitch: c.area, lines: 1, width: c.area, plane: c.plane}
	} else {
		if s.planes = newPlanes(c); s.planes.size > math.MaxInt32 {
			return nil, ErrUnfit
		}
		if fromLast {
			k.In[0] = last
		}
		k.Shared = s.planes.size * c.images
		k.Phases = append(k.Phases, s.copying(fromLast))
	}
	rows := 0
	if toLast {
		rows = runRows
	}
	form := sparseForm{block: block, where: fmt.Sprint(s.planes, c.in, c.win)}
	s.stretches = stretchesOf(formed(q.Weights, c.weights, form, func() ([]*entries, int64) {
		all := s.entries(block)
		return all, sparseBytes(all)
	}), rows)
	if toLast {
		k.Phases = append(k.Phases, s.turning(k))
	} else {
		k.Phases = append(k.Phases, s.phase(q.Threads))
	}
	return k, nil
}

// sparseForm is the form of compressed weights.
type sparseForm struct {
	block int
	where string // what the offsets depend on
}

// sparseConvolution is a convolution with only the nonzero weights.
type sparseConvolution struct {
	*convolution
	planes    planes
	epilogue  Epilogue
	stretches []stretch
}

// entries returns the weights of all groups of channels, with offsets into an image's planes.
func (s *sparseConvolution) entries(block int) []*entries {
	var all []*entries
	for g := range s.win.Group {
		w := s.matrix()
		w.rows, w.from = s.of, g*s.of*w.columns
		of := w.entries(block, func(column int) int { return s.planes.offset(g*s.each+column/s.taps, column%s.taps) })
		for _, e := range of {
			e.first += g * s.of
		}
		all = append(all, of...)
	}
	return all
}

// sparseRows returns a convolution whose pixels are rows that can be multiplied by themselves.
func (c *convolution) sparseRows(e Epilogue) *sparseRows {
	return &sparseRows{rows: c.images * c.area, k: c.channels, n: c.outs, alpha: 1, epilogue: e, weights: c.matrix()}
}

// turning is phase for a result in channels-last order. A few lines, or a part of the only line,
// are computed channel by channel and then transposed. A piece is an image and a number of lines.
func (s *sparseConvolution) turning(k *Bound) Phase {
	p := &s.planes
	tile := simd.SparseTile(s.stretches[0].block)
	unit, each, pitch := p.lines, p.width, p.pitch // lines, the results of one, and the distance to the next
	if p.lines == 1 {
		unit, each, pitch = p.width, 1, 1
	}
	step := min(unit, ceilDiv(tile, pitch))
	parts := ceilDiv(unit, step)
	k.Own = max(k.Own, runRows*step*each)
	e, after := s.epilogue.apart()
	cost := 0
	for _, r := range s.stretches {
		cost += r.cost()
	}
	xImage, yImage, direct := p.plane*s.channels, s.area*s.outs, p.size == 0
	return Phase{Pieces: s.images * parts, Cost: (cost + s.outs) * step * pitch, Do: func(c *Call, own []float32, lo, hi int) {
		for i := lo; i < hi; i++ {
			image, first := i/parts, i%parts*step
			n := min(step, unit-first)
			var x []float32
			if direct {
				x = c.In[0][image*xImage:][:xImage]
			} else {
				x = c.Shared[image*p.size:][:p.size]
			}
			outs := n * each
			at := image*yImage + first*each*s.outs
			y := c.Out[0][at:][:outs*s.outs]
			for _, r := range s.stretches {
				row, rows := r.rows()
				m := r.product(&e, x[first*pitch:])
				m.Y, m.LdY, m.Width, m.Pitch, m.Lines = own, outs, p.width, p.pitch, n
				if p.lines == 1 {
					m.Width, m.Pitch, m.Lines = n, n, 1
				}
				m.Count = (m.Lines-1)*m.Pitch + m.Width
				m.Run()
				simd.Transpose(y[row:], own, rows, outs, outs, s.outs)
			}
			if r := s.epilogue.Residual; r > 0 {
				simd.Add(y, y, c.In[r][at:])
			}
			after.apply(y)
		}
	}}
}

// phase divides the convolution. A piece is an image, a stretch of output channels and a range of
// positions.
func (s *sparseConvolution) phase(threads int) Phase {
	positions := s.planes.positions()
	tile := simd.SparseTile(s.stretches[0].block)
	for _, r := range s.stretches { // leftover rows have tiles of their own
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
