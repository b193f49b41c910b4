//go:build (!amd64 && !arm64) || noasm

package linalg

import "unsafe"

// kernel sums over n the products of each of a's 4 numbers and each of b's 8.
func kernel(n int, a, b *float64, sums *[down * across]float64) {
	portable(n, unsafe.Slice(a, n*down), unsafe.Slice(b, n*across), sums)
}

// kernelPair would compute kernel for two strips at once, which is no faster in Go.
func kernelPair(int, *float64, *float64, *float64, *[2 * down * across]float64) bool { return false }

func addRows(to []float64, stride, rows int, sums *[down * across]float64, sign float64) {
	addRowsPortable(to, stride, rows, sums, sign)
}

func lay(strip, src []float64, step, n, width int) { layPortable(strip, src, step, n, width) }
