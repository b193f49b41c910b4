package simd

import (
	"math"
	"math/rand/v2"
	"testing"
)

// sparseVectorWant returns the expected result of a sparse product with a vector, to the bit and in
// float64.
func sparseVectorWant(s *SparseVector) (want []float32, wide []float64) {
	want, wide = append([]float32(nil), s.Y...), make([]float64, len(s.Y))
	for i, v := range want {
		wide[i] = float64(v)
	}
	parts := 8
	if s.Rows == 1 {
		parts = 16
	}
	for n := s.FirstGroup * s.Rows; n < (s.FirstGroup+s.Groups)*s.Rows; n++ {
		sums, exact := make([]float32, parts), 0.0
		for i, e := 0, s.Starts[n/s.Rows]; e < s.Starts[n/s.Rows+1]; i, e = i+1, e+1 {
			x, w := s.X[s.Offsets[e]], s.Values[int(e)*s.Rows+n%s.Rows]
			sums[i%parts] = fma(x, w, sums[i%parts])
			exact += float64(x) * float64(w)
		}
		for ; len(sums) > 1; sums = sums[:len(sums)/2] {
			for i := range len(sums) / 2 {
				sums[i] += sums[i+len(sums)/2]
			}
		}
		sum := sums[0]
		for _, more := range [][]float32{s.Bias, s.Residual} {
			if more != nil {
				sum += more[n]
				exact += float64(more[n])
			}
		}
		want[n], wide[n] = min(max(sum, s.Lo), s.Hi), min(max(exact, float64(s.Lo)), float64(s.Hi))
	}
	return want, wide
}

func randomSparseVector(r *rand.Rand, rows int) *SparseVector {
	s := &SparseVector{Rows: rows, X: randoms(r, 1+r.IntN(99)), Lo: float32(math.Inf(-1)), Hi: float32(math.Inf(1))}
	groups := 1 + r.IntN(9)
	s.Starts, s.Offsets, s.Values = randomEntries(r, groups, rows, 70, len(s.X))
	s.FirstGroup = r.IntN(groups)
	s.Groups = r.IntN(groups - s.FirstGroup + 1)
	if r.IntN(2) == 0 {
		s.Lo, s.Hi = -0.5, 1
	}
	if r.IntN(2) == 0 {
		s.Bias = randoms(r, groups*rows)
	}
	if r.IntN(2) == 0 {
		s.Residual = randoms(r, groups*rows)
	}
	if r.IntN(8) == 0 {
		s.X[r.IntN(len(s.X))] = float32(math.NaN())
	}
	return s
}

func TestSparseVector(t *testing.T) {
	eachRows(t, func(t *testing.T, l Level, rows int) {
		r := rand.New(rand.NewPCG(1, uint64(rows)))
		for range 3000 {
			s := randomSparseVector(r, rows)
			y := guarded((len(s.Starts) - 1) * rows)
			copy(y.v, randoms(r, len(y.v)))
			s.Y = y.v
			want, wide := sparseVectorWant(s)
			tolerance := 0.0
			if l == Generic {
				tolerance = 1e-5
			}
			s.runAt(l)
			y.same(t, want, tolerance)
			for i, w := range wide {
				if x := float64(y.v[i]); !math.IsNaN(w) && !(math.Abs(x-w) <= 1e-5*max(1, math.Abs(w))) {
					t.Fatalf("number %d is %g, in float64 %g", i, x, w)
				}
			}
		}
	})
}

func TestSparseVectorAllocatesNothing(t *testing.T) {
	eachRows(t, func(t *testing.T, l Level, rows int) {
		q := randomSparseVector(rand.New(rand.NewPCG(9, 10)), rows)
		q.Y = make([]float32, (len(q.Starts)-1)*rows)
		if n := testing.AllocsPerRun(10, func() {
			s := *q
			s.runAt(l)
		}); n != 0 {
			t.Errorf("%g allocations, want none", n)
		}
	})
}

func TestSparseVectorPanics(t *testing.T) {
	good := func() *SparseVector {
		return &SparseVector{X: make([]float32, 9), Rows: 2, Starts: []int32{0, 2, 3}, Offsets: []int32{4, 8, 2}, Values: make([]float32, 6),
			Y: make([]float32, 4), Bias: make([]float32, 4), Residual: make([]float32, 4), Groups: 2}
	}
	good().Run()
	for i, spoil := range []func(*SparseVector){
		func(s *SparseVector) { s.X = s.X[:8] }, func(s *SparseVector) { s.Rows = 3 }, func(s *SparseVector) { s.Starts = s.Starts[:2] },
		func(s *SparseVector) { s.Starts[1] = 4 }, func(s *SparseVector) { s.Offsets = s.Offsets[:2] }, func(s *SparseVector) { s.Offsets[1] = -1 },
		func(s *SparseVector) { s.Values = s.Values[:5] }, func(s *SparseVector) { s.Y = s.Y[:3] }, func(s *SparseVector) { s.Bias = s.Bias[:3] },
		func(s *SparseVector) { s.Residual = s.Residual[:3] }, func(s *SparseVector) { s.FirstGroup = 1 },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("spoilt %d: no panic", i)
				}
			}()
			s := good()
			spoil(s)
			s.Run()
		}()
	}
}
