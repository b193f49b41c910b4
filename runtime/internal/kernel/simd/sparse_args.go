//go:build (amd64 || arm64) && !noasm

package simd

import (
	"math"
	"unsafe"
)

// lines computes count positions with vectors of the given width, for levels that cannot close the
// gaps between the lines as they write.
func (s *Sparse) lines(l Level, width, count int) {
	switch {
	case !s.gaps():
		s.tiles(l, width, s.First, count, func(first, count int) { s.tile(first, first, count) })
	case s.Width < 24:
		s.tiles(l, width, s.First, count, s.tileGaps)
	default: // a line by itself fills most of its vectors
		s.eachLine(s.First, count, func(at, out, n int) {
			s.tiles(l, width, s.First+at, n, func(first, count int) { s.tile(first, out+first-s.First-at, count) })
		})
	}
}

// tiles divides positions evenly among as few tiles as possible, in vectors of the given width. One
// call computes all groups of a tile.
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

// args returns the arguments of a tile, except for where it is written.
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

// write has a tile's sums written to y, at number out of each row, with the residual added.
func (s *Sparse) write(a *sparseArgs, out int) {
	a.y, a.ldy = unsafe.Pointer(&s.Y[s.FirstGroup*s.Rows*s.LdY+out]), 4*s.LdY
	a.lo, a.hi = s.limits()
	if s.adds() {
		a.residual, a.ldr = unsafe.Pointer(&s.Residual[s.FirstGroup*s.Rows*s.LdR+out]), 4*s.LdR
	}
}

// tile computes a tile of positions that are contiguous in y, starting at out.
func (s *Sparse) tile(first, out, count int) {
	a := s.args(first)
	s.write(&a, out)
	a.run(s.Rows, count)
}

// tileGaps computes the sums of a few groups at a time with the gaps, and then closes these.
func (s *Sparse) tileGaps(first, count int) {
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
		a.run(s.Rows, count)
		for r := range some.Groups * s.Rows {
			s.closeGaps(some.FirstGroup*s.Rows+r, first, sums[r*count:][:count])
		}
		some.FirstGroup += some.Groups
	}
}

// closeGaps writes a row's sums of the positions starting at first, which are already clamped
// unless a residual is to be added.
func (s *Sparse) closeGaps(n, first int, sums []float32) {
	if s.adds() {
		s.finish(n, first, sums)
		return
	}
	s.eachLine(first, len(sums), func(at, out, count int) { copy(s.Y[n*s.LdY+out:], sums[at:][:count]) })
}
