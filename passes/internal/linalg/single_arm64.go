//go:build !noasm

package linalg

import (
	"unsafe"

	"github.com/pollard-dev/pollard/graph/level"
)

// single sums over n the products of each of a's 8 lines and each of b's 16. In a, numbers of a line are number bytes
// apart and lines are line bytes apart.
func single(n int, a *float32, number, line int, b *float32, sums *[high * wide]float32) {
	if level.Active.Has(level.NEON) {
		singleNEON(n, a, number, line, b, sums)
		return
	}
	singlePortable(n, unsafe.Slice(a, reach(n, number, line)), number/4, line/4, unsafe.Slice(b, n*wide), sums)
}

// singlePair would compute single for two strips at once, but NEON has too few registers for that.
func singlePair(int, *float32, int, int, *float32, *float32, *[2 * high * wide]float32) bool {
	return false
}

func widen(to []float64, stride, rows int, sums *[high * wide]float32) {
	widenPortable(to, stride, rows, sums)
}

func accumulate(to []float32, stride, rows int, sums *[high * wide]float32) {
	accumulatePortable(to, stride, rows, sums)
}

func packStrip(n int, dst, src []float32, step, count int, shift *[wide]float32, sums *[wide]float64) {
	packPortable(n, dst, src, step, count, shift, sums)
}

//go:noescape
func singleNEON(n int, a *float32, number, line int, b *float32, sums *[high * wide]float32)

func setPowers(p *powers, v []float32) { powersPortable(p, v) }

func hasWalks() bool { return false }

func apartWalk(int, *float32, *float32, float32, float32, *[8]float64) { panic("not here") }

func pullWalk(int, *float32, *float32, *float32, *float32, float32, float32) { panic("not here") }

func crossStrip(n int, x []float32, step, count int, r []float32, sums *[wide]float64) {
	crossPortable(n, x, step, count, r, sums)
}

func setColumnPowers(p *columnPowers, n int, x []float32, step, count int) {
	columnPowersPortable(p, n, x, step, count)
}
