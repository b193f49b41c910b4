package linalg

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// normal32 is random rows with that mean and deviation, stride apart, and NaN between them.
func normal32(r *rand.Rand, rows, cols, stride int, mean, deviation float64) Single {
	v := make([]float32, rows*stride)
	for i := range v {
		v[i] = float32(math.NaN())
		if i%stride < cols {
			v[i] = float32(mean + deviation*r.NormFloat64())
		}
	}
	return OfSingle(v, rows, cols, stride)
}

func (m Single) at(i, j int) float64 { return float64(m.Data[i*m.Stride+j]) }

// slowly is the sum of u v over the rows, with shifts subtracted from both.
func slowly(u, v Single, i, j int, s, t float64) float64 {
	sum := 0.0
	for k := range u.Rows {
		sum += (u.at(k, i) - s) * (v.at(k, j) - t)
	}
	return sum
}

func newSums(cols, outs int) Sums {
	return Sums{make([]float64, cols*cols), make([]float64, cols*outs), make([]float64, cols)}
}

var shapes = [][3]int{
	{1, 1, 1}, {3, 2, 0}, {200, 9, 1}, {129, 10, 6}, {128, 16, 0}, {127, 16, 1}, {300, 15, 2}, {40, 17, 16}, {256, 33, 5}, {1000, 40, 130}, {700, 145, 16},
	{520, 97, 1}, {260, 200, 33}, {0, 3, 2},
}

// The error of an element is at most 1e-6 of the root of the product of its diagonal elements.
func TestSumsAreThoseOfTheDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, s := range shapes {
		rows, cols, outs := s[0], s[1], s[2]
		x, y := normal32(r, rows, cols, cols+3, 0.5, 1), normal32(r, rows, outs, outs+1, 0, 2)
		have := newSums(cols, outs)
		for i := range have.Gram {
			have.Gram[i] = float64(i)
		}
		have.Add(x, y, 1)
		for i := range cols {
			own := slowly(x, x, i, i, 0, 0)
			for j := range cols {
				want, most := float64(i*cols+j), 0.0
				if j >= i {
					want, most = want+slowly(x, x, i, j, 0, 0), 1e-6*math.Sqrt(own*slowly(x, x, j, j, 0, 0))+1e-12*want
				} else if wide*(i/wide) > j { // below the diagonal blocks nothing is promised but that it stays in its place
					continue
				}
				if j >= i && math.Abs(have.Gram[i*cols+j]-want) > most {
					t.Fatalf("%v: %d, %d: %g, want %g", s, i, j, have.Gram[i*cols+j], want)
				}
			}
			for j := range outs {
				want := slowly(x, y, i, j, 0, 0)
				if math.Abs(have.Cross[i*outs+j]-want) > 1e-6*math.Sqrt(own*slowly(y, y, j, j, 0, 0)) {
					t.Fatalf("%v: right-hand side %d, %d: %g, want %g", s, i, j, have.Cross[i*outs+j], want)
				}
			}
			sum := 0.0
			for k := range rows {
				sum += x.at(k, i)
			}
			if math.Abs(have.Columns[i]-sum) > 1e-6*math.Sqrt(own*float64(rows)) {
				t.Fatalf("%v: column %d: %g, want %g", s, i, have.Columns[i], sum)
			}
		}
		for threads := 2; threads < 4; threads++ {
			again := newSums(cols, outs)
			for i := range again.Gram {
				again.Gram[i] = float64(i)
			}
			again.Add(x, y, threads)
			for i := range cols {
				if !slices.Equal(again.Gram[i*cols+i:(i+1)*cols], have.Gram[i*cols+i:(i+1)*cols]) {
					t.Errorf("%v: %d threads compute another Gram matrix", s, threads)
				}
			}
			if !slices.Equal(again.Cross, have.Cross) || !slices.Equal(again.Columns, have.Columns) {
				t.Errorf("%v: %d threads compute something else", s, threads)
			}
		}
		apart := newSums(cols, outs) // each is the same without the others
		Sums{Gram: apart.Gram}.Add(x, Single{}, 1)
		Sums{Cross: apart.Cross}.Add(x, y, 1)
		Sums{Columns: apart.Columns}.Add(x, Single{}, 1)
		for i := range cols {
			for j := i; j < cols; j++ {
				if d := apart.Gram[i*cols+j] + float64(i*cols+j) - have.Gram[i*cols+j]; math.Abs(d) > 1e-9*(1+math.Abs(have.Gram[i*cols+j])) {
					t.Fatalf("%v: alone the Gram matrix is off by %g", s, d)
				}
			}
		}
		if y := normal32(r, rows, 1, 1, 0, 1); rows > 0 { // one number a row
			cross := make([]float64, cols)
			Sums{Cross: cross}.Add(x, y, 1)
			for i, v := range cross {
				if want := slowly(x, y, i, 0, 0, 0); math.Abs(v-want) > 1e-6*math.Sqrt(slowly(x, x, i, i, 0, 0)*slowly(y, y, 0, 0, 0, 0)) {
					t.Errorf("%v: one number a row: %g, want %g", s, v, want)
				}
			}
		}
		if !slices.Equal(apart.Columns, have.Columns) || outs > 1 && !slices.Equal(apart.Cross, have.Cross) {
			t.Errorf("%v: alone they are something else", s)
		}
	}
}

// What remains of a column without its mean has an error of 1e-6 of what remains, however large the mean is, and so have
// products with residuals. Half of the columns have no mean, and one is constant.
func TestLargeMeansCostNoPrecision(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for _, mean := range []float64{3, 10, 100, -1e4} {
		for _, s := range [][3]int{{1500, 14, 1}, {1500, 40, 3}, {3000, 100, 20}} {
			rows, cols, outs := s[0], s[1], s[2]
			x, y := normal32(r, rows, cols, cols, 0, 1), normal32(r, rows, outs, outs, 1, 0.1)
			for i := range rows {
				for j := 0; j < cols; j += 2 {
					x.Data[i*cols+j] += float32(mean)
				}
				x.Data[(i+1)*cols-1] = 1
			}
			have := newSums(cols, outs)
			for at := 0; at < rows; at += 750 { // in several calls, whose shifts differ
				have.Add(OfSingle(x.Data[at*cols:], 750, cols, cols), OfSingle(y.Data[at*outs:], 750, outs, outs), 2)
			}
			means := func(m Single, j int) float64 {
				return slowly(m, OfSingle(slices.Repeat([]float32{1}, rows), rows, 1, 1), j, 0, 0, 0) / float64(rows)
			}
			for i := range cols {
				mi := means(x, i)
				if d := math.Abs(have.Columns[i]/float64(rows) - mi); d > 1e-6 {
					t.Fatalf("mean %g, %v: the mean of column %d is off by %g", mean, s, i, d)
				}
				if i == cols-1 {
					break
				}
				for j := i; j < cols-1; j++ {
					want := slowly(x, x, i, j, mi, means(x, j))
					if d := have.Gram[i*cols+j] - have.Columns[i]*have.Columns[j]/float64(rows) - want; math.Abs(d) > 2e-6*float64(rows) {
						t.Fatalf("mean %g, %v: the covariance of %d and %d is off by %g of %g", mean, s, i, j, d, want)
					}
				}
				for j := range outs {
					want, sum := slowly(x, y, i, j, mi, 0), means(y, j)*float64(rows)
					if d := have.Cross[i*outs+j] - mi*sum - want; math.Abs(d) > 2e-6*float64(rows)*math.Max(1, math.Abs(mi)*1e-6) {
						t.Fatalf("mean %g, %v: product %d, %d is off by %g of %g", mean, s, i, j, d, want)
					}
				}
			}
		}
	}
}

// Whole numbers have no rounding errors, whatever is subtracted from them on the way.
func TestSumsOfWholeNumbersAreExact(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for _, s := range shapes {
		rows, cols, outs := s[0], s[1], s[2]
		x, y := normal32(r, rows, cols, cols, 0, 0), normal32(r, rows, outs, outs, 0, 0)
		for i := range x.Data {
			x.Data[i] = float32(r.IntN(9) - 4 + 50*(i%3)) // columns are mixed, unless their number is a multiple of 3
		}
		for i := range y.Data {
			y.Data[i] = float32(r.IntN(9))
		}
		have := newSums(cols, outs)
		have.Add(x, y, 2)
		for i := range cols {
			for j := i; j < cols; j++ {
				if want := slowly(x, x, i, j, 0, 0); have.Gram[i*cols+j] != want {
					t.Fatalf("%v: %d, %d: %g, want %g", s, i, j, have.Gram[i*cols+j], want)
				}
			}
			for j := range outs {
				if want := slowly(x, y, i, j, 0, 0); have.Cross[i*outs+j] != want {
					t.Fatalf("%v: right-hand side %d, %d: %g, want %g", s, i, j, have.Cross[i*outs+j], want)
				}
			}
		}
	}
}

// Numbers whose products float32 does not have are multiplied in float64. What is not a number stays none.
func TestSumsOfExtremeNumbers(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	for _, c := range [][2]float64{{1e25, 1}, {1e-30, 1e-30}, {1, 1e30}, {1, 1e-25}, {0, 0}} {
		const rows, cols, outs = 70, 20, 3
		x, y := normal32(r, rows, cols, cols, 0, c[0]), normal32(r, rows, outs, outs, 0, c[1])
		have := newSums(cols, outs)
		have.Add(x, y, 1)
		for i := range cols {
			for j := range outs {
				want := slowly(x, y, i, j, 0, 0)
				if d := math.Abs(have.Cross[i*outs+j] - want); !(d <= 1e-5*c[0]*c[1]*rows) {
					t.Errorf("%v: %g, want %g", c, have.Cross[i*outs+j], want)
				}
			}
			if want := slowly(x, x, i, i, 0, 0); !(math.Abs(have.Gram[i*cols+i]-want) <= 1e-5*want) {
				t.Errorf("%v: %g, want %g", c, have.Gram[i*cols+i], want)
			}
		}
	}
	for _, v := range []float64{math.NaN(), math.Inf(1)} {
		x := normal32(r, 300, 20, 20, 5, 1)
		x.Data[7*20+3] = float32(v)
		have := newSums(20, 0)
		have.Add(x, Single{}, 1)
		for j := 3; j < 20; j++ {
			if x := have.Gram[3*20+j]; !math.IsNaN(x) && !math.IsInf(x, 0) {
				t.Errorf("%g: have %g", v, x)
			}
		}
		if x := have.Gram[4*20+5]; math.IsNaN(x) || math.IsInf(x, 0) {
			t.Errorf("%g: other columns have %g", v, x)
		}
	}
}

// A product with a factor is that of the definition, with an error of 1e-6 of the root of the product of the squares.
func TestProductsWithAFactor(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	for _, s := range [][3]int{{1, 1, 1}, {8, 5, 16}, {9, 9, 1}, {7, 130, 17}, {100, 128, 33}, {200, 300, 50}, {97, 20, 100}, {0, 3, 2}, {5, 3, 0}} {
		rows, cols, outs := s[0], s[1], s[2]
		x, y, w := normal32(r, rows, cols, cols+2, 0, 1), normal32(r, rows, outs, outs+5, 0, 1), normal(r, cols*outs)
		was := slices.Clone(y.Data)
		NewFactor(Of(w, outs, cols, cols).T()).AddProduct(y, x)
		for i := range was {
			row, j := i/(outs+5), i%(outs+5)
			if j >= outs {
				if !math.IsNaN(float64(y.Data[i])) {
					t.Fatalf("%v: something is written between rows", s)
				}
				continue
			}
			want, energy, weight := float64(was[i]), 0.0, 0.0
			for k := range cols {
				v, u := x.at(row, k), w[j*cols+k]
				want, energy, weight = want+v*u, energy+v*v, weight+u*u
			}
			if d := math.Abs(float64(y.Data[i]) - want); !(d <= 1e-6*(math.Sqrt(energy*weight)+math.Abs(want))) {
				t.Fatalf("%v: row %d, %d: off by %g of %g", s, row, j, d, want)
			}
		}
	}
}

func normals32(r *rand.Rand, n int) []float32 {
	return normal32(r, 1, n, n, 0, 1).Data
}

// The kernels in Go and those of this machine differ by rounding only, whatever the distances in a; a pair of strips has
// the sums of both, to the bit.
func TestSingleKernelsAgree(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	for _, n := range []int{0, 1, 7, 128} {
		for _, d := range [][2]int{{wide, 1}, {1, n + 3}} {
			a, b, c := normals32(r, reach(n, 4*d[0], 4*d[1])+1), normals32(r, n*wide+1), normals32(r, n*wide+1)
			var x, y, z [high * wide]float32
			single(n, &a[0], 4*d[0], 4*d[1], &b[0], &x)
			single(n, &a[0], 4*d[0], 4*d[1], &c[0], &z)
			singlePortable(n, a, d[0], d[1], b, &y)
			for i := range x {
				if math.Abs(float64(x[i]-y[i])) > 1e-6*float64(n) {
					t.Errorf("n %d, %v: %g and %g", n, d, x[i], y[i])
				}
			}
			var both [2 * high * wide]float32
			if singlePair(n, &a[0], 4*d[0], 4*d[1], &b[0], &c[0], &both) && !slices.Equal(both[:], append(slices.Clone(x[:]), z[:]...)) {
				t.Errorf("n %d, %v: a pair has other sums", n, d)
			}
		}
	}
}

// What is packed, and what is added to results, is the same to the bit on any machine.
func TestPackingAndAddingAgree(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for count := 1; count <= wide; count++ {
		const n, step = 9, wide + 4
		src := normals32(r, (n-1)*step+count)
		var shift [wide]float32
		copy(shift[:count], normals32(r, count))
		var sums, want [wide]float64
		have, slow := normals32(r, n*wide), normals32(r, n*wide)
		packStrip(n, have, src, step, count, &shift, &sums)
		packPortable(n, slow, src, step, count, &shift, &want)
		var cross, slowCross [wide]float64
		crossStrip(n, src, step, count, shift[:n], &cross)
		crossPortable(n, src, step, count, shift[:n], &slowCross)
		for c := range cross {
			if math.Abs(cross[c]-slowCross[c]) > 1e-12 {
				t.Errorf("%d columns: products of column %d: %g, want %g", count, c, cross[c], slowCross[c])
			}
		}
		if !slices.Equal(have, slow) || sums != want {
			t.Errorf("%d columns are packed differently", count)
		}
	}
	for rows := 0; rows <= high; rows++ {
		sums := [high * wide]float32(normals32(r, high*wide))
		const stride = wide + 3
		to, few := normal(r, high*stride), normals32(r, high*stride)
		slow, slowFew := slices.Clone(to), slices.Clone(few)
		widen(to, stride, rows, &sums)
		widenPortable(slow, stride, rows, &sums)
		accumulate(few, stride, rows, &sums)
		accumulatePortable(slowFew, stride, rows, &sums)
		if !slices.Equal(to, slow) || !slices.Equal(few, slowFew) {
			t.Errorf("%d rows are added differently", rows)
		}
	}
}

func BenchmarkSums(b *testing.B) {
	r := rand.New(rand.NewPCG(8, 8))
	const rows = 4096
	for _, s := range [][2]int{{10, 1}, {33, 96}, {75, 16}, {288, 64}, {1152, 192}} {
		cols, outs := s[0], s[1]
		x, y := normal32(r, rows, cols, cols, 0.5, 1), normal32(r, rows, outs, outs, 0, 1)
		report := func(b *testing.B) {
			b.ReportMetric(float64(rows*cols*(cols/2+outs))*float64(b.N)/b.Elapsed().Seconds()/1e9, "GMAC/s")
		}
		b.Run(fmt.Sprintf("%dx%d/single", cols, outs), func(b *testing.B) {
			to := newSums(cols, outs)
			for b.Loop() {
				to.Add(x, y, 1)
			}
			report(b)
		})
		b.Run(fmt.Sprintf("%dx%d/double", cols, outs), func(b *testing.B) {
			u, v := normal(r, rows*cols), normal(r, rows*outs)
			to := newSums(cols, outs)
			for b.Loop() {
				AddGram(Of(to.Gram, cols, cols, cols), Of(to.Cross, cols, outs, outs), Of(u, rows, cols, cols), Of(v, rows, outs, outs), 1)
			}
			report(b)
		})
		w := normal(r, cols*outs)
		b.Run(fmt.Sprintf("%dx%d/predict", cols, outs), func(b *testing.B) {
			for b.Loop() {
				NewFactor(Of(w, cols, outs, outs)).AddProduct(y, x)
			}
			b.ReportMetric(float64(rows*cols*outs)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GMAC/s")
		})
		b.Run(fmt.Sprintf("%dx%d/predictdouble", cols, outs), func(b *testing.B) {
			u, v := normal(r, rows*cols), normal(r, rows*outs)
			for b.Loop() {
				AddProduct(Of(v, rows, outs, outs), Of(u, rows, cols, cols), Of(w, cols, outs, outs), 1)
			}
			b.ReportMetric(float64(rows*cols*outs)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GMAC/s")
		})
	}
}
