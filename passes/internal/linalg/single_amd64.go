//go:build !noasm

package linalg

import (
	"unsafe"

	"github.com/pollard-dev/pollard/graph/level"
)

// single sums over n the products of each of a's 8 lines and each of b's 16. In a, numbers of a line are number bytes
// apart and lines are line bytes apart.
func single(n int, a *float32, number, line int, b *float32, sums *[high * wide]float32) {
	switch {
	case level.Active.Has(level.AVX512):
		singleAVX512(n, a, number, line, b, sums)
	case level.Active.Has(level.AVX2):
		singleAVX2(n, a, number, line, b, sums)
	default:
		singlePortable(n, unsafe.Slice(a, reach(n, number, line)), number/4, line/4, unsafe.Slice(b, n*wide), sums)
	}
}

// singlePair computes single for two strips at once, b and c, with the same sums to the bit. It reports false if the
// processor does not support it.
func singlePair(n int, a *float32, number, line int, b, c *float32, sums *[2 * high * wide]float32) bool {
	if !level.Active.Has(level.AVX512) {
		return false
	}
	singlePairAVX512(n, a, number, line, b, c, sums)
	return true
}

// widen adds rows of 16 sums to rows of to, which are stride numbers apart.
func widen(to []float64, stride, rows int, sums *[high * wide]float32) {
	if rows == 0 {
		return
	}
	if level.Active.Has(level.AVX2) {
		_ = to[(rows-1)*stride+wide-1]
		widenAVX2(&to[0], stride*8, rows, &sums[0])
		return
	}
	widenPortable(to, stride, rows, sums)
}

// accumulate adds rows of 16 sums to rows of to, which are stride numbers apart.
func accumulate(to []float32, stride, rows int, sums *[high * wide]float32) {
	if rows == 0 {
		return
	}
	if level.Active.Has(level.AVX2) {
		_ = to[(rows-1)*stride+wide-1]
		accumulateAVX2(&to[0], stride*4, rows, &sums[0])
		return
	}
	accumulatePortable(to, stride, rows, sums)
}

// masks are those of packAVX2, from the one of 16 numbers to that of none.
var masks = func() (m [2 * wide]int32) {
	for i := range wide {
		m[i] = -1
	}
	return m
}()

// packStrip packs n rows of count columns, see packPortable.
func packStrip(n int, dst, src []float32, step, count int, shift *[wide]float32, sums *[wide]float64) {
	if n == 0 {
		return
	}
	if level.Active.Has(level.AVX2) {
		_, _ = dst[n*wide-1], src[(n-1)*step+count-1]
		packAVX2(n, &dst[0], &src[0], step*4, &masks[wide-count], shift, sums)
		return
	}
	packPortable(n, dst, src, step, count, shift, sums)
}

// setPowers sets p, which is zero, see powersPortable.
func setPowers(p *powers, v []float32) {
	if !level.Active.Has(level.AVX2) || len(v) == 0 {
		powersPortable(p, v)
		return
	}
	tail := len(v) % 8
	powersAVX2(len(v)/8, &v[0], &masks[wide-tail], p)
}

//go:noescape
func powersAVX2(n int, v *float32, mask *int32, sums *powers)

//go:noescape
func singleAVX2(n int, a *float32, number, line int, b *float32, sums *[high * wide]float32)

//go:noescape
func singleAVX512(n int, a *float32, number, line int, b *float32, sums *[high * wide]float32)

// singlePairAVX512 is singleAVX512 for two strips, b and c. The sums of c follow those of b.
//
//go:noescape
func singlePairAVX512(n int, a *float32, number, line int, b, c *float32, sums *[2 * high * wide]float32)

//go:noescape
func widenAVX2(to *float64, stride, rows int, sums *float32)

//go:noescape
func accumulateAVX2(to *float32, stride, rows int, sums *float32)

//go:noescape
func packAVX2(n int, dst, src *float32, step int, mask *int32, shift *[wide]float32, sums *[wide]float64)

// hasWalks reports whether apartWalk and pullWalk can be called.
func hasWalks() bool { return level.Active.Has(level.AVX2) }

// apartWalk adds up what Apart returns, for a multiple of 8 numbers, in 4 parts each.
func apartWalk(n int, want, have *float32, low, high float32, sums *[8]float64) {
	apartAVX2(n, want, have, low, high, sums)
}

// pullWalk is Pull for a multiple of 8 numbers.
func pullWalk(n int, r, z, want, have *float32, low, high float32) {
	pullAVX2(n, r, z, want, have, low, high)
}

//go:noescape
func apartAVX2(n int, want, have *float32, low, high float32, sums *[8]float64)

//go:noescape
func pullAVX2(n int, r, z, want, have *float32, low, high float32)

// crossStrip sums up r times the rows of count columns, see crossPortable.
func crossStrip(n int, x []float32, step, count int, r []float32, sums *[wide]float64) {
	if n > 0 && level.Active.Has(level.AVX2) {
		_, _ = x[(n-1)*step+count-1], r[n-1]
		crossAVX2(n, &x[0], step*4, &masks[wide-count], &r[0], sums)
		return
	}
	crossPortable(n, x, step, count, r, sums)
}

//go:noescape
func crossAVX2(n int, x *float32, step int, mask *int32, r *float32, sums *[wide]float64)

// setColumnPowers sets p to the powers of n rows of count columns, see columnPowersPortable.
func setColumnPowers(p *columnPowers, n int, x []float32, step, count int) {
	if n > 0 && level.Active.Has(level.AVX2) {
		_ = x[(n-1)*step+count-1]
		columnPowersAVX2(n, &x[0], step*4, &masks[wide-count], p)
		return
	}
	columnPowersPortable(p, n, x, step, count)
}

//go:noescape
func columnPowersAVX2(n int, x *float32, step int, mask *int32, sums *columnPowers)
