package picture

import (
	"math"
	"slices"
)

// Bytes returns the pixels of the input that p makes of a picture: height, width and channels, in the
// order of channels of the input, as they are before Scale, Mean and Std. p must be complete: see
// Preprocess.For.
func (p Preprocess) Bytes(pic *Picture) []byte {
	channels := p.Channels()
	width, height, left, top := p.placed(pic.Width, pic.Height)
	w := window{width: width, height: height, x0: max(0, -left), y0: max(0, -top),
		x1: min(width, p.Width-left), y1: min(height, p.Height-top)}
	f := filters[slices.IndexFunc(filters, func(f filter) bool { return f.name == p.Filter })]
	pix := pic.resized(f, w, channels)
	out := pix
	if wide := w.x1 - w.x0; wide != p.Width || w.y1-w.y0 != p.Height {
		out = make([]byte, channels*p.Width*p.Height)
		pad := byte(math.Round(*p.Pad))
		for i := range out {
			out[i] = pad
		}
		for y := w.y0; y < w.y1; y++ {
			copy(out[channels*((top+y)*p.Width+left+w.x0):], pix[channels*wide*(y-w.y0):channels*wide*(y-w.y0+1)])
		}
	}
	if p.Order == "bgr" {
		for i := 0; i < len(out); i += 3 {
			out[i], out[i+2] = out[i+2], out[i]
		}
	}
	return out
}

// placed returns the size that a picture is resized to, and where its left upper corner then lies in
// the input; outside of it, if it is negative.
func (p Preprocess) placed(width, height int) (w, h, left, top int) {
	switch p.Resize {
	case Crop:
		scale := float64(p.Shorter) / float64(min(width, height))
		w, h = side(width, scale), side(height, scale)
		return w, h, -floorHalf(w - p.Width), -floorHalf(h - p.Height)
	case Letterbox, Corner:
		scale := min(float64(p.Width)/float64(width), float64(p.Height)/float64(height))
		w, h = min(p.Width, side(width, scale)), min(p.Height, side(height, scale))
		if p.Resize == Letterbox {
			left, top = (p.Width-w)/2, (p.Height-h)/2
		}
		return w, h, left, top
	}
	return p.Width, p.Height, 0, 0
}

// side returns the length of a side that is scaled, at least 1 and bounded: a picture may be a
// million times as wide as it is high.
func side(n int, scale float64) int {
	return int(max(1, min(1<<24, math.RoundToEven(float64(n)*scale))))
}

// floorHalf returns n/2 rounded down.
func floorHalf(n int) int { return n >> 1 }

// Box returns where the picture of the given size lies in the input: its left upper corner and its
// extent, in pixels. It may reach beyond the input.
func (p Preprocess) Box(width, height int) (left, top, w, h int) {
	w, h, left, top = p.placed(width, height)
	return left, top, w, h
}

// Normaliser returns the functions from bytes to numbers, one for each channel, as tables.
func (p Preprocess) Normaliser() [][256]float32 {
	tables := make([][256]float32, p.Channels())
	of := func(v []float64, c int) float64 { return v[min(c, len(v)-1)] }
	for c := range tables {
		for v := range tables[c] {
			tables[c][v] = float32((float64(v)*of(p.Scale, c) - of(p.Mean, c)) / of(p.Std, c))
		}
	}
	return tables
}

// Numbers writes the input of Bytes to dst, of as many elements, normalised by the tables.
func (p Preprocess) Numbers(dst []float32, pix []byte, tables [][256]float32) {
	channels := len(tables)
	if p.Layout == "nhwc" || channels == 1 {
		for i, v := range pix {
			dst[i] = tables[i%channels][v]
		}
		return
	}
	n := len(pix) / 3
	for c := range tables {
		plane, table := dst[c*n:(c+1)*n], &tables[c]
		for i := range plane {
			plane[i] = table[pix[3*i+c]]
		}
	}
}
