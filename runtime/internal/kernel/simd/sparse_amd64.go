//go:build !noasm

package simd

import (
	"math"
	"unsafe"
)

// sparseArgs is what the assembly reads, in words of 8 bytes in this order (gen/sparse.go names them).
type sparseArgs struct {
	x, starts, offsets, values, bias, y, residual unsafe.Pointer

	nextBias, ldy, ldr, groups int // bytes from group to group, from row to row
	lo, hi                     float32
	vectors, accumulate        int
	column                     int       // AVX-512: the last vector has one position
	partial                    int       // AVX2: the last vector is partial
	gaps                       int       // AVX-512: the positions of a vector are not contiguous in y
	last                       [8]uint32 // AVX-512: bits of the last vector's positions; AVX2: -1 for each
	places                     [14]sparsePlace
}

// sparsePlace is where AVX-512 stores a vector of positions.
type sparsePlace struct {
	at    int    // bytes from y and the residual
	keep  uint64 // bits of the positions that count
	there uint64 // as many ones
}

func (s *Sparse) run(l Level, count int) {
	switch {
	case l == Generic:
		sparseGo(s, count)
	case l == AVX512:
		s.tiles(l, 16, s.First, count, s.tileAVX512)
	default:
		s.lines(l, 8, count)
	}
}

func (s *Sparse) tileAVX512(first, count int) {
	a := s.args(first)
	a.vectors, a.last[0] = (count+15)/16, 1<<((count-1)%16+1)-1
	if count%16 == 1 {
		a.column = 1
	}
	places := a.places[:a.vectors]
	if s.gaps() {
		a.gaps = 1
		s.write(&a, 0)
		s.places(first, count, places)
	} else {
		s.write(&a, first)
		for v := range places {
			places[v] = sparsePlace{at: 64 * v, there: 1<<16 - 1}
		}
		places[len(places)-1].there = uint64(a.last[0])
	}
	start := (*byte)(unsafe.Pointer(&a))
	switch s.Rows {
	case 1:
		sparseAVX512x1(start)
	case 2:
		sparseAVX512x2(start)
	default:
		sparseAVX512x4(start)
	}
}

// places computes where the vectors of positions starting at first go.
func (s *Sparse) places(first, count int, places []sparsePlace) {
	i, j := first/s.Pitch, first%s.Pitch
	for v := range places {
		p, n := &places[v], min(16, count-16*v)
		p.at = 4 * (i*s.Width + min(j, s.Width))
		kept := 0
		for b := 0; b < n; {
			if j < s.Width {
				line := min(s.Width-j, n-b)
				p.keep |= (1<<line - 1) << b
				kept, b, j = kept+line, b+line, j+line
				continue
			}
			skip := min(s.Pitch-j, n-b)
			if b, j = b+skip, j+skip; j == s.Pitch {
				i, j = i+1, 0
			}
		}
		p.there = 1<<kept - 1
	}
}

func (a *sparseArgs) run(rows, count int) {
	a.vectors = (count + 7) / 8
	if count%8 != 0 {
		a.partial = 1
	}
	for i := range (count-1)%8 + 1 {
		a.last[i] = math.MaxUint32
	}
	start := (*byte)(unsafe.Pointer(a))
	switch rows {
	case 1:
		sparseAVX2x1(start)
	case 2:
		sparseAVX2x2(start)
	default:
		sparseAVX2x4(start)
	}
}

// largestOffset handles the last few offsets separately.
func largestOffset(l Level, offsets []int32) uint32 {
	whole := len(offsets) &^ 31
	if l == Generic || whole == 0 {
		return largestOffsetGo(offsets)
	}
	rest := largestOffsetGo(offsets[whole:])
	if l == AVX2 {
		return max(rest, largestOffsetAVX2(&offsets[0], whole))
	}
	return max(rest, largestOffsetAVX512(&offsets[0], whole))
}
