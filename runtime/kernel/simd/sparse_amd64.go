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
	partial                    int       // AVX2: the last vector is partly there
	gaps                       int       // AVX-512: the positions of a vector do not follow each other in y
	last                       [8]uint32 // AVX-512: bits of the last vector's positions; AVX2: -1 for each
	places                     [14]sparsePlace
}

// sparsePlace is where AVX-512 puts a vector of positions.
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
	case !s.gaps():
		s.tiles(l, 8, s.First, count, func(first, count int) { s.tileAVX2(first, first, count) })
	case s.Width < 24:
		s.tiles(l, 8, s.First, count, s.tileAVX2Gaps)
	default: // a line by itself fills most of its vectors
		s.eachLine(s.First, count, func(at, out, n int) {
			s.tiles(l, 8, s.First+at, n, func(first, count int) { s.tileAVX2(first, out+first-s.First-at, count) })
		})
	}
}

// tiles divides positions evenly among as few tiles as they need, of vectors so wide; each tile's groups are made by one call.
func (s *Sparse) tiles(l Level, width, first, count int, tile func(first, count int)) {
	most := sparseTile(l, s.Rows) / width
	vectors := (count + width - 1) / width
	tiles := (vectors + most - 1) / most
	for t := range tiles {
		from, to := vectors*t/tiles*width, min(vectors*(t+1)/tiles*width, count)
		tile(first+from, to-from)
	}
}

func (s *Sparse) gaps() bool { return s.Pitch > s.Width && s.Lines > 1 }

// args are those of a tile, but for where it is written.
func (s *Sparse) args(first int) sparseArgs {
	a := sparseArgs{starts: unsafe.Pointer(&s.Starts[s.FirstGroup]), bias: unsafe.Pointer(&noBias), groups: s.Groups}
	if e := s.Starts[s.FirstGroup]; e < s.Starts[s.FirstGroup+s.Groups] {
		a.x, a.offsets, a.values = unsafe.Pointer(&s.X[first]), unsafe.Pointer(&s.Offsets[e]), unsafe.Pointer(&s.Values[int(e)*s.Rows])
	}
	if s.Accumulate {
		a.accumulate = 1
	} else if s.Bias != nil {
		a.bias, a.nextBias = unsafe.Pointer(&s.Bias[s.FirstGroup*s.Rows]), 4*s.Rows
	}
	return a
}

// write has a tile's sums written to y, from number out of each row on, together with the residual.
func (s *Sparse) write(a *sparseArgs, out int) {
	a.y, a.ldy = unsafe.Pointer(&s.Y[s.FirstGroup*s.Rows*s.LdY+out]), 4*s.LdY
	a.lo, a.hi = s.limits()
	if s.adds() {
		a.residual, a.ldr = unsafe.Pointer(&s.Residual[s.FirstGroup*s.Rows*s.LdR+out]), 4*s.LdR
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

// places says where the vectors of positions from first on go.
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

// tileAVX2 makes a tile of positions that follow each other in y, from out on.
func (s *Sparse) tileAVX2(first, out, count int) {
	a := s.args(first)
	s.write(&a, out)
	a.runAVX2(s.Rows, count)
}

// tileAVX2Gaps makes the sums of a few groups at a time side by side, and then closes the gaps.
func (s *Sparse) tileAVX2Gaps(first, count int) {
	var sums [1536]float32
	some := *s
	end := s.FirstGroup + s.Groups
	for some.FirstGroup < end {
		some.Groups = min(len(sums)/(s.Rows*count), end-some.FirstGroup)
		if s.Accumulate {
			for r := range some.Groups * s.Rows {
				s.begin(some.FirstGroup*s.Rows+r, first, sums[r*count:][:count])
			}
		}
		a := some.args(first)
		a.y, a.ldy = unsafe.Pointer(&sums), 4*count
		a.lo, a.hi = s.limits()
		if s.adds() {
			a.lo, a.hi = float32(math.Inf(-1)), float32(math.Inf(1))
		}
		a.runAVX2(s.Rows, count)
		for r := range some.Groups * s.Rows {
			s.closeGaps(some.FirstGroup*s.Rows+r, first, sums[r*count:][:count])
		}
		some.FirstGroup += some.Groups
	}
}

// closeGaps writes a row's sums of the positions from first on, clamped already unless a residual is to be added.
func (s *Sparse) closeGaps(n, first int, sums []float32) {
	if s.adds() {
		s.finish(n, first, sums)
		return
	}
	s.eachLine(first, len(sums), func(at, out, count int) { copy(s.Y[n*s.LdY+out:], sums[at:][:count]) })
}

func (a *sparseArgs) runAVX2(rows, count int) {
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

// largestOffset looks at a few last ones by itself.
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
