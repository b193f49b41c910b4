package linalg

import "fmt"

// Single is a view of float32 numbers in row-major order, with rows Stride apart.
type Single struct {
	Rows, Cols, Stride int
	Data               []float32
}

// OfSingle returns the rows x cols matrix whose rows are stride apart.
func OfSingle(data []float32, rows, cols, stride int) Single { return Single{rows, cols, stride, data} }

const (
	// high and wide are the extents of the kernel's result. A strip is wide lines, number after number.
	high, wide = 8, 16
	// deep is how many products are summed in float32. The sums are added up in float64. A sum of so few is as accurate
	// as its addends nearly: rounding errors of half a unit each partly cancel, to about 2e-7 of the sum of magnitudes.
	deep = 128
	// mostSingles is how many numbers are packed at a time, unless a single panel has more.
	mostSingles = 1 << 19
)

// reach is how many numbers of a the kernel may read.
func reach(n, number, line int) int { return max(0, ((n-1)*number+(high-1)*line)/4+1) }

// singlePortable is the kernel in Go. number and line count numbers, not bytes.
func singlePortable(n int, a []float32, number, line int, b []float32, sums *[high * wide]float32) {
	clear(sums[:])
	for k := range n {
		y := b[k*wide:][:wide]
		for r := range high {
			v, to := a[k*number+r*line], sums[r*wide:][:wide]
			for s, w := range y {
				to[s] += v * w
			}
		}
	}
}

// widenPortable adds rows of 16 sums to rows of to, which are stride numbers apart.
func widenPortable(to []float64, stride, rows int, sums *[high * wide]float32) {
	for r := range rows {
		row := to[r*stride:][:wide]
		for s, v := range sums[r*wide:][:wide] {
			row[s] += float64(v)
		}
	}
}

// accumulatePortable adds rows of 16 sums to rows of to, which are stride numbers apart.
func accumulatePortable(to []float32, stride, rows int, sums *[high * wide]float32) {
	for r := range rows {
		row := to[r*stride:][:wide]
		for s, v := range sums[r*wide:][:wide] {
			row[s] += v
		}
	}
}

// packPortable packs n rows of count columns, step apart in src, as a strip: less shift, and zeros behind the columns.
// It adds what it packs to sums.
func packPortable(n int, dst, src []float32, step, count int, shift *[wide]float32, sums *[wide]float64) {
	for k := range n {
		from, to := src[k*step:][:count], dst[k*wide:][:wide]
		for c, v := range from {
			v -= shift[c]
			to[c] = v
			sums[c] += float64(v)
		}
		clear(to[count:])
	}
}

// crossPortable sets sums to those of n rows of count columns, step apart in x, each times its number in r. They are in
// float64: with one number a row it is the rows that take time, not the products.
func crossPortable(n int, x []float32, step, count int, r []float32, sums *[wide]float64) {
	clear(sums[:])
	for k, f := range r[:n] {
		for c, v := range x[k*step:][:count] {
			sums[c] += float64(f) * float64(v)
		}
	}
}

// Factor is the right factor of products, rounded to float32 and packed.
type Factor struct {
	rows, cols int
	packed     []float32 // for each panel of deep rows, its strips
}

// NewFactor packs w.
func NewFactor(w Matrix) *Factor {
	f := &Factor{w.Rows, w.Cols, make([]float32, w.Rows*roundUp(w.Cols, wide))}
	for k := 0; k < w.Rows; k += deep {
		n := min(deep, w.Rows-k)
		for c := range w.Cols {
			to := f.strip(k, n, c/wide)[c%wide:]
			for i := range n {
				to[i*wide] = float32(w.Data[(k+i)*w.Row+c*w.Col])
			}
		}
	}
	return f
}

// strip returns a strip of the panel of n rows from row k on.
func (f *Factor) strip(k, n, strip int) []float32 {
	return f.packed[k*roundUp(f.cols, wide)+strip*n*wide:][:n*wide]
}

// rowsTogether is how many rows of x are multiplied by one strip after another, while they are in the cache.
const rowsTogether = 96

// AddProduct adds x times f to c. Sums are in float32, of at most deep products at a time.
func (f *Factor) AddProduct(c, x Single) {
	if x.Cols != f.rows || c.Cols != f.cols || c.Rows != x.Rows {
		panic(fmt.Sprintf("linalg: %d x %d times %d x %d into %d x %d", x.Rows, x.Cols, f.rows, f.cols, c.Rows, c.Cols))
	}
	var edge [high * deep]float32
	for k := 0; k < f.rows; k += deep {
		n := min(deep, f.rows-k)
		for from := 0; from < x.Rows; from += rowsTogether {
			to := min(x.Rows, from+rowsTogether)
			whole := from + (to-from)/high*high
			f.multiply(c, from, whole, k, n, x.Data[from*x.Stride+k:], x.Stride)
			if whole == to {
				continue
			}
			for r := whole; r < to; r++ { // the kernel reads 8 rows
				copy(edge[(r-whole)*n:][:n], x.Data[r*x.Stride+k:])
			}
			f.multiply(c, whole, to, k, n, edge[:], n)
		}
	}
}

// multiply adds the products of rows from to to-1 with the panel of n rows of f from row k on. The rows are stride apart
// in a, and 8 at a time can be read.
func (f *Factor) multiply(c Single, from, to, k, n int, a []float32, stride int) {
	var sums [2 * high * wide]float32
	left, right := (*[high * wide]float32)(sums[:]), (*[high * wide]float32)(sums[high*wide:])
	for at := 0; at < f.cols; at += 2 * wide {
		b := &f.strip(k, n, at/wide)[0]
		var next *float32
		if at+wide < f.cols {
			next = &f.strip(k, n, at/wide+1)[0]
		}
		for r := from; r < to; r += high {
			row := &a[(r-from)*stride]
			if next != nil && singlePair(n, row, 4, 4*stride, b, next, &sums) {
				c.store(left, r, at, to)
				c.store(right, r, at+wide, to)
				continue
			}
			single(n, row, 4, 4*stride, b, left)
			c.store(left, r, at, to)
			if next != nil {
				single(n, row, 4, 4*stride, next, left)
				c.store(left, r, at+wide, to)
			}
		}
	}
}

// store adds the kernel's sums to rows of c before row end.
func (c Single) store(sums *[high * wide]float32, row, col, end int) {
	rows, cols := min(high, end-row), min(wide, c.Cols-col)
	to := c.Data[row*c.Stride+col:]
	if cols == wide {
		accumulate(to, c.Stride, rows, sums)
		return
	}
	for r := range rows {
		for s, v := range sums[r*wide:][:cols] {
			to[r*c.Stride+s] += v
		}
	}
}
