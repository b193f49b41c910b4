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

// panelCols is how many output positions are multiplied at a time: their columns
// stay in the second-level cache while all output channels read them.
const panelCols = tileCols

// multiply computes each group of each image as a matrix product of its kernels with the
// columns that im2col makes (Chellapilla, Puri and Simard, 2006), one panel of
// output positions a task, so that images, groups and rows all give work to threads.
func (c *conv) multiply(r *Run) {
	if c.area == 0 || c.outs == 0 {
		return
	}
	panels := (c.area + panelCols - 1) / panelCols
	m, k := c.outs/c.win.Group, c.each*c.taps
	tasks := c.images * c.win.Group * panels
	r.Parallel(tasks, m*k*c.area/panels, func(lo, hi int) {
		var columns []float32
		if !c.pointwise() {
			columns = r.Memory.Get(k * min(panelCols, c.area))
			defer r.Memory.Put(columns)
		}
		for t := lo; t < hi; t++ {
			panel, g, image := t%panels, t/panels%c.win.Group, t/panels/c.win.Group
			from := panel * panelCols
			to := min(c.area, from+panelCols)
			x := c.x[(image*c.channels+g*c.each)*c.plane:][:c.each*c.plane]
			y := c.y[(image*c.outs+g*m)*c.area:][:m*c.area]
			for i := range m {
				fill(y[i*c.area+from:i*c.area+to], c.biasOf(g*m+i))
			}
			b := matrix{x[min(from, len(x)):], c.plane, false}
			if !c.pointwise() {
				c.im2col(columns, x, from, to)
				b = matrix{columns, to - from, false}
			}
			sgemm(m, to-from, k, 1, matrix{c.w[g*m*k:], k, false}, b, y[from:], c.area)
		}
	})
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
// channel reads there: a row for each channel and element, zeros in the padding.
func (c *conv) im2col(columns, x []float32, from, to int) {
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
				dst := columns[(ch*c.taps+tap)*(to-from)+p-from:][:end-p]
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
