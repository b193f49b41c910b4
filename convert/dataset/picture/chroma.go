package picture

import "image"

// chroma is the pixels of a picture in luma and chroma. Where chroma has half the resolution it is
// interpolated between its samples with weights 3/4 and 1/4, as libjpeg does it and, but for
// rounding, libwebp (jdsample.c of libjpeg-turbo, "fancy upsampling"). Without that, edges between
// colours would lie up to half a pixel beside those that the model was trained on.
type chroma struct {
	m              *image.YCbCr
	wide, tall     bool // chroma has half the columns, half the rows
	columns, lines int  // of chroma
	studio         bool // luma runs from 16 to 235, as in WebP
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
	luma := c.m.Y[y*c.m.YStride:]
	cb, cr := sampler{c: c, of: c.m.Cb}, sampler{c: c, of: c.m.Cr}
	cb.line(y)
	cr.line(y)
	for x := x0; x < x1; x++ {
		b, r := cb.at(x)-128, cr.at(x)-128
		l := int32(luma[x])
		var red, green, blue int32
		if c.studio { // ITU-R BT.601; the constants are 2^16 times those of its formulas
			l = 76309 * (l - 16)
			red, green, blue = (l+104597*r+1<<15)>>16, (l-25674*b-53278*r+1<<15)>>16, (l+132201*b+1<<15)>>16
		} else { // JFIF, as jdcolor.c of libjpeg-turbo rounds it
			red = l + (91881*r+1<<15)>>16
			green = l + (-22554*b-46802*r+1<<15)>>16
			blue = l + (116130*b+1<<15)>>16
		}
		dst[0], dst[1], dst[2] = clamp(red), clamp(green), clamp(blue)
		dst = dst[3:]
	}
}

func clamp(v int32) byte { return byte(max(0, min(255, v))) }

// sampler interpolates one channel along one row.
type sampler struct {
	c         *chroma
	of        []byte
	cur, near []byte // the lines of chroma around the row; near is nil if it is not interpolated
	bias      int32
}

// line sets the row.
func (s *sampler) line(y int) {
	c := s.c
	i := y
	if c.tall {
		i = y / 2
		other := i - 1
		if s.bias = 1; y%2 == 1 {
			other = i + 1
			s.bias = 2
		}
		other = max(0, min(c.lines-1, other))
		s.near = s.of[other*c.m.CStride:]
	}
	s.cur = s.of[i*c.m.CStride:]
}

// sum returns chroma sample i, weighted over lines: 4 times its value if they are interpolated.
func (s *sampler) sum(i int) int32 {
	if s.near == nil {
		return int32(s.cur[i])
	}
	return 3*int32(s.cur[i]) + int32(s.near[i])
}

// at returns the value at column x.
func (s *sampler) at(x int) int32 {
	c := s.c
	if !c.wide {
		if s.near == nil {
			return int32(s.cur[x])
		}
		return (s.sum(x) + s.bias) >> 2
	}
	i, near := x/2, x/2-1+x%2*2
	near = max(0, min(c.columns-1, near))
	v := 3*s.sum(i) + s.sum(near)
	odd := int32(x % 2)
	if s.near == nil {
		if i == near { // at the edge
			return s.sum(i)
		}
		return (v + 1 + odd) >> 2
	}
	return (v + 8 - odd) >> 4
}
