package picture

import (
	"math"
	"slices"
)

// filter is an interpolation filter: its weights at a distance, and the distance from which they
// are 0.
type filter struct {
	name    string
	support float64
	weight  func(x float64) float64
}

// filters are those of PIL (Resample.c of Pillow); nearest has no weights.
var filters = []filter{
	{"bilinear", 1, func(x float64) float64 { return max(0, 1-math.Abs(x)) }},
	{"bicubic", 2, cubic},
	{"nearest", 0, nil},
	{"lanczos", 3, func(x float64) float64 {
		if x < -3 || x >= 3 {
			return 0
		}
		return sinc(x) * sinc(x/3)
	}},
	{"box", 0.5, func(x float64) float64 {
		if x > -0.5 && x <= 0.5 {
			return 1
		}
		return 0
	}},
	{"hamming", 1, func(x float64) float64 {
		if x = math.Abs(x); x >= 1 {
			return 0
		}
		return sinc(x) * (0.54 + 0.46*math.Cos(math.Pi*x))
	}},
}

// Filters lists the names of the filters.
func Filters() []string {
	var names []string
	for _, f := range filters {
		names = append(names, f.name)
	}
	return names
}

func cubic(x float64) float64 {
	const a = -0.5
	switch x = math.Abs(x); {
	case x < 1:
		return ((a+2)*x-(a+3))*x*x + 1
	case x < 2:
		return (((x-5)*x+8)*x - 4) * a
	}
	return 0
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// tap is what one output pixel is a weighted sum of along an axis: the first input pixel, and the
// weights of it and those behind it in units of 2^-precision.
type tap struct {
	first   int
	weights []int32
}

// precision is the number of fractional bits of weights, as in Pillow: sums of bytes stay in 32 bits.
const precision = 22

// taps returns the taps of output pixels from to to-1 where an axis of size pixels is resized to out.
func (f filter) taps(size, out, from, to int) []tap {
	all := make([]tap, 0, to-from)
	scale := float64(size) / float64(out)
	if f.weight == nil {
		for i := from; i < to; i++ {
			all = append(all, tap{min(size-1, int((float64(i)+0.5)*scale)), []int32{1 << precision}})
		}
		return all
	}
	if size == out {
		for i := from; i < to; i++ {
			all = append(all, tap{i, []int32{1 << precision}})
		}
		return all
	}
	stretch := max(1, scale)
	support := f.support * stretch
	for i := from; i < to; i++ {
		center := (float64(i) + 0.5) * scale
		first := max(0, int(center-support+0.5))
		last := min(size, int(center+support+0.5))
		weights, sum := make([]float64, last-first), 0.0
		for k := range weights {
			weights[k] = f.weight((float64(first+k) - center + 0.5) / stretch)
			sum += weights[k]
		}
		t := tap{first, make([]int32, len(weights))}
		for k, w := range weights {
			if sum != 0 {
				w /= sum
			}
			t.weights[k] = int32(math.Trunc(w*(1<<precision) + math.Copysign(0.5, w)))
		}
		all = append(all, t)
	}
	return all
}

// window is the part of a resized picture that is wanted: it is resized to width and height, and
// columns x0 to x1-1 of rows y0 to y1-1 are kept.
type window struct{ width, height, x0, y0, x1, y1 int }

// resized returns the window of p in channels bytes a pixel, red, green and blue or grey. Columns are
// filtered first, then rows, with bytes in between: Pillow's order and rounding. Each row of p is added to
// the rows of the window that read it and forgotten, so that a picture of a million rows takes no more
// memory than the window.
func (p *Picture) resized(f filter, w window, channels int) []byte {
	across, down := f.taps(p.Width, w.width, w.x0, w.x1), f.taps(p.Height, w.height, w.y0, w.y1)
	x0, x1 := span(across)
	y0, y1 := span(down)
	for i := range across {
		across[i].first -= x0
	}
	wide := channels * (w.x1 - w.x0)
	between, row := make([]byte, wide), make([]byte, 3*(x1-x0))
	out, sums := make([]byte, wide*len(down)), make([]int32, wide*len(down))
	first := 0 // of the rows of the window that are not complete
	for y := y0; y < y1 && first < len(down); y++ {
		if y < down[first].first {
			continue // nearest leaves rows out
		}
		p.pixels.row(row, y, x0, x1)
		line := row
		if channels == 1 {
			line = toGrey(row)
		}
		filterRow(between, line, across, channels)
		for i := first; i < len(down) && down[i].first <= y; i++ {
			k := y - down[i].first
			if k < len(down[i].weights) {
				addRow(sums[wide*i:wide*(i+1)], between, down[i].weights[k])
			}
		}
		for ; first < len(down) && y+1 >= down[first].first+len(down[first].weights); first++ {
			for j, s := range sums[wide*first : wide*(first+1)] {
				out[wide*first+j] = clamp((s + 1<<(precision-1)) >> precision)
			}
		}
	}
	return out
}

// addRow adds a row times its weight.
func addRow(sums []int32, row []byte, weight int32) {
	row = row[:len(sums)]
	for j, v := range row {
		sums[j] += weight * int32(v)
	}
}

// span returns the first input pixel that the taps read and the one after the last.
func span(taps []tap) (from, to int) {
	from = slices.MinFunc(taps, func(a, b tap) int { return a.first - b.first }).first
	for _, t := range taps {
		to = max(to, t.first+len(t.weights))
	}
	return from, to
}

// filterRow filters one row.
func filterRow(dst, src []byte, taps []tap, channels int) {
	for i, t := range taps {
		if channels == 1 {
			sum := int32(1 << (precision - 1))
			for k, weight := range t.weights {
				sum += weight * int32(src[t.first+k])
			}
			dst[i] = clamp(sum >> precision)
			continue
		}
		r, g, b := int32(1<<(precision-1)), int32(1<<(precision-1)), int32(1<<(precision-1))
		from := src[3*t.first:][:3*len(t.weights)]
		for _, weight := range t.weights {
			r += weight * int32(from[0])
			g += weight * int32(from[1])
			b += weight * int32(from[2])
			from = from[3:]
		}
		dst[3*i], dst[3*i+1], dst[3*i+2] = clamp(r>>precision), clamp(g>>precision), clamp(b>>precision)
	}
}

// toGrey overwrites the front of a row of red, green and blue with its luma (ITU-R BT.601, rounded as
// by Pillow) and returns it.
func toGrey(row []byte) []byte {
	n := len(row) / 3
	for i := range n {
		r, g, b := uint32(row[3*i]), uint32(row[3*i+1]), uint32(row[3*i+2])
		row[i] = byte((19595*r + 38470*g + 7471*b + 1<<15) >> 16)
	}
	return row[:n]
}
