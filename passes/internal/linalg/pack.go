package linalg

import (
	"math/bits"
	"sync"
)

// recycled holds buffers of numbers for reuse, by class.
type recycled[T float32 | float64] [8 * (bits.UintSize + 1)]sync.Pool // of *[]T

// classOf returns the class of buffers of at least n numbers, and how many they have: n rounded up to three binary digits.
func classOf(n int) (class, size int) {
	drop := max(0, bits.Len(uint(n))-3)
	size = (n + 1<<drop - 1) >> drop << drop
	length := bits.Len(uint(size))
	return 8*length + size>>max(0, length-3), size
}

var (
	doubles recycled[float64]
	singles recycled[float32]
)

// borrow returns a buffer of n numbers, which are not cleared.
func (r *recycled[T]) borrow(n int) *[]T {
	class, size := classOf(n)
	if v, ok := r[class].Get().(*[]T); ok {
		*v = (*v)[:n]
		return v
	}
	v := make([]T, n, size)
	return &v
}

func (r *recycled[T]) giveBack(v *[]T) {
	class, _ := classOf(cap(*v))
	r[class].Put(v)
}

// Borrow returns a buffer of n float32 numbers, which are not cleared, until GiveBack.
func Borrow(n int) *[]float32 { return singles.borrow(n) }

// GiveBack makes a result of Borrow available again. Nobody may use it afterwards.
func GiveBack(v *[]float32) { singles.giveBack(v) }

// packLines packs up to edge lines of x, from line first on: n numbers of each, starting at k+from.
// dst is the buffer of the pass that starts at k.
func packLines(dst []float64, x Matrix, k, from, n, first, width int) {
	lines := min(edge, x.Cols-first)
	dst = dst[roundUp(x.Cols, width)*from+first*n:]
	pack(dst, x.Data[(k+from)*x.Row+first*x.Col:], x.Col, x.Row, lines, n, width)
}

// pack writes count lines of n numbers as strips of width lines each, number after number. Missing
// lines of the last strip are zeros. In src, lines are line apart and the numbers of a line step
// apart.
func pack(dst, src []float64, line, step, count, n, width int) {
	whole := count / width * width
	if line == 1 { // a few numbers of all lines at a time, which are adjacent in memory
		const few = 16
		for k := 0; k < n; k += few {
			for l := 0; l < whole; l += width {
				lay(dst[l*n+k*width:], src[k*step+l:], step, min(few, n-k), width)
			}
		}
	}
	for l := 0; l < count; l += width {
		strip := dst[l*n:][:width*n]
		switch {
		case l == whole:
			clear(strip)
			for w := range count - whole {
				for k := range n {
					strip[k*width+w] = src[(l+w)*line+k*step]
				}
			}
		case line == 1:
		case step == 1:
			turn(strip, src[l*line:], line, n, width)
		default:
			for w := range width {
				at := (l + w) * line
				for k := w; k < len(strip); k += width {
					strip[k] = src[at]
					at += step
				}
			}
		}
	}
}

// turn packs one strip of lines whose numbers are adjacent. It reads four lines at once so that it
// writes in order.
func turn(strip, src []float64, line, n, width int) {
	for w := 0; w < width; w += down {
		a, b, c, d := src[w*line:][:n], src[(w+1)*line:][:n], src[(w+2)*line:][:n], src[(w+3)*line:][:n]
		for k := range n {
			to := strip[k*width+w:][:down]
			to[0], to[1], to[2], to[3] = a[k], b[k], c[k], d[k]
		}
	}
}

// layPortable packs one strip of lines that are adjacent. Copying so few numbers one by one is faster than
// calling copy.
func layPortable(strip, src []float64, step, n, width int) {
	for k := range n {
		from, to := src[k*step:][:width], strip[k*width:][:width]
		to[0], to[1], to[2], to[3] = from[0], from[1], from[2], from[3]
		if len(to) == across {
			from, to = from[down:across], to[down:across]
			to[0], to[1], to[2], to[3] = from[0], from[1], from[2], from[3]
		}
	}
}
