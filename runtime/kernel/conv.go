package kernel

import (
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

func init() { register(Kernel{Name: "conv", Op: "Conv", Prepare: prepareConv}) }

func prepareConv(n *graph.Node, _ []*graph.Tensor) (Func, error) {
	return func(r *Run, in []*graph.Tensor) ([]*graph.Tensor, error) {
		x, w, bias := in[0], in[1], input(in, 2)
		if !floats(x, w) || (bias != nil && !floats(bias)) || x.Rank() < 3 || x.Rank() != w.Rank() {
			return nil, ErrUnfit
		}
		win, err := op.DecodeConv(n, x.Shape()[2:], w.Shape()[2:])
		if err != nil || win.Group < 1 {
			return nil, ErrUnfit
		}
		channels, outs, each := x.Shape()[1], w.Shape()[0], w.Shape()[1]
		if channels != each*win.Group || outs%win.Group != 0 || (bias != nil && bias.Len() != outs) {
			return nil, ErrUnfit
		}
		y := r.New(append([]int{x.Shape()[0], outs}, win.Out...)...)
		c := conv{
			geometry: newGeometry(win, x.Shape()[2:]),
			images:   x.Shape()[0], channels: channels, outs: outs, each: each,
			x: graph.Data[float32](x), w: graph.Data[float32](w), y: graph.Data[float32](y),
		}
		if bias != nil {
			c.bias = graph.Data[float32](bias)
		}
		if c.depthwise() {
			c.direct(r)
		} else {
			c.multiply(r)
		}
		return one(y), nil
	}, nil
}

// conv is one convolution over known extents.
type conv struct {
	geometry

	images, channels, outs int
	each                   int // input channels of a group

	x, w, y, bias []float32
}

// panels is how a convolution is divided: a panel is the output positions that are
// multiplied at a time, few enough for their columns to stay in cache while all output
// channels read them. Where an image has fewer, a panel takes in several images.
type panels struct {
	images, imageSteps int // images a panel spans, and how often
	cols, colSteps     int // output positions of each image, and how often
	rows, rowSteps     int // output channels of a group, and how often
}

// panelCols is the most output positions a panel has.
const panelCols = tileCols

func (c *conv) divide(threads int) panels {
	m := c.outs / c.win.Group
	p := panels{images: 1, rows: m, rowSteps: 1}
	p.colSteps = ceilDiv(c.area, panelCols)
	p.cols = ceilDiv(c.area, p.colSteps)
	if c.area <= panelCols/2 {
		p.images = min(panelCols/c.area, max(1, ceilDiv(c.images, threads)))
	}
	p.imageSteps = ceilDiv(c.images, p.images)
	if tasks := p.imageSteps * p.colSteps * c.win.Group; tasks < threads && m >= 32 {
		p.rows = max(16, ceilDiv(m, ceilDiv(threads, tasks)))
		p.rowSteps = ceilDiv(m, p.rows)
	}
	return p
}

// multiply computes each group as matrix products of its kernels with the columns
// that im2col makes (Chellapilla, Puri and Simard, 2006), one panel a task, so that images,
// groups, rows and channels all give work to threads.
func (c *conv) multiply(r *Run) {
	if len(c.y) == 0 {
		return
	}
	p := c.divide(r.Threads)
	tasks := p.imageSteps * p.colSteps * p.rowSteps * c.win.Group
	r.Parallel(tasks, p.rows*c.each*c.taps*p.cols*p.images, func(lo, hi int) {
		for t := lo; t < hi; t++ {
			col, rest := t%p.colSteps, t/p.colSteps
			row, rest := rest%p.rowSteps, rest/p.rowSteps
			c.panel(r, span{
				group: rest % c.win.Group,
				image: rest / c.win.Group * p.images, images: min(p.images, c.images-rest/c.win.Group*p.images),
				from: col * p.cols, to: min(c.area, (col+1)*p.cols),
				first: row * p.rows, rows: min(p.rows, c.outs/c.win.Group-row*p.rows),
			})
		}
	})
}

// span is one panel: images from image on, output positions from from to to of each, rows output
// channels of the group from first on.
type span struct{ group, image, images, from, to, first, rows int }

func (c *conv) panel(r *Run, s span) {
	m, k, n := c.outs/c.win.Group, c.each*c.taps, s.to-s.from
	if n <= 0 || s.rows <= 0 || s.images <= 0 {
		return
	}
	first := s.group*m + s.first // output channel
	w := matrix{c.w[first*k:], k, false}
	x := func(image int) []float32 { return c.x[(image*c.channels+s.group*c.each)*c.plane:][:c.each*c.plane] }
	y := c.y[(s.image*c.outs+first)*c.area:]
	if c.pointwise() && s.images == 1 {
		c.start(y[s.from:], c.area, first, s.rows, n)
		sgemm(s.rows, n, k, 1, w, matrix{x(s.image)[min(s.from, c.each*c.plane):], c.plane, false}, y[s.from:], c.area)
		return
	}
	all := n * s.images
	columns := r.Memory.Get(k * all)
	defer r.Memory.Put(columns)
	for i := range s.images {
		c.im2col(columns[min(i*n, len(columns)):], all, x(s.image+i), s.from, s.to)
	}
	if s.images == 1 {
		c.start(y[s.from:], c.area, first, s.rows, n)
		sgemm(s.rows, n, k, 1, w, matrix{columns, all, false}, y[s.from:], c.area)
		return
	}
	z := r.Memory.Get(s.rows * all)
	defer r.Memory.Put(z)
	c.start(z, all, first, s.rows, all)
	sgemm(s.rows, all, k, 1, w, matrix{columns, all, false}, z, all)
	for i := range s.images {
		for j := range s.rows {
			copy(y[(i*c.outs+j)*c.area+s.from:][:n], z[j*all+i*n:])
		}
	}
}

// start fills rows of n elements, ld apart, with the bias of the output channels from first on.
func (c *conv) start(y []float32, ld, first, rows, n int) {
	for i := range rows {
		fill(y[i*ld:][:n], c.biasOf(first+i))
	}
}

// pointwise reports whether the input itself is the matrix of columns.
func (c *conv) pointwise() bool {
	for d := range c.in {
		if c.win.Kernel[d] != 1 || c.win.Strides[d] != 1 || c.win.Before[d] != 0 || c.win.After[d] != 0 {
			return false
		}
	}
	return true
}

func (c *conv) biasOf(m int) float32 {
	if c.bias == nil {
		return 0
	}
	return c.bias[m]
}

func fill(v []float32, x float32) {
	for i := range v {
		v[i] = x
	}
}

// im2col writes, for the output positions from to to, what each kernel element of each
// channel reads there: a row for each channel and element, rows ld apart, zeros in the padding.
func (c *conv) im2col(columns []float32, ld int, x []float32, from, to int) {
	last := len(c.in) - 1
	width, stride := c.win.Out[last], c.stride()
	offset := make([]int, len(c.in))
	for tap := range c.taps {
		c.offset(tap, offset)
		for p := from; p < to; {
			row, col := p/width, p%width
			end := min(to, p+width-col)
			base, inside := c.row(row, offset)
			first, beyond := col, col
			if inside {
				first, beyond = c.columns(offset[last], col, col+end-p)
			}
			for ch := range c.each {
				dst := columns[(ch*c.taps+tap)*ld+p-from:][:end-p]
				clear(dst[:first-col])
				clear(dst[beyond-col:])
				if first >= beyond {
					continue
				}
				src := x[ch*c.plane+base+first*stride+offset[last]:]
				dst = dst[first-col : beyond-col]
				switch stride {
				case 1:
					copy(dst, src[:len(dst)])
				default:
					for i := range dst {
						dst[i] = src[i*stride]
					}
				}
			}
			p = end
		}
	}
}
