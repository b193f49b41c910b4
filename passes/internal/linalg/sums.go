package linalg

import (
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/passes"
)

// Sums are sums over rows of x, and of r beside x, in float64. Each of them may be nil if it is not wanted.
type Sums struct {
	Gram    []float64 // x^T x: columns x columns, of which only the upper triangle is added to
	Cross   []float64 // x^T r: columns of x x columns of r
	Columns []float64 // the sums of the columns of x
}

// Add adds rows of x and r, on at most threads goroutines. What it adds does not depend on how many.
//
// Products are of float32 numbers and summed in float32, a panel of rows at a time; the sums of panels are added up in
// float64. So an element has an error of about 1e-7 of the root of the product of its diagonal elements. A column whose
// mean is large beside its deviation would lose what is left of it without its mean, which is what a fit with a bias
// reads. So a number near the mean is subtracted from such a column first, and what that changes is added in float64:
// then the error is relative to the deviation, not to the mean.
//
// Numbers that float32 products cannot hold, because of their magnitude, are multiplied in float64.
func (s Sums) Add(x, r Single, threads int) {
	if s.Cross == nil || r.Cols == 0 {
		r = Single{Rows: x.Rows}
	}
	if r.Rows != x.Rows || s.Gram != nil && len(s.Gram) != x.Cols*x.Cols || s.Cross != nil && len(s.Cross) != x.Cols*r.Cols ||
		s.Columns != nil && len(s.Columns) != x.Cols {
		panic(fmt.Sprintf("linalg: sums of %d x %d and %d x %d", x.Rows, x.Cols, r.Rows, r.Cols))
	}
	if x.Rows*x.Cols == 0 {
		return
	}
	if s.Gram == nil && s.Columns == nil && r.Cols == 1 && r.Stride == 1 && x.Cols <= wide {
		var sums [wide]float64
		crossStrip(x.Rows, x.Data, x.Stride, x.Cols, r.Data, &sums)
		for i := range s.Cross {
			s.Cross[i] += sums[i]
		}
		return
	}
	own := roundUp(x.Cols, wide)
	a := &summation{Sums: s, x: x, r: r, threads: threads, own: own / wide, shifts: make([]float32, own)}
	if !a.shift() || !fits(r) {
		s.addSlowly(x, r, threads)
		return
	}
	a.columns = make([]float64, own+roundUp(r.Cols, wide))
	if (own+r.Cols)*own*min(x.Rows, deep) <= fewProducts {
		a.threads = 1
	}
	a.run()
	a.unshift()
}

// addSlowly is Add in float64.
func (s Sums) addSlowly(x, r Single, threads int) {
	double := func(m Single) Matrix {
		v := make([]float64, 0, m.Rows*m.Cols)
		for i := range m.Rows {
			for _, f := range m.Data[i*m.Stride:][:m.Cols] {
				v = append(v, float64(f))
			}
		}
		return Of(v, m.Rows, m.Cols, m.Cols)
	}
	seen := double(x)
	if s.Gram != nil {
		AddProductUpper(Of(s.Gram, x.Cols, x.Cols, x.Cols), seen.T(), seen, threads)
	}
	if s.Cross != nil && r.Cols > 0 {
		AddProduct(Of(s.Cross, x.Cols, r.Cols, r.Cols), seen.T(), double(r), threads)
	}
	if s.Columns != nil {
		for i, v := range seen.Data {
			s.Columns[i%x.Cols] += v
		}
	}
}

// summation computes Sums.
type summation struct {
	Sums
	x, r    Single
	threads int
	own     int // strips of x; those of r follow
	// shifts are subtracted from the columns of x, and columns are the sums of what is packed: of x less shifts, and of
	// r. Both are padded to strips. shifted is whether any shift is not zero.
	shifts  []float32
	columns []float64
	shifted bool

	packed []float32 // of the rows in hand
	count  int       // of the rows in hand
}

const (
	// looked is how many rows decide what is subtracted.
	looked = 64
	// steep is the ratio of the squared mean to the variance from which a column is shifted.
	steep = 4
	// smallest and largest bound the magnitude of numbers whose products are summed in float32.
	smallest, largest = 1e-15, 1e15
)

// shift chooses what to subtract, from a few rows that are spread over all. It reports false if the numbers are too
// large or too small for products in float32.
func (a *summation) shift() bool {
	n := a.x.Cols
	v := doubles.borrow(2 * n)
	defer doubles.giveBack(v)
	sums, squares := (*v)[:n], (*v)[n:]
	clear(*v)
	rows := min(looked, a.x.Rows)
	for i := range rows { // in two passes, because of cancellation
		for c, f := range a.x.Data[i*a.x.Rows/rows*a.x.Stride:][:n] {
			sums[c] += float64(f)
		}
	}
	for c := range sums {
		sums[c] /= float64(rows)
	}
	for i := range rows {
		for c, f := range a.x.Data[i*a.x.Rows/rows*a.x.Stride:][:n] {
			d := float64(f) - sums[c]
			squares[c] += d * d
		}
	}
	most := 0.0
	for c, mean := range sums {
		variance := squares[c] / float64(rows)
		most = max(most, mean*mean+variance)
		if mean*mean > steep*variance {
			a.shifts[c] = roundly(mean, math.Sqrt(variance))
			a.shifted = a.shifted || a.shifts[c] != 0
		}
	}
	return !(most > largest*largest || most < smallest*smallest && most > 0)
}

// roundly returns a number near mean, in proportion to the deviation. It has few digits, so that whole numbers less it have
// few, too, and their products and sums are exact.
func roundly(mean, deviation float64) float32 {
	if deviation > 0 {
		unit := math.Ldexp(0.5, int(math.Floor(math.Log2(deviation))))
		mean = math.Round(mean/unit) * unit
	}
	if math.IsNaN(mean) || math.IsInf(mean, 0) {
		return 0
	}
	return float32(mean)
}

// fits reports whether products of the numbers can be summed in float32, judging by a few rows.
func fits(r Single) bool {
	most := 0.0
	for i := range min(looked, r.Rows) {
		for _, f := range r.Data[i*r.Rows/min(looked, r.Rows)*r.Stride:][:r.Cols] {
			most = max(most, math.Abs(float64(f)))
		}
	}
	return !(most > largest || most < smallest && most > 0)
}

// run adds the sums of the shifted columns.
func (a *summation) run() {
	if a.x.Cols+a.r.Cols <= wide {
		a.together()
		return
	}
	lines := len(a.columns)
	most := max(1, mostSingles/(lines*deep)) * deep
	packed := singles.borrow(lines * min(most, a.x.Rows))
	defer singles.giveBack(packed)
	a.packed = *packed
	tiles := a.tiles()
	for k := 0; k < a.x.Rows; k += most {
		a.count = min(most, a.x.Rows-k)
		a.pack(k)
		passes.Parallel(a.threads, len(tiles), func(t int) { a.tile(tiles[t]) })
	}
}

// stripsTogether is how many strips one thread packs at a time.
const stripsTogether = 8

// pack packs the rows in hand, which start at row k.
func (a *summation) pack(k int) {
	strips := len(a.columns) / wide
	panels, parts := (a.count+deep-1)/deep, (strips+stripsTogether-1)/stripsTogether
	sums := make([][wide]float64, panels*strips)
	passes.Parallel(a.threads, panels*parts, func(task int) {
		p, first := task/parts, task%parts*stripsTogether
		n := min(deep, a.count-p*deep)
		for s := first; s < min(strips, first+stripsTogether); s++ {
			from, at, shift := a.x, s*wide, [wide]float32{}
			if s < a.own {
				shift = [wide]float32(a.shifts[at:])
			} else {
				from, at = a.r, (s-a.own)*wide
			}
			packStrip(n, a.strip(p, s), from.Data[(k+p*deep)*from.Stride+at:], from.Stride, min(wide, from.Cols-at), &shift, &sums[p*strips+s])
		}
	})
	for i := range sums {
		to := a.columns[i%strips*wide:][:wide]
		for c, v := range sums[i] {
			to[c] += v
		}
	}
}

// strip returns a strip of a panel of the rows in hand.
func (a *summation) strip(panel, s int) []float32 {
	n := min(deep, a.count-panel*deep)
	return a.packed[panel*deep*len(a.columns)+s*n*wide:][:n*wide]
}

// region is a block of a result: of the Gram matrix, or of the right-hand side.
type region struct {
	to              []float64
	stride, strips  int // strips before those of the right factor
	upper           bool
	row, col        int
	lastRow, lastCo int
}

// tiles divides the results into regions. They are large, so that panels are read less often, unless that would leave a
// thread without enough work.
func (a *summation) tiles() (all []region) {
	for size := edge; ; size /= 2 {
		all = all[:0]
		for i := 0; i < a.x.Cols; i += size {
			last := min(a.x.Cols, i+size)
			if a.Gram != nil {
				for j := i / wide * wide; j < a.x.Cols; j += size {
					all = append(all, region{a.Gram, a.x.Cols, 0, true, i, j, last, min(a.x.Cols, j+size)})
				}
			}
			for j := 0; a.Cross != nil && j < a.r.Cols; j += size {
				all = append(all, region{a.Cross, a.r.Cols, a.own, false, i, j, last, min(a.r.Cols, j+size)})
			}
		}
		if a.threads <= 1 || len(all) >= 6*a.threads || size <= 3*wide {
			return all
		}
	}
}

// tile adds the products of the rows in hand to a region.
func (a *summation) tile(t region) {
	var sums [2 * high * wide]float32
	left, right := (*[high * wide]float32)(sums[:]), (*[high * wide]float32)(sums[high*wide:])
	for p := range (a.count + deep - 1) / deep {
		n := min(deep, a.count-p*deep)
		for col := t.col; col < t.lastCo; col += 2 * wide {
			b := &a.strip(p, t.strips+col/wide)[0]
			two := col+wide < t.lastCo
			for row := t.row; row < t.lastRow; row += high {
				x := &a.strip(p, row/wide)[row%wide]
				if two && !t.below(row, col+wide) {
					c := &a.strip(p, t.strips+col/wide+1)[0]
					if singlePair(n, x, 4*wide, 4, b, c, &sums) {
						t.store(left, row, col)
						t.store(right, row, col+wide)
						continue
					}
					single(n, x, 4*wide, 4, c, right)
					t.store(right, row, col+wide)
				}
				if !t.below(row, col) {
					single(n, x, 4*wide, 4, b, left)
					t.store(left, row, col)
				}
			}
		}
	}
}

// below reports whether a strip at that row and column lies entirely outside the triangle that is wanted.
func (t *region) below(row, col int) bool { return t.upper && row >= col+wide }

// store adds the kernel's sums to the result.
func (t *region) store(sums *[high * wide]float32, row, col int) {
	rows, cols := min(high, t.lastRow-row), min(wide, t.lastCo-col)
	to := t.to[row*t.stride+col:]
	if cols == wide {
		widen(to, t.stride, rows, sums)
		return
	}
	for r := range rows {
		for s, v := range sums[r*wide:][:cols] {
			to[r*t.stride+s] += float64(v)
		}
	}
}

// together is run for so few columns that those of x and r fit in one strip.
func (a *summation) together() {
	n, outs := a.x.Cols, a.r.Cols
	var strip [deep * wide]float32
	var all [2 * high * wide]float64
	var sums [high * wide]float32
	shift := [wide]float32(a.shifts)
	for k := 0; k < a.x.Rows; k += deep {
		d := min(deep, a.x.Rows-k)
		packStrip(d, strip[:], a.x.Data[k*a.x.Stride:], a.x.Stride, n, &shift, (*[wide]float64)(a.columns))
		for i := range d {
			if outs == 0 {
				break
			}
			to := strip[i*wide+n:][:outs]
			for j, v := range a.r.Data[(k+i)*a.r.Stride:][:outs] {
				to[j] = v
				a.columns[a.own*wide+j] += float64(v)
			}
		}
		for row := 0; row < n; row += high {
			single(d, &strip[row], 4*wide, 4, &strip[0], &sums)
			widen(all[row*wide:], wide, high, &sums)
		}
	}
	for i := range n {
		if a.Gram != nil {
			for j := i; j < n; j++ {
				a.Gram[i*n+j] += all[i*wide+j]
			}
		}
		for j := range outs {
			a.Cross[i*outs+j] += all[i*wide+n+j]
		}
	}
}

// unshift adds what subtracting from the columns has changed: with s subtracted from x, the sum of x y is that of
// (x-s) (y-t) + s (y-t) + (x-s) t + s t.
func (a *summation) unshift() {
	n, outs, rows := a.x.Cols, a.r.Cols, float64(a.x.Rows)
	for i := range n {
		s, sum := float64(a.shifts[i]), a.columns[i]
		if a.Columns != nil {
			a.Columns[i] += sum + rows*s
		}
		if !a.shifted {
			continue
		}
		if a.Gram != nil {
			for j := i; j < n; j++ {
				if t := float64(a.shifts[j]); s != 0 || t != 0 {
					a.Gram[i*n+j] += s*(a.columns[j]+rows*t) + sum*t
				}
			}
		}
		for j := 0; s != 0 && j < outs; j++ {
			a.Cross[i*outs+j] += s * a.columns[a.own*wide+j]
		}
	}
}
