package kernel

import (
	"sync"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime/internal/kernel/simd"
)

// packChunk is how many weights are converted at a time if they are at unaligned addresses in the
// file. This keeps at most two copies of a model's weights in memory, as stored and packed.
const packChunk = 1 << 18

// packBuffers keeps the buffers that weights are converted in.
var packBuffers sync.Pool

func packBuffer(n int) []float32 {
	if b, ok := packBuffers.Get().(*[]float32); ok && cap(*b) >= n {
		return (*b)[:n]
	}
	return make([]float32, n)
}

// packRows packs w, which has k x taps numbers for each of n columns, starting at from.
func packRows(dst []float32, w *graph.Tensor, from, taps, k, n int) {
	size := k * taps
	step := max(1, packChunk/(size*simd.Strip())) * simd.Strip()
	buf := packBuffer(min(step, n) * size)
	defer packBuffers.Put(&buf)
	for first := 0; first < n; first += step {
		count := min(step, n-first)
		src := graph.Part(w, from+first*size, from+(first+count)*size, buf)
		simd.PackStrips(dst[size*first:][:simd.PackedLen(taps, k, count)], src, taps, k, count, 1, taps, size)
	}
}

// packColumns packs w, which has k rows of n numbers.
func packColumns(dst []float32, w *graph.Tensor, k, n int) {
	step := max(1, packChunk/n)
	buf := packBuffer(min(step, k) * n)
	defer packBuffers.Put(&buf)
	for row := 0; row < k; row += step {
		count := min(step, k-row)
		src := graph.Part(w, row*n, (row+count)*n, buf)
		for s := range simd.Strips(n) {
			first, width, columns := simd.StripAt(s, n)
			simd.PackStrips(dst[k*first+row*width:][:count*width], src[first:], 1, count, columns, 0, n, 1)
		}
	}
}
