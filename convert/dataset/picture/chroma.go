package picture

import "image"

// chroma is the pixels of a picture in luma and chroma. Where chroma has half the resolution it is
// interpolated between its samples with weights 3/4 and 1/4, as libjpeg does it and, but for
// rounding, libwebp (jdsample.c of libjpeg-turbo, "fancy upsampling"). Without that, edges between
// colours would lie up to half a pixel beside those that the model was trained on.
type chroma struct {
	m              *image.YCbCr
	wide, tall     bool   // chroma has half the columns, half the rows
	columns, lines int    // of chroma
	studio         bool   // luma runs from 16 to 235, as in WebP
	cb, cr         []byte // one row of each
}

// newChroma returns the pixels of m.
func newChroma(m *image.YCbCr, studio bool) pixels {
	c := &chroma{m: m, studio: studio}
	w, h := m.Rect.Dx(), m.Rect.Dy()
	c.columns, c.lines = w, h
	switch m.SubsampleRatio {
	case image.YCbCrSubsampleRatio444:
	case image.YCbCrSubsampleRatio422:
		c.wide = true
	case image.YCbCrSubsampleRatio420:
		c.wide, c.tall = true, true
	case image.YCbCrSubsampleRatio440:
		c.tall = true
	default: // 4:1:1 and 4:1:0, which hardly any picture has
		return other{m}
	}
	if m.Rect.Min != (image.Point{}) {
		return other{m}
	}
	if c.wide {
		c.columns = (w + 1) / 2
	}
	if c.tall {
		c.lines = (h + 1) / 2
	}
	return c
}

func (c *chroma) row(dst []byte, y, x0, x1 int) {
	luma := c.m.Y[y*c.m.YStride:][x0:x1]
	c.cb, c.cr = c.line(c.cb, c.m.Cb, y, x0, x1), c.line(c.cr, c.m.Cr, y, x0, x1)
	cb, cr := c.cb[:len(luma)], c.cr[:len(luma)]
	dst = dst[:3*len(luma)]
	if c.studio { // ITU-R BT.601; the constants are 2^16 times those of its formulas
		for i, v := range luma {
			l, b, r := 76309*(int32(v)-16)+1<<15, int32(cb[i])-128, int32(cr[i])-128
			dst[3*i], dst[3*i+1], dst[3*i+2] = clamp((l+104597*r)>>16), clamp((l-25674*b-53278*r)>>16), clamp((l+132201*b)>>16)
		}
		return
	}
	for i, v := range luma { // JFIF, as jdcolor.c of libjpeg-turbo rounds it
		l, b, r := int32(v), int32(cb[i])-128, int32(cr[i])-128
		dst[3*i], dst[3*i+1], dst[3*i+2] = clamp(l+(91881*r+1<<15)>>16), clamp(l+(-22554*b-46802*r+1<<15)>>16), clamp(l+(116130*b+1<<15)>>16)
	}
}

func clamp(v int32) byte {
	if uint32(v) <= 255 {
		return byte(v)
	}
	return byte(^(v >> 31)) // 0 below, 255 above
}

// line returns one channel of chroma for the pixels x0 to x1-1 of row y, in out if that has room.
func (c *chroma) line(out, of []byte, y, x0, x1 int) []byte {
	if cap(out) < x1-x0+2 {
		out = make([]byte, x1-x0+2)
	}
	i, bias := y, int32(0)
	var near []byte // the other line that the row lies at; nil if lines are not interpolated
	if c.tall {
		i = y / 2
		other := i - 1
		if bias = 1; y%2 == 1 {
			other, bias = i+1, 2
		}
		near = of[max(0, min(c.lines-1, other))*c.m.CStride:]
	}
	cur := of[i*c.m.CStride:]
	switch {
	case !c.wide && near == nil:
		copy(out[:x1-x0], cur[x0:x1])
		return out
	case !c.wide:
		for x := x0; x < x1; x++ {
			out[x-x0] = byte((3*int32(cur[x]) + int32(near[x]) + bias) >> 2)
		}
		return out
	}
	// Columns come in pairs, of which the first may lie before x0.
	from, to := x0/2, (x1+1)/2
	out = out[:cap(out)]
	odd := x0 % 2
	if near == nil {
		for k := from; k < to; k++ {
			v := int32(cur[k])
			left, right := int32(cur[max(0, k-1)]), int32(cur[min(c.columns-1, k+1)])
			c.put(out, 2*(k-from)-odd, byte((3*v+left+1)>>2), byte((3*v+right+2)>>2))
		}
		return out
	}
	sum := func(k int) int32 { return 3*int32(cur[k]) + int32(near[k]) }
	left, v := sum(max(0, from-1)), sum(from)
	for k := from; k < to; k++ {
		right := sum(min(c.columns-1, k+1))
		c.put(out, 2*(k-from)-odd, byte((3*v+left+8)>>4), byte((3*v+right+7)>>4))
		left, v = v, right
	}
	return out
}

// put writes two pixels, of which the first may lie before the slice.
func (c *chroma) put(out []byte, at int, a, b byte) {
	if at >= 0 {
		out[at] = a
	}
	out[at+1] = b
}
