package kernel

// depthwise reports whether each output channel reads one input channel alone.
func (c *conv) depthwise() bool { return c.each == 1 && c.win.Group > 1 }

// direct slides every kernel over its one channel: for a kernel element and an output
// row, the input row it reads is added times the element.
func (c *conv) direct(r *Run) {
	perChannel := c.outs / c.channels
	r.Parallel(c.images*c.outs, c.area*c.taps*2, func(lo, hi int) {
		offset := make([]int, len(c.in))
		for t := lo; t < hi; t++ {
			image, m := t/c.outs, t%c.outs
			x := c.x[(image*c.channels+m/perChannel)*c.plane:][:c.plane]
			y := c.y[t*c.area:][:c.area]
			fill(y, c.biasOf(m))
			if c.plain3x3() {
				c.slide3x3(y, x, c.w[m*9:][:9])
				continue
			}
			for tap := range c.taps {
				c.offset(tap, offset)
				c.addTap(y, x, c.w[m*c.taps+tap], offset)
			}
		}
	})
}

// addTap adds weight times what a kernel element at that offset reads to every output position.
func (c *conv) addTap(y, x []float32, weight float32, offset []int) {
	stride := c.stride()
	c.reads(offset, func(to, from, count int) {
		dst, src := y[to:to+count], x[from:]
		if stride == 1 {
			src = src[:len(dst)]
			for i, v := range src {
				dst[i] += weight * v
			}
			return
		}
		for i := range dst {
			dst[i] += weight * src[i*stride]
		}
	})
}

// plain3x3 reports whether slide3x3 applies: two axes, a kernel of 3 x 3 and
// padding of 1, undilated.
func (c *conv) plain3x3() bool {
	w := &c.win
	return len(c.in) == 2 && w.Kernel[0] == 3 && w.Kernel[1] == 3 && w.Dilations[0] == 1 && w.Dilations[1] == 1 &&
		w.Before[0] == 1 && w.Before[1] == 1 && c.in[1] >= 2
}

// slide3x3 adds the three elements of a kernel row at a time, which reads and writes y
// a third as often.
func (c *conv) slide3x3(y, x, w []float32) {
	height, width := c.win.Out[0], c.win.Out[1]
	rows, cols := c.in[0], c.in[1]
	s := c.win.Strides[1]
	beyond := min(width, (cols-2)/s+1) // outputs 1 to beyond read three columns that are all there
	for i := range height {
		dst := y[i*width : (i+1)*width]
		for k := range 3 {
			from := i*c.win.Strides[0] - 1 + k
			if from < 0 || from >= rows {
				continue
			}
			src := x[from*cols : (from+1)*cols]
			a, b, d := w[k*3], w[k*3+1], w[k*3+2]
			dst[0] += b*src[0] + d*src[1]
			if s == 1 && beyond > 1 {
				left, middle, right := src[:beyond-1], src[1:beyond], src[2:beyond+1]
				inner := dst[1:beyond]
				for j := range inner {
					inner[j] += a*left[j] + b*middle[j] + d*right[j]
				}
			} else {
				for j := 1; j < beyond; j++ {
					dst[j] += a*src[j*s-1] + b*src[j*s] + d*src[j*s+1]
				}
			}
			for j := max(1, beyond); j < width; j++ { // the kernel reaches over the edge
				for t, weight := range [3]float32{a, b, d} {
					if at := j*s - 1 + t; at < cols {
						dst[j] += weight * src[at]
					}
				}
			}
		}
	}
}
