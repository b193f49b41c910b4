package linalg

import (
	"fmt"
	"sync"

	"github.com/pollard-dev/pollard/passes"
)

// Matrix is a view of numbers: that of row i and column j is Data[i*Row+j*Col].
type Matrix struct {
	Rows, Cols int
	Row, Col   int // strides
	Data       []float64
}

// Of is the rows x cols matrix in row-major order whose rows are stride apart.
func Of(data []float64, rows, cols, stride int) Matrix { return Matrix{rows, cols, stride, 1, data} }

// T is m transposed: the same numbers.
func (m Matrix) T() Matrix { return Matrix{m.Cols, m.Rows, m.Col, m.Row, m.Data} }

const (
	// tile is the edge of the squares of the result that are work for one thread.
	tile = 96
	// depth is how many products are summed in one go: panels of that depth stay in the cache.
	depth = 256
	// down and across are the extents of the kernel's result.
	down, across = 4, 8
)

// AddProduct adds a b to c, on so many threads.
func AddProduct(c, a, b Matrix, threads int) { add(c, a, b, threads, false) }

// AddProductUpper adds a b to the tiles of c that reach to its upper triangle, for a b that is symmetric.
// Numbers below the diagonal may or may not be up to date.
func AddProductUpper(c, a, b Matrix, threads int) { add(c, a, b, threads, true) }

func add(c, a, b Matrix, threads int, upper bool) {
	if a.Rows != c.Rows || b.Cols != c.Cols || a.Cols != b.Rows {
		panic(fmt.Sprintf("linalg: %d x %d times %d x %d into %d x %d", a.Rows, a.Cols, b.Rows, b.Cols, c.Rows, c.Cols))
	}
	var tiles [][2]int
	for i := 0; i < c.Rows; i += tile {
		from := 0
		if upper {
			from = i
		}
		for j := from; j < c.Cols; j += tile {
			tiles = append(tiles, [2]int{i, j})
		}
	}
	passes.Parallel(threads, len(tiles), func(t int) { addTile(c, a, b, tiles[t][0], tiles[t][1]) })
}

// panels are the packed parts of both factors that a tile is made of.
type panels struct{ a, b [tile * depth]float64 }

var pool = sync.Pool{New: func() any { return new(panels) }}

// addTile adds to the tile of c at row i and column j.
func addTile(c, a, b Matrix, i, j int) {
	p := pool.Get().(*panels)
	defer pool.Put(p)
	rows, cols := min(tile, c.Rows-i), min(tile, c.Cols-j)
	var sums [down * across]float64
	for k := 0; k < a.Cols; k += depth {
		n := min(depth, a.Cols-k)
		pack(p.a[:], a.Data[i*a.Row+k*a.Col:], a.Row, a.Col, rows, n, down)
		pack(p.b[:], b.Data[k*b.Row+j*b.Col:], b.Col, b.Row, cols, n, across)
		for y := 0; y < cols; y += across {
			for x := 0; x < rows; x += down {
				kernel(n, &p.a[x*n], &p.b[y*n], &sums)
				for r := range min(down, rows-x) {
					to := c.Data[(i+x+r)*c.Row+(j+y)*c.Col:]
					for s, v := range sums[r*across:][:min(across, cols-y)] {
						to[s*c.Col] += v
					}
				}
			}
		}
	}
}

// pack writes count lines of n numbers as strips of width lines each, number after number; lines that are missing in the last strip are
// zeroes. Lines are line apart, their numbers step.
func pack(dst, src []float64, line, step, count, n, width int) {
	for l := 0; l < count; l += width {
		strip := dst[l*n:][:width*n]
		if lines := min(width, count-l); lines < width {
			clear(strip)
			for w := range lines {
				for k := range n {
					strip[k*width+w] = src[(l+w)*line+k*step]
				}
			}
			continue
		}
		if line == 1 {
			lay(strip, src[l:], step, n, width)
			continue
		}
		for w := range width {
			at := (l + w) * line
			for k := w; k < len(strip); k += width {
				strip[k] = src[at]
				at += step
			}
		}
	}
}

// lay is pack for one strip of lines that lie side by side. So few numbers are copied faster one by one than
// by a call.
func lay(strip, src []float64, step, n, width int) {
	for k := range n {
		from, to := src[k*step:][:width], strip[k*width:][:width]
		to[0], to[1], to[2], to[3] = from[0], from[1], from[2], from[3]
		if len(to) == across {
			from, to = from[down:across], to[down:across]
			to[0], to[1], to[2], to[3] = from[0], from[1], from[2], from[3]
		}
	}
}

// portable is the kernel in Go: sums over n of the products of each of a's 4 numbers and each of b's 8.
func portable(n int, a, b []float64, sums *[down * across]float64) {
	clear(sums[:])
	for k := range n {
		x, y := a[k*down:][:down], b[k*across:][:across]
		for r, v := range x {
			to := sums[r*across:][:across]
			for s, w := range y {
				to[s] += v * w
			}
		}
	}
}
