package linalg

import (
	"fmt"

	"github.com/pollard-dev/pollard/passes"
)

// Matrix is a view of numbers. The element in row i and column j is Data[i*Row+j*Col].
type Matrix struct {
	Rows, Cols int
	Row, Col   int // strides
	Data       []float64
}

// Of returns the rows x cols matrix in row-major order whose rows are stride apart.
func Of(data []float64, rows, cols, stride int) Matrix { return Matrix{rows, cols, stride, 1, data} }

// T returns the transpose of m, which shares its numbers.
func (m Matrix) T() Matrix { return Matrix{m.Cols, m.Rows, m.Col, m.Row, m.Data} }

const (
	// depth is how many products are summed at a time. Panels of that depth stay in the cache.
	depth = 256
	// down and across are the extents of the kernel's result.
	down, across = 4, 8
	// mostPacked is how many numbers are packed at a time, unless a single panel has more.
	mostPacked = 1 << 18
	// edge is the number of rows and columns of the largest tiles of a result, and the number of
	// lines that one thread packs at a time.
	edge = 96
	// fewProducts is the number of multiplications up to which one thread is faster than several.
	fewProducts = 1 << 15
)

// AddProduct adds a b to c, on at most threads goroutines.
func AddProduct(c, a, b Matrix, threads int) { add(c, a, b, 1, threads, false) }

// AddProductUpper adds a b to the upper triangle of c, where a b is symmetric. Whether it also adds
// below the diagonal is not specified.
func AddProductUpper(c, a, b Matrix, threads int) { add(c, a, b, 1, threads, true) }

// AddGram adds x^T x to the upper triangle of gram and x^T r to cross, on at most threads
// goroutines. It reads x once for both products.
func AddGram(gram, cross, x, r Matrix, threads int) {
	if cross.Cols == 1 { // a vector is not worth a strip
		AddProductUpper(gram, x.T(), x, threads)
		AddProduct(cross, x.T(), r, threads)
		return
	}
	checkExtents(gram, x.T(), x)
	checkExtents(cross, x.T(), r)
	m := &multiplication{a: x, sign: 1, threads: threads, factors: []factor{{b: x, c: gram, upper: true}, {b: r, c: cross}}}
	m.run()
}

func checkExtents(c, a, b Matrix) {
	if a.Rows != c.Rows || b.Cols != c.Cols || a.Cols != b.Rows {
		panic(fmt.Sprintf("linalg: %d x %d times %d x %d into %d x %d", a.Rows, a.Cols, b.Rows, b.Cols, c.Rows, c.Cols))
	}
}

// add adds sign times a b to c.
func add(c, a, b Matrix, sign float64, threads int, upper bool) {
	checkExtents(c, a, b)
	if c.Cols == 1 && (a.Col == 1 || a.Row == 1) {
		addVector(c, a, b, sign)
		return
	}
	m := &multiplication{a: a.T(), sign: sign, threads: threads, once: c.Cols <= edge, factors: []factor{{b: b, c: c, upper: upper}}}
	m.run()
}

// addVector is add for a vector b, which the kernel would pad to a whole strip.
func addVector(c, a, b Matrix, sign float64) {
	if a.Col == 1 { // one element of the result at a time
		vector := b.Data
		if b.Row != 1 {
			vector = make([]float64, b.Rows)
			for k := range vector {
				vector[k] = b.Data[k*b.Row]
			}
		}
		for i := range c.Rows {
			c.Data[i*c.Row] += sign * dot(a.Data[i*a.Row:][:a.Cols], vector)
		}
		return
	}
	for k := range a.Cols {
		f, column := sign*b.Data[k*b.Row], a.Data[k*a.Col:][:a.Rows]
		if c.Row == 1 {
			subtract(c.Data[:a.Rows], -f, column)
			continue
		}
		for i, v := range column {
			c.Data[i*c.Row] += f * v
		}
	}
}

// dot sums in two chains, which the processor runs in parallel.
func dot(x, y []float64) float64 {
	y = y[:len(x)]
	var a, b float64
	for len(x) >= 2 {
		a, b = a+x[0]*y[0], b+x[1]*y[1]
		x, y = x[2:], y[2:]
	}
	if len(x) > 0 {
		a += x[0] * y[0]
	}
	return a + b
}

func roundUp(n, to int) int { return (n + to - 1) / to * to }

// multiplication computes products that share a left factor. It packs the lines of all factors once
// and then multiplies them, one tile of a result at a time.
type multiplication struct {
	a       Matrix // left factor transposed: its lines are columns, as those of the right factors are
	sign    float64
	threads int
	once    bool // each line of a is read for a single tile, which packs it itself
	factors []factor

	packed []float64 // lines of a
}

// factor is a right factor b and the matrix c that its product is added to.
type factor struct {
	b, c   Matrix
	upper  bool // only the upper triangle of the result is wanted
	packed []float64
}

// run adds all products.
func (m *multiplication) run() {
	lines, columns := 0, 0
	for _, f := range m.factors {
		lines += roundUp(f.c.Cols, across)
		columns += f.c.Cols
	}
	if m.a.Cols == 0 || columns == 0 {
		return
	}
	if m.a.Cols*columns*min(m.a.Rows, depth) <= fewProducts {
		m.threads = 1
	}
	if !m.once {
		lines += roundUp(m.a.Cols, down)
	}
	most := max(1, mostPacked/(lines*depth)) * depth
	for k := 0; k < m.a.Rows; k += most {
		m.pass(k, min(most, m.a.Rows-k))
	}
}

// pass adds the products of n numbers of each line, starting at number k.
func (m *multiplication) pass(k, n int) {
	type lines struct {
		to    []float64
		from  Matrix
		first int
		width int
	}
	var all []lines
	prepare := func(x Matrix, width int) *[]float64 {
		v := doubles.borrow(roundUp(x.Cols, width) * n)
		for at := 0; at < x.Cols; at += edge {
			all = append(all, lines{*v, x, at, width})
		}
		return v
	}
	if !m.once {
		v := prepare(m.a, down)
		defer doubles.giveBack(v)
		m.packed = *v
	}
	for i := range m.factors {
		v := prepare(m.factors[i].b, across)
		defer doubles.giveBack(v)
		m.factors[i].packed = *v
	}
	passes.Parallel(m.threads, (n+depth-1)/depth*len(all), func(task int) {
		l, from := all[task%len(all)], task/len(all)*depth
		packLines(l.to, l.from, k, from, min(depth, n-from), l.first, l.width)
	})
	tiles := m.tiles()
	passes.Parallel(m.threads, len(tiles), func(t int) { m.tile(tiles[t], k, n) })
}

// tile is a block of a factor's result.
type tile struct {
	*factor
	row, col, rows, cols int
}

// tiles divides the results into tiles. They are large, so that panels are read less often, unless
// that would leave a thread without enough work.
func (m *multiplication) tiles() (tiles []tile) {
	for size := edge; ; size /= 2 {
		tiles = tiles[:0]
		for k := range m.factors {
			tiles = m.factors[k].tiles(tiles, size, m.once)
		}
		if m.threads <= 1 || len(tiles) >= 6*m.threads || size <= 3*across {
			return tiles
		}
	}
}

// tiles appends the tiles of the result, or of its upper triangle.
func (f *factor) tiles(all []tile, size int, once bool) []tile {
	for i := 0; i < f.c.Rows; i += size {
		from, cols := 0, size
		if f.upper && !once {
			from = i
		}
		if once {
			cols = f.c.Cols
		}
		for j := from; j < f.c.Cols; j += cols {
			all = append(all, tile{f, i, j, min(size, f.c.Rows-i), min(cols, f.c.Cols-j)})
		}
	}
	return all
}

// tile adds n products of each line to a tile, starting at number first.
func (m *multiplication) tile(t tile, first, n int) {
	var own []float64
	if m.once {
		v := doubles.borrow(edge * depth)
		defer doubles.giveBack(v)
		own = *v
	}
	for k := 0; k < n; k += depth {
		d := min(depth, n-k)
		a := own
		if m.once {
			pack(a, m.a.Data[(first+k)*m.a.Row+t.row*m.a.Col:], m.a.Col, m.a.Row, t.rows, d, down)
		} else {
			a = m.packed[roundUp(m.a.Cols, down)*k+t.row*d:]
		}
		t.add(a, t.packed[roundUp(t.c.Cols, across)*k+t.col*d:], d, m.sign)
	}
}

// add adds sign times the products of d numbers of each line to the tile.
func (t tile) add(a, b []float64, d int, sign float64) {
	var sums [2 * down * across]float64
	left, right := (*[down * across]float64)(sums[:]), (*[down * across]float64)(sums[down*across:])
	for y := 0; y < t.cols; y += 2 * across {
		two := y+across < t.cols
		for x := 0; x < t.rows; x += down {
			row, col := t.row+x, t.col+y
			if two && !t.below(row, col+across) && kernelPair(d, &a[x*d], &b[y*d], &b[(y+across)*d], &sums) {
				t.store(left, row, col, sign)
				t.store(right, row, col+across, sign)
				continue
			}
			if !t.below(row, col) {
				kernel(d, &a[x*d], &b[y*d], left)
				t.store(left, row, col, sign)
			}
			if two && !t.below(row, col+across) {
				kernel(d, &a[x*d], &b[(y+across)*d], left)
				t.store(left, row, col+across, sign)
			}
		}
	}
}

// below reports whether a strip at that row and column lies entirely outside the triangle that is
// wanted.
func (f *factor) below(row, col int) bool { return f.upper && row >= col+across }

// store adds the kernel's sums to the result.
func (f *factor) store(sums *[down * across]float64, row, col int, sign float64) {
	c := f.c
	rows, cols := min(down, c.Rows-row), min(across, c.Cols-col)
	if cols == across && c.Col == 1 {
		addRows(c.Data[row*c.Row+col:], c.Row, rows, sums, sign)
		return
	}
	for r := range rows {
		to, from := c.Data[(row+r)*c.Row+col*c.Col:], sums[r*across:][:across]
		for s, v := range from[:cols] {
			to[s*c.Col] += sign * v
		}
	}
}

// addRowsPortable adds sign times rows of 8 sums to rows of to, stride apart.
func addRowsPortable(to []float64, stride, rows int, sums *[down * across]float64, sign float64) {
	for r := range rows {
		row := to[r*stride:][:across]
		for s, v := range sums[r*across:][:across] {
			row[s] += sign * v
		}
	}
}

// portable is the kernel in Go. It sums over n the products of each of a's 4 numbers and each of
// b's 8.
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

// AddSymmetricProduct adds A b to c, on at most threads goroutines, for a symmetric n x n matrix A
// whose upper triangle a holds in row-major order. The elements below the diagonal are not read.
func AddSymmetricProduct(c Matrix, a []float64, b Matrix, threads int) {
	n := c.Rows
	square := doubles.borrow(min(n, edge) * min(n, edge))
	defer doubles.giveBack(square)
	for at := 0; at < n; at += edge {
		m := min(edge, n-at)
		rest := n - at - m
		d := (*square)[:m*m]
		for i := range m {
			for j := i; j < m; j++ {
				d[i*m+j] = a[(at+i)*n+at+j]
				d[j*m+i] = d[i*m+j]
			}
		}
		here, above := c.rows(at, m), b.rows(at, m)
		AddProduct(here, Of(d, m, m, m), above, threads)
		if rest > 0 {
			right := Of(a[at*n+at+m:], m, rest, n)
			AddProduct(here, right, b.rows(at+m, rest), threads)
			AddProduct(c.rows(at+m, rest), right.T(), above, threads)
		}
	}
}

// rows returns count rows of m, from the given one on.
func (m Matrix) rows(from, count int) Matrix {
	return Matrix{count, m.Cols, m.Row, m.Col, m.Data[from*m.Row:]}
}
