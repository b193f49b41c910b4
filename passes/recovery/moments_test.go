package recovery

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func normal(r *rand.Rand, n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = r.NormFloat64()
	}
	return v
}

// rounded are the numbers in float32; v becomes what they are.
func rounded(v []float64) []float32 {
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = float32(x)
		v[i] = float64(out[i])
	}
	return out
}

// widened are the same numbers in float64.
func widened(v []float32) []float64 {
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = float64(x)
	}
	return out
}

// upper is the triangle of the Gram matrix that is defined.
func upper(m *moments) []float64 {
	out := make([]float64, 0, len(m.gram))
	for i := range m.cols {
		out = append(out, m.gram[i*m.cols+i:(i+1)*m.cols]...)
	}
	return out
}

func apart(a, b []float64) float64 {
	most := 0.0
	for i := range a {
		most = max(most, math.Abs(a[i]-b[i]))
	}
	return most
}

// The update is that of the stacked system [x; sqrt(lambda) I] d = [r; 0], solved by QR.
func TestRidgeIsTheLeastSquaresSolutionOfTheStackedSystem(t *testing.T) {
	for _, c := range []struct {
		rows, cols, outs int
		strength         float64
	}{{40, 5, 3, 0.1}, {300, 20, 7, 1e-3}, {10, 12, 2, 0.01}, {500, 130, 4, 1e-4}} {
		r := rand.New(rand.NewPCG(1, uint64(c.rows)))
		x, res := normal(r, c.rows*c.cols), normal(r, c.rows*c.outs)
		m := newMoments(c.cols, c.outs)
		m.add(rounded(x), rounded(res), c.rows, 2)
		have := ridge(m, c.strength)
		trace := 0.0
		for _, v := range x {
			trace += v * v
		}
		lambda := c.strength * trace / float64(c.cols)
		a, b := mat.NewDense(c.rows+c.cols, c.cols, nil), mat.NewDense(c.rows+c.cols, c.outs, nil)
		a.Slice(0, c.rows, 0, c.cols).(*mat.Dense).Copy(mat.NewDense(c.rows, c.cols, x))
		b.Slice(0, c.rows, 0, c.outs).(*mat.Dense).Copy(mat.NewDense(c.rows, c.outs, res))
		for i := range c.cols {
			a.Set(c.rows+i, i, math.Sqrt(lambda))
		}
		var want mat.Dense
		if err := want.Solve(a, b); err != nil { // more rows than columns: by QR
			t.Fatal(err)
		}
		if d := apart(have, want.RawMatrix().Data); !(d < 1e-5) {
			t.Errorf("%d x %d, strength %g: off by %g", c.rows, c.cols, c.strength, d)
		}
	}
}

func TestErrorFromMomentsIsTheSumOfSquares(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	const rows, cols, outs = 50, 101, 3
	x, res, d := normal(r, rows*cols), normal(r, rows*outs), normal(r, cols*outs)
	m := newMoments(cols, outs)
	m.add(rounded(x), rounded(res), rows, 2)
	want, still := 0.0, 0.0
	for i := range rows {
		for j := range outs {
			e := res[i*outs+j]
			still += e * e
			for k := range cols {
				e -= x[i*cols+k] * d[k*outs+j]
			}
			want += e * e
		}
	}
	if have := m.error(d); math.Abs(have-want) > 1e-6*want {
		t.Errorf("have %g, want %g", have, want)
	}
	if have := m.error(nil); math.Abs(have-still) > 1e-6*still {
		t.Errorf("no change: have %g, want %g", have, still)
	}
}

func TestMergedMomentsAreTheWholes(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	const rows, first, cols, outs = 64, 24, 7, 3
	x, res := normal(r, rows*cols), normal(r, rows*outs)
	whole, a, b := newMoments(cols, outs), newMoments(cols, outs), newMoments(cols, outs)
	whole.add(rounded(x), rounded(res), rows, 2)
	a.add(rounded(x), rounded(res), first, 2)
	b.add(rounded(x[first*cols:]), rounded(res[first*outs:]), rows-first, 2)
	m := a.merged(b)
	if d := max(apart(upper(m), upper(whole)), apart(m.cross, whole.cross), math.Abs(m.square-whole.square)); d > 1e-5*rows || m.rows != rows {
		t.Errorf("off by %g, %d rows", d, m.rows)
	}
}

// What the bias takes up is the mean, the least-squares solution with ones alone.
func TestBiasTakesUpTheMean(t *testing.T) {
	m := newMoments(1, 2)
	m.add([]float32{1, 1, 1, 1}, []float32{1, 10, 2, 20, 3, 30, 6, 60}, 4, 2)
	if d := fitBias(m, m)(m); apart(d, []float64{3, 30}) > 1e-12 {
		t.Errorf("have %v, want [3 30]", d)
	}
}

// A regularisation is chosen for the rows held out: with rows to learn from that are noise,
// nothing is changed.
func TestNoiseIsNotLearnt(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	const rows, cols = 30, 25
	train, held := newMoments(cols, 1), newMoments(cols, 1)
	train.add(rounded(normal(r, rows*cols)), rounded(normal(r, rows)), rows, 2)
	held.add(rounded(normal(r, 400*cols)), rounded(normal(r, 400)), 400, 2)
	if f := fitRidge(train, held); f != nil && held.error(f(train)) >= held.square {
		t.Errorf("the error rises from %g to %g", held.square, held.error(f(train)))
	}
}

func TestDrawnRowsAreDistinctSpreadAndRepeatable(t *testing.T) {
	s := newSampler(7, "n")
	rows := s.draw(2, 1000, 90)
	if len(rows) != 90 {
		t.Fatalf("have %d rows, want 90", len(rows))
	}
	for i, r := range rows {
		if r < i*1000/90 || r >= (i+1)*1000/90 {
			t.Errorf("row %d: %d is outside of its stratum", i, r)
		}
	}
	again, other := newSampler(7, "n").draw(2, 1000, 90), newSampler(8, "n").draw(2, 1000, 90)
	same, differ := 0, 0
	for i := range rows {
		if rows[i] == again[i] {
			same++
		}
		if rows[i] != other[i] {
			differ++
		}
	}
	if same != 90 || differ == 0 {
		t.Errorf("%d of 90 rows are drawn again, %d differ under another seed", same, differ)
	}
	if all := s.draw(0, 3, 5); len(all) != 3 {
		t.Errorf("more wanted than there are: have %v", all)
	}
}
