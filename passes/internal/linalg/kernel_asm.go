//go:build (amd64 || arm64) && !noasm

package linalg

import (
	"unsafe"

	"github.com/pollard-dev/pollard/graph/level"
)

// kernel sums over n the products of each of a's 4 numbers and each of b's 8.
func kernel(n int, a, b *float64, sums *[down * across]float64) {
	if level.Active.Has(fused) {
		fma(n, a, b, sums)
		return
	}
	portable(n, unsafe.Slice(a, n*down), unsafe.Slice(b, n*across), sums)
}
