package picture

import (
	"image"
	"image/color"
)

// pixels gives the pixels of a picture row by row, so that those that a crop leaves out are never
// converted.
type pixels interface {
	// row writes red, green and blue of the pixels x0 to x1-1 of row y to dst.
	row(dst []byte, y, x0, x1 int)
}

// pixelsOf returns the pixels of an image. Alpha is dropped and not multiplied in.
func pixelsOf(img image.Image, studio bool) pixels {
	at := img.Bounds().Min
	switch m := img.(type) {
	case *image.YCbCr:
		return newChroma(m, studio)
	case *image.NYCbCrA:
		return newChroma(&m.YCbCr, studio)
	case *image.Gray:
		return grey{m.Pix[m.PixOffset(at.X, at.Y):], m.Stride}
	case *image.RGBA: // of opaque pictures: the decoders return straight alpha otherwise
		return wide{m.Pix[m.PixOffset(at.X, at.Y):], m.Stride}
	case *image.NRGBA:
		return wide{m.Pix[m.PixOffset(at.X, at.Y):], m.Stride}
	case *image.Paletted:
		return newIndexed(m)
	}
	return other{img}
}

// packed is pixels of three bytes.
type packed struct {
	pix    []byte
	stride int
}

func (p packed) row(dst []byte, y, x0, x1 int) { copy(dst, p.pix[y*p.stride+3*x0:y*p.stride+3*x1]) }

// wide is pixels of three bytes and alpha.
type wide packed

func (p wide) row(dst []byte, y, x0, x1 int) {
	src := p.pix[y*p.stride:]
	for x := x0; x < x1; x++ {
		copy(dst, src[4*x:4*x+3])
		dst = dst[3:]
	}
}

// grey is pixels of one byte.
type grey packed

func (p grey) row(dst []byte, y, x0, x1 int) {
	src := p.pix[y*p.stride:]
	for i := range x1 - x0 {
		v := src[x0+i]
		dst[3*i], dst[3*i+1], dst[3*i+2] = v, v, v
	}
}

// indexed is pixels that are numbers of a palette.
type indexed struct {
	m       *image.Paletted
	palette [256][3]byte
}

func newIndexed(m *image.Paletted) *indexed {
	p := &indexed{m: m}
	for i, c := range m.Palette {
		if i == len(p.palette) {
			break
		}
		n := color.NRGBAModel.Convert(c).(color.NRGBA)
		p.palette[i] = [3]byte{n.R, n.G, n.B}
	}
	return p
}

func (p *indexed) row(dst []byte, y, x0, x1 int) {
	src := p.m.Pix[y*p.m.Stride:]
	for i := range x1 - x0 {
		copy(dst[3*i:], p.palette[src[x0+i]][:])
	}
}

// other is the pixels of any other image: CMYK, and two bytes a channel.
type other struct{ image.Image }

func (p other) row(dst []byte, y, x0, x1 int) {
	at := p.Bounds().Min
	for i := range x1 - x0 {
		c := p.At(at.X+x0+i, at.Y+y)
		n, straight := c.(color.NRGBA64)
		if straight {
			dst[3*i], dst[3*i+1], dst[3*i+2] = byte(n.R>>8), byte(n.G>>8), byte(n.B>>8)
			continue
		}
		r, g, b, _ := c.RGBA()
		dst[3*i], dst[3*i+1], dst[3*i+2] = byte(r>>8), byte(g>>8), byte(b>>8)
	}
}
