package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// sparseWant returns the expected result of a sparse product, to the bit and in float64.
func sparseWant(s *Sparse) (want []float32, wide []float64) {
	want, wide = append([]float32(nil), s.Y...), make([]float64, len(s.Y))
	for i, v := range want {
		wide[i] = float64(v)
	}
	for n := s.FirstGroup * s.Rows; n < (s.FirstGroup+s.Groups)*s.Rows; n++ {
		for p := s.First; p < min(s.First+s.Count, (s.Lines-1)*s.Pitch+s.Width); p++ {
			if p%s.Pitch >= s.Width {
				continue
			}
			out := p/s.Pitch*s.Width + p%s.Pitch
			var sum float32
			if s.Accumulate {
				sum = s.Y[n*s.LdY+out]
			} else if s.Bias != nil {
				sum = s.Bias[n]
			}
			exact := float64(sum)
			for e := s.Starts[n/s.Rows]; e < s.Starts[n/s.Rows+1]; e++ {
				x, w := s.X[int(s.Offsets[e])+p], s.Values[int(e)*s.Rows+n%s.Rows]
				sum = fma(x, w, sum)
				exact += float64(x) * float64(w)
			}
			if s.Partial {
				want[n*s.LdY+out], wide[n*s.LdY+out] = sum, exact
				continue
			}
			if s.Residual != nil {
				sum += s.Residual[n*s.LdR+out]
				exact += float64(s.Residual[n*s.LdR+out])
			}
			want[n*s.LdY+out] = min(max(sum, s.Lo), s.Hi)
			wide[n*s.LdY+out] = min(max(exact, float64(s.Lo)), float64(s.Hi))
		}
	}
	return want, wide
}

// randomEntries returns entries for that many groups, some of which have none.
func randomEntries(r *rand.Rand, groups, rows, most, spread int) (starts, offsets []int32, values []float32) {
	starts = make([]int32, groups+1)
	starts[0] = int32(r.IntN(3))
	for g := range groups {
		n := 0
		if r.IntN(4) > 0 {
			n = r.IntN(most + 1)
		}
		starts[g+1] = starts[g] + int32(n)
	}
	offsets = make([]int32, starts[groups])
	for i := range offsets {
		offsets[i] = int32(r.IntN(spread))
	}
	return starts, offsets, randoms(r, rows*len(offsets))
}

// randomSparse returns a sparse product with a random choice of all features.
func randomSparse(r *rand.Rand, l Level, rows int) *Sparse {
	s := &Sparse{Rows: rows, Width: 1 + r.IntN(40), Lines: 1 + r.IntN(9), Lo: float32(math.Inf(-1)), Hi: float32(math.Inf(1))}
	if r.IntN(3) == 0 {
		s.Width, s.Lines = 1+r.IntN(2*sparseTile(l, rows)+3), 1
	}
	s.Pitch = s.Width
	if r.IntN(2) == 0 {
		s.Pitch += r.IntN(20)
	}
	s.Accumulate, s.Partial = r.IntN(4) == 0, r.IntN(4) == 0
	groups, spread := 1+r.IntN(5), 1+r.IntN(70)
	s.Starts, s.Offsets, s.Values = randomEntries(r, groups, rows, 7, spread)
	s.X = randoms(r, spread+s.positions()-1)
	s.Count = s.positions() + r.IntN(2)
	if r.IntN(2) == 0 {
		s.First, s.Count = r.IntN(s.positions()), r.IntN(s.positions()+1)
	}
	s.FirstGroup = r.IntN(groups)
	s.Groups = r.IntN(groups - s.FirstGroup + 1)
	s.LdY = s.Lines*s.Width + r.IntN(3)
	if r.IntN(2) == 0 {
		s.Lo, s.Hi = -0.5, 1
	}
	if r.IntN(2) == 0 {
		s.Bias = randoms(r, groups*rows)
	}
	if r.IntN(2) == 0 {
		s.LdR = s.Lines*s.Width + r.IntN(3)
		s.Residual = randoms(r, (groups*rows-1)*s.LdR+s.Lines*s.Width)
	}
	if r.IntN(8) == 0 {
		s.X[r.IntN(len(s.X))] = float32(math.NaN())
	}
	return s
}

// ySize returns the least length of y.
func (s *Sparse) ySize() int { return (len(s.Starts)-1)*s.Rows*s.LdY - s.LdY + s.Lines*s.Width }

func testSparse(t *testing.T, r *rand.Rand, l Level, s *Sparse) {
	t.Helper()
	y := guarded(s.ySize())
	copy(y.v, randoms(r, len(y.v)))
	s.Y = y.v
	want, wide := sparseWant(s)
	tolerance := 0.0
	if l == Generic {
		tolerance = 1e-5
	}
	s.runAt(l)
	y.same(t, want, tolerance)
	for i, w := range wide {
		if x := float64(y.v[i]); !math.IsNaN(w) && !(math.Abs(x-w) <= 1e-5*max(1, math.Abs(w))) {
			t.Errorf("number %d is %g, in float64 %g", i, x, w)
			break
		}
	}
	if t.Failed() {
		t.Fatalf("%+v", s)
	}
}

func eachRows(t *testing.T, f func(t *testing.T, l Level, rows int)) {
	eachLevel(t, func(t *testing.T, l Level) {
		for _, rows := range []int{1, 2, 4} {
			t.Run(fmt.Sprint(rows), func(t *testing.T) { f(t, l, rows) })
		}
	})
}

func TestSparse(t *testing.T) {
	eachRows(t, func(t *testing.T, l Level, rows int) {
		r := rand.New(rand.NewPCG(1, uint64(rows)))
		for range 2000 {
			testSparse(t, r, l, randomSparse(r, l, rows))
		}
	})
}

// TestSparseExtents has every number of positions up to more than two tiles, with gaps and without.
func TestSparseExtents(t *testing.T) {
	eachRows(t, func(t *testing.T, l Level, rows int) {
		r := rand.New(rand.NewPCG(2, uint64(rows)))
		for count := 1; count <= 2*sparseTile(l, rows)+17; count++ {
			for _, gap := range []int{0, 1, 2, 31} {
				s := randomSparse(r, l, rows)
				s.Width, s.Lines, s.First, s.Count, s.FirstGroup, s.Groups = count, 1, 0, count, 0, len(s.Starts)-1
				if gap > 0 {
					s.Width = 1 + r.IntN(min(count, 40))
					s.Lines = (count + s.Width - 1) / s.Width
				}
				s.Pitch, s.LdY, s.LdR, s.Residual = s.Width+gap, s.Lines*s.Width, 0, nil
				s.X = randoms(r, 70+s.positions())
				testSparse(t, r, l, s)
			}
		}
	})
}

// TestSparseWithoutEntries needs no x.
func TestSparseWithoutEntries(t *testing.T) {
	eachRows(t, func(t *testing.T, l Level, rows int) {
		r := rand.New(rand.NewPCG(5, uint64(rows)))
		for range 50 {
			s := randomSparse(r, l, rows)
			clear(s.Starts)
			s.X, s.Offsets, s.Values = nil, nil, nil
			testSparse(t, r, l, s)
		}
	})
}

// TestSparseInParts gives the same bits whatever is computed at once.
func TestSparseInParts(t *testing.T) {
	eachRows(t, func(t *testing.T, l Level, rows int) {
		r := rand.New(rand.NewPCG(3, uint64(rows)))
		for range 200 {
			s := randomSparse(r, l, rows)
			s.First, s.Count, s.FirstGroup, s.Groups, s.Accumulate, s.Partial = 0, s.positions(), 0, len(s.Starts)-1, false, false
			s.Y = make([]float32, s.ySize())
			s.runAt(l)
			part, y := *s, guarded(len(s.Y))
			part.Y, part.Count, part.Groups = y.v, 1+r.IntN(s.positions()), 1
			clear(y.v)
			for ; part.FirstGroup < s.Groups; part.FirstGroup++ {
				for part.First = 0; part.First < s.positions(); part.First += part.Count {
					part.runAt(l)
				}
			}
			y.same(t, s.Y, 0)
		}
	})
}

// TestSparseEntriesInParts gives the same bits in however many parts the entries of a group are
// added.
func TestSparseEntriesInParts(t *testing.T) {
	eachRows(t, func(t *testing.T, l Level, rows int) {
		r := rand.New(rand.NewPCG(4, uint64(rows)))
		for range 200 {
			s := randomSparse(r, l, rows)
			s.First, s.Count, s.FirstGroup, s.Groups, s.Accumulate, s.Partial = 0, s.positions(), 0, len(s.Starts)-1, false, false
			s.Y = make([]float32, s.ySize())
			s.runAt(l)
			y := guarded(len(s.Y))
			clear(y.v)
			for from := int32(0); from < 8; from += 3 { // three entries of every group at a time
				part := *s
				part.Y, part.Accumulate, part.Partial = y.v, from > 0, from+3 < 8
				part.Starts, part.Offsets, part.Values = []int32{0}, nil, nil
				for g := range s.Groups {
					first, end := min(s.Starts[g]+from, s.Starts[g+1]), min(s.Starts[g]+from+3, s.Starts[g+1])
					part.Offsets = append(part.Offsets, s.Offsets[first:end]...)
					part.Values = append(part.Values, s.Values[int(first)*rows:int(end)*rows]...)
					part.Starts = append(part.Starts, int32(len(part.Offsets)))
				}
				part.runAt(l)
			}
			y.same(t, s.Y, 0)
		}
	})
}

func TestSparseAllocatesNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	eachRows(t, func(t *testing.T, l Level, rows int) {
		q := randomSparse(r, l, rows)
		q.Groups = len(q.Starts) - 1 - q.FirstGroup
		q.Y = make([]float32, q.ySize())
		if n := testing.AllocsPerRun(10, func() {
			s := *q
			s.runAt(l)
		}); n != 0 {
			t.Errorf("%g allocations, want none", n)
		}
	})
}

func TestSparsePanics(t *testing.T) {
	good := func() *Sparse {
		return &Sparse{X: make([]float32, 30), Rows: 2, Starts: []int32{0, 2, 3}, Offsets: []int32{4, 8, 2}, Values: make([]float32, 6),
			Y: make([]float32, 72), LdY: 18, Bias: make([]float32, 4), Residual: make([]float32, 72), LdR: 18, Width: 6, Pitch: 8, Lines: 3, Count: 22, Groups: 2}
	}
	good().Run()
	for i, spoil := range []func(*Sparse){
		func(s *Sparse) { s.X = s.X[:29] }, func(s *Sparse) { s.Rows = 3 }, func(s *Sparse) { s.Rows = 0 }, func(s *Sparse) { s.Starts = s.Starts[:2] },
		func(s *Sparse) { s.Starts[1] = 4 }, func(s *Sparse) { s.Starts[2] = 4 }, func(s *Sparse) { s.Starts[0] = -1 }, func(s *Sparse) { s.Starts = nil },
		func(s *Sparse) { s.Offsets = s.Offsets[:2] }, func(s *Sparse) { s.Offsets[2] = 9 }, func(s *Sparse) { s.Offsets[0] = -1 },
		func(s *Sparse) { s.Values = s.Values[:5] }, func(s *Sparse) { s.Y = s.Y[:71] }, func(s *Sparse) { s.LdY = 17 }, func(s *Sparse) { s.LdY = 19 },
		func(s *Sparse) { s.Bias = s.Bias[:3] }, func(s *Sparse) { s.Residual = s.Residual[:71] }, func(s *Sparse) { s.LdR = -1 },
		func(s *Sparse) { s.Width = 0 }, func(s *Sparse) { s.Pitch = math.MaxInt }, func(s *Sparse) { s.Pitch = math.MaxInt32 },
		func(s *Sparse) { s.Pitch = 5 }, func(s *Sparse) { s.Lines = 0 }, func(s *Sparse) { s.Lines = 4 },
		func(s *Sparse) { s.First = -1 }, func(s *Sparse) { s.FirstGroup = -1 }, func(s *Sparse) { s.FirstGroup = 1 }, func(s *Sparse) { s.Groups = -1 },
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			s := good()
			spoil(s)
			s.Run()
		})
	}
}
