//go:build !noasm

package simd

import "unsafe"

// sparseArgs is what the assembly reads, in words of 8 bytes in this order (gen/neon_sparse.go names them).
type sparseArgs struct {
	x, starts, offsets, values, bias, y, residual unsafe.Pointer

	nextBias, ldy, ldr, groups int // bytes from group to group, from row to row
	lo, hi                     float32
	vectors, accumulate        int
	last                       int // bytes from the first position to the last four
	few                        int // how many positions there are if they are fewer than four, too few for a vector
}

func (s *Sparse) run(l Level, count int) {
	if l == Generic {
		sparseGo(s, count)
		return
	}
	s.lines(l, 4, count)
}

func (a *sparseArgs) run(rows, count int) {
	if count < 4 {
		a.few = count
	} else {
		a.vectors, a.last = (count+3)/4, 4*(count-4)
	}
	start := (*byte)(unsafe.Pointer(a))
	switch rows {
	case 1:
		sparseNEONx1(start)
	case 2:
		sparseNEONx2(start)
	default:
		sparseNEONx4(start)
	}
}

// largestOffset handles the last few offsets separately.
func largestOffset(l Level, offsets []int32) uint32 {
	whole := len(offsets) &^ 31
	if l == Generic || whole == 0 {
		return largestOffsetGo(offsets)
	}
	return max(largestOffsetGo(offsets[whole:]), largestOffsetNEON(&offsets[0], whole))
}
