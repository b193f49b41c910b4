package kernel

import "sync"

const (
	// fmaRows and fmaCols are the extents of what fma computes at a time.
	fmaRows, fmaCols = 6, 16
	// packedRows is how many rows of a are packed at a time, so that they stay in the second-level cache.
	packedRows = 16 * fmaRows
)

// packedPanels is the packed parts of both factors.
type packedPanels struct {
	a [packedRows * tileInner]float32
	b [tileCols * tileInner]float32
	c [fmaRows * fmaCols]float32
}

var packedPool = sync.Pool{New: func() any { return new(packedPanels) }}

// packs reports whether a product of m rows and n columns is worth packing.
func packs(m, n int) bool { return hasFMA && m >= fmaRows && n >= fmaCols/2 }

// packedGemm is sgemm by fma: strips of 6 rows of a and of 16 columns of b are laid out as they are read (Goto and van de Geijn
// 2008, https://doi.org/10.1145/1356052.1356053). Each number of c is summed in the order of the inner index, wherever the
// blocks begin.
func packedGemm(m, n, k int, alpha float32, a, b matrix, c []float32, ldc int) {
	w := packedPool.Get().(*packedPanels)
	defer packedPool.Put(w)
	for p := 0; p < k; p += tileInner {
		inner := min(tileInner, k-p)
		for j := 0; j < n; j += tileCols {
			cols := min(tileCols, n-j)
			y := b.at(p, j)
			y.trans = !y.trans // lines are columns
			packStrips(w.b[:], y, cols, inner, fmaCols, 1)
			for i := 0; i < m; i += packedRows {
				rows := min(packedRows, m-i)
				packStrips(w.a[:], a.at(i, p), rows, inner, fmaRows, alpha)
				for s := 0; s < cols; s += fmaCols {
					for r := 0; r < rows; r += fmaRows {
						to := c[(i+r)*ldc+j+s:]
						if rows-r >= fmaRows && cols-s >= fmaCols {
							fma(inner, &w.a[r*inner], &w.b[s*inner], &to[0], ldc)
							continue
						}
						w.edge(inner, r, s, to, ldc, min(fmaRows, rows-r), min(fmaCols, cols-s))
					}
				}
			}
		}
	}
}

// edge is fma where fewer than all its rows or columns are there.
func (w *packedPanels) edge(inner, r, s int, to []float32, ldc, rows, cols int) {
	for i := range rows {
		copy(w.c[i*fmaCols:][:cols], to[i*ldc:])
	}
	fma(inner, &w.a[r*inner], &w.b[s*inner], &w.c[0], fmaCols)
	for i := range rows {
		copy(to[i*ldc:][:cols], w.c[i*fmaCols:])
	}
}

// packStrips writes count rows of m, of n numbers each times alpha, as strips of width rows, number after number; rows that are missing
// in the last strip are zeroes.
func packStrips(dst []float32, m matrix, count, n, width int, alpha float32) {
	for l := 0; l < count; l += width {
		strip := dst[l*n:][:width*n]
		rows := min(width, count-l)
		if rows < width {
			clear(strip)
		}
		if m.trans { // numbers of a strip's rows lie side by side
			for i := range n {
				from, to := m.data[i*m.ld+l:][:rows], strip[i*width:][:width]
				if alpha == 1 {
					copy(to, from)
					continue
				}
				for r, x := range from {
					to[r] = alpha * x
				}
			}
			continue
		}
		for r := range rows {
			from := m.data[(l+r)*m.ld:][:n]
			at := r
			for _, x := range from {
				strip[at] = alpha * x
				at += width
			}
		}
	}
}
