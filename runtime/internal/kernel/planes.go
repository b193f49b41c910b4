package kernel

import "github.com/pollard-dev/pollard/runtime/internal/kernel/simd"

// planes is a copy of an image in which each position of a window is at a constant distance from
// the window, at every pixel. Zeros surround the image. If windows move by more than one pixel, the
// rows and columns with the same remainder form a plane of their own, called a phase, so that
// windows move by one in each. Channels lie one after the other, and the planes of all channels
// after each other's.
type planes struct {
	lines, width int // of the result
	pitch        int // numbers from line to line: the zeros on the right of a line are those on the left of the next
	plane        int // numbers of a channel in one phase
	size         int // of all phases, with what is read beyond the last one; 0 if the image itself is read
	rows         int // of a plane
	phases       []phaseOf
	taps         []int // where each position of the window is, from the start of a channel in the first phase
}

// phaseOf is the rows and columns of a padded image that are a stride apart, from the first on.
type phaseOf struct {
	row, column int // the first, in the image: negative in the padding
	left, right int // the columns of the plane from left to right are the image's
}

// axes2 is the window along height and width. An image of one spatial axis has a height of one.
type axes2 struct{ in, out, kernel, stride, dilation, before [2]int }

func newAxes2(c *convolution) axes2 {
	a := axes2{in: [2]int{1, 0}, out: [2]int{1, 0}, kernel: [2]int{1, 0}, stride: [2]int{1, 0}, dilation: [2]int{1, 0}}
	for i := range c.in {
		d := 2 - len(c.in) + i
		a.in[d], a.out[d], a.kernel[d] = c.in[i], c.win.Out[i], c.win.Kernel[i]
		a.stride[d], a.dilation[d], a.before[d] = c.win.Strides[i], c.win.Dilations[i], c.win.Before[i]
	}
	return a
}

// newPlanes lays out the planes for a convolution.
func newPlanes(c *convolution) planes {
	a := newAxes2(c)
	p := planes{lines: a.out[0], width: a.out[1]}
	at := map[[2]int]int{} // phase by the remainders of its rows and columns
	reach := [2]int{}
	type position struct{ phase, row, column int }
	var taps []position
	for u := range a.kernel[0] {
		for v := range a.kernel[1] {
			y, x := u*a.dilation[0], v*a.dilation[1]
			rest := [2]int{y % a.stride[0], x % a.stride[1]}
			i, ok := at[rest]
			if !ok {
				i = len(p.phases)
				at[rest] = i
				p.phases = append(p.phases, phaseOf{row: rest[0] - a.before[0], column: rest[1] - a.before[1]})
			}
			t := position{i, y / a.stride[0], x / a.stride[1]}
			reach[0], reach[1] = max(reach[0], t.row), max(reach[1], t.column)
			taps = append(taps, t)
		}
	}
	p.rows = p.lines + reach[0]
	columns := p.width + reach[1]
	shared := reach[1] // lines must not overlap
	for i := range p.phases {
		f := &p.phases[i]
		f.left = min(columns, max(0, ceilDiv(-f.column, a.stride[1])))
		f.right = min(columns, max(f.left, ceilDiv(a.in[1]-f.column, a.stride[1])))
		shared = min(shared, f.left, columns-f.right)
	}
	p.pitch = columns - shared
	p.plane = (p.rows*p.pitch + 15) &^ 15 // channels start at cache lines
	p.size = len(p.phases)*c.channels*p.plane + shared
	for _, t := range taps {
		p.taps = append(p.taps, t.phase*c.channels*p.plane+t.row*p.pitch+t.column)
	}
	return p
}

// offset returns where a window at the first position reads a channel at a tap.
func (p *planes) offset(channel, tap int) int {
	if p.size == 0 {
		return channel * p.plane
	}
	return channel*p.plane + p.taps[tap]
}

// positions returns the number of positions, including the gaps between lines.
func (p *planes) positions() int { return (p.lines-1)*p.pitch + p.width }

// out returns how many of the first positions are part of the result.
func (p *planes) out(positions int) int {
	return positions/p.pitch*p.width + min(positions%p.pitch, p.width)
}

// copying copies all images to planes in the call's shared memory, from channels that lie one after
// the other or, if last is set, interleaved. A piece is an image, a phase and a row.
func (s *sparseConvolution) copying(last bool) Phase {
	p, a := &s.planes, newAxes2(s.convolution)
	pieces := s.images * len(p.phases) * p.rows
	return Phase{Pieces: pieces, Cost: p.pitch * s.channels / 4, Do: func(c *Call, _ []float32, lo, hi int) {
		for i := lo; i < hi; i++ {
			image, phase, r := i/p.rows/len(p.phases), i/p.rows%len(p.phases), i%p.rows
			f := &p.phases[phase]
			to := c.Shared[image*p.size+phase*s.channels*p.plane+r*p.pitch:]
			if r == p.rows-1 { // what is read beyond the last line of a plane: the rest of it, or the beginning of the next
				for ch := range s.channels {
					clear(to[ch*p.plane+p.pitch:][:p.plane-p.rows*p.pitch])
				}
			}
			if r == 0 && phase == len(p.phases)-1 { // and what is read beyond the last plane
				clear(c.Shared[(image+1)*p.size-(p.size-len(p.phases)*s.channels*p.plane) : (image+1)*p.size])
			}
			row := f.row + r*a.stride[0]
			inside := row >= 0 && row < a.in[0] && f.right > f.left
			for ch := range s.channels {
				line := to[ch*p.plane:][:p.pitch]
				if !inside {
					clear(line)
					continue
				}
				clear(line[:f.left])
				clear(line[f.right:])
			}
			if !inside {
				continue
			}
			first, n := f.column+f.left*a.stride[1], f.right-f.left
			from := c.In[0][image*s.plane*s.channels:]
			if last {
				x := from[(row*a.in[1]+first)*s.channels:]
				simd.Transpose(to[f.left:], x, n, s.channels, a.stride[1]*s.channels, p.plane)
				continue
			}
			for ch := range s.channels {
				line, x := to[ch*p.plane+f.left:][:n], from[ch*s.plane+row*a.in[1]+first:]
				switch a.stride[1] {
				case 1:
					copy(line, x)
				case 2:
					simd.EverySecond(line, x)
				default:
					for j := range line {
						line[j] = x[j*a.stride[1]]
					}
				}
			}
		}
	}}
}
