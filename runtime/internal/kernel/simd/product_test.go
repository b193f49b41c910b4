package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"
)

// fma returns x*y + z with one rounding. The product is exact in float64. The sum is rounded to odd
// there, so that rounding it again is correct (S. Boldo, G. Melquiond, "Emulation of FMA and
// correctly rounded sums", 2008).
func fma(x, y, z float32) float32 {
	p, c := float64(x)*float64(y), float64(z)
	sum := p + c
	if math.IsNaN(sum) || math.IsInf(sum, 0) {
		return float32(sum)
	}
	b := sum - p
	rest := (p - (sum - b)) + (c - b)
	if bits := math.Float64bits(sum); rest != 0 && bits&1 == 0 {
		if (rest > 0) == (sum > 0) {
			bits++
		} else {
			bits--
		}
		sum = math.Float64frombits(bits)
	}
	return float32(sum)
}

// productWant returns the expected result of a product, to the bit.
func productWant(p *Product) []float32 {
	y := append([]float32(nil), p.Y...)
	for r := p.First; r < p.First+p.Rows; r++ {
		for n := range p.Columns {
			var s float32
			if p.Accumulate {
				s = y[r*p.LdY+n]
			} else if p.Bias != nil {
				s = p.Bias[n]
			}
			for tap := range p.taps() {
				for k, x := range p.row(r, tap) {
					s = fma(x, p.W[tap*p.wTap()+k*p.Width+n], s)
				}
			}
			if !p.Partial {
				if p.Residual != nil {
					s += p.Residual[r*p.LdR+n]
				}
				s = min(max(s, p.Lo), p.Hi)
			}
			y[r*p.LdY+n] = s
		}
	}
	return y
}

func randoms(r *rand.Rand, n int) []float32 {
	x := guarded(n).v
	for i := range x {
		x[i] = r.Float32()*2 - 1
	}
	return x
}

// randomProduct returns a product with a random choice of all features.
func randomProduct(r *rand.Rand, l Level, rows, taps, k, width, columns int) *Product {
	p := &Product{K: k, Width: width, Columns: columns, LdY: columns + r.IntN(3), Rows: rows, Lo: float32(math.Inf(-1)), Hi: float32(math.Inf(1))}
	if r.IntN(2) == 0 {
		p.Lo, p.Hi = -0.5, 1
	}
	p.Accumulate, p.Partial = r.IntN(4) == 0, r.IntN(4) == 0
	p.First = r.IntN(2) * tileRows(l)
	all := p.First + rows
	if taps == 1 && r.IntN(2) == 0 {
		p.LdX = k + r.IntN(3)
		p.X = randoms(r, (all-1)*p.LdX+k)
	} else {
		p.X = randoms(r, 3*k+7)
		p.Zero = make([]float32, k)
		p.Table = new(Table)
		p.Table.Fill(all, taps, tileRows(l), func(int, int) int { return r.IntN(2*k+9) - 1 })
	}
	if r.IntN(2) == 0 {
		p.WTap = k*width + r.IntN(3)
	}
	p.W = randoms(r, (taps-1)*p.wTap()+k*width)
	if r.IntN(2) == 0 {
		p.Bias = randoms(r, columns)
	}
	if r.IntN(2) == 0 {
		p.LdR = columns + r.IntN(3)
		p.Residual = randoms(r, (all-1)*p.LdR+columns)
	}
	return p
}

func testProduct(t *testing.T, r *rand.Rand, l Level, p *Product) {
	t.Helper()
	y := guarded((p.First+p.Rows-1)*p.LdY + p.Columns)
	copy(y.v, randoms(r, len(y.v)))
	p.Y = y.v
	want, tolerance := productWant(p), 0.0
	if l == Generic {
		tolerance = 1e-4 * math.Sqrt(float64(p.K))
	}
	p.runAt(l)
	y.same(t, want, tolerance)
	if t.Failed() {
		t.Fatalf("%+v", p)
	}
}

func eachLevel(t *testing.T, f func(t *testing.T, l Level)) {
	for _, l := range Levels() {
		t.Run(l.String(), func(t *testing.T) { f(t, l) })
	}
}

func TestProduct(t *testing.T) {
	eachLevel(t, func(t *testing.T, l Level) {
		r := rand.New(rand.NewPCG(1, 2))
		for width := 16; width <= strip(l); width += 16 {
			for rows := 1; rows <= 2*tileRows(l)+1; rows++ {
				for columns := width - 15; columns <= width; columns++ {
					for range 4 {
						testProduct(t, r, l, randomProduct(r, l, rows, 1+r.IntN(4), 1+r.IntN(11), width, columns))
					}
				}
			}
		}
	})
}

// TestProductInParts has sums that are computed in several parts.
func TestProductInParts(t *testing.T) {
	eachLevel(t, func(t *testing.T, l Level) {
		r := rand.New(rand.NewPCG(3, 4))
		for _, shape := range [][2]int{{1, 2100}, {3, 2053}, {5, 700}, {2, 2048}, {1, 9001}, {4, 8200}} {
			testProduct(t, r, l, randomProduct(r, l, tileRows(l)+2, shape[0], shape[1], strip(l), strip(l)-3))
		}
	})
}

// TestProductNotANumber clamps NaN.
func TestProductNotANumber(t *testing.T) {
	eachLevel(t, func(t *testing.T, l Level) {
		r := rand.New(rand.NewPCG(5, 6))
		p := randomProduct(r, l, 9, 1, 3, 16, 15)
		p.Lo, p.Hi, p.Partial = 0, 1, false
		p.X[4] = float32(math.NaN())
		testProduct(t, r, l, p)
	})
}

// TestProductWithoutZeros leaves out rows of weights that meet zeros. Nothing may change.
func TestProductWithoutZeros(t *testing.T) {
	eachLevel(t, func(t *testing.T, l Level) {
		r := rand.New(rand.NewPCG(7, 8))
		const rows, k, cut, columns = 23, 57, 20, 13
		p := Product{X: randoms(r, rows*k), K: k, LdX: k, W: randoms(r, k*16), Width: 16, Columns: columns, LdY: columns, Rows: rows, Lo: -9, Hi: 9}
		p.Y = make([]float32, rows*columns)
		short := p
		short.X, short.Y, short.K, short.LdX = nil, make([]float32, len(p.Y)), k-cut, k-cut
		for i := range rows {
			clear(p.X[i*k+9:][:cut])
			short.X = append(append(short.X, p.X[i*k:][:9]...), p.X[i*k+9+cut:][:k-cut-9]...)
		}
		short.W = append(append([]float32(nil), p.W[:9*16]...), p.W[(9+cut)*16:]...)
		p.runAt(l)
		short.runAt(l)
		for i, v := range p.Y {
			if short.Y[i] != v {
				t.Fatalf("number %d is %g, want %g", i, short.Y[i], v)
			}
		}
	})
}

func TestProductAllocatesNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	q := randomProduct(r, Active, 20, 3, 9, 16, 16)
	q.Y = make([]float32, (q.First+20)*q.LdY)
	if n := testing.AllocsPerRun(10, func() {
		p := *q
		p.Run()
	}); n != 0 {
		t.Errorf("%g allocations, want none", n)
	}
}

func TestProductPanics(t *testing.T) {
	good := func() *Product {
		return &Product{X: make([]float32, 20), Y: make([]float32, 40), W: make([]float32, 160), Bias: make([]float32, 10), Residual: make([]float32, 40),
			K: 10, LdX: 10, Width: 16, Columns: 10, LdY: 30, LdR: 30, Rows: 2}
	}
	good().Run()
	for i, spoil := range []func(*Product){
		func(p *Product) { p.Rows = 3 }, func(p *Product) { p.K = 11 }, func(p *Product) { p.X = p.X[:19] }, func(p *Product) { p.Y = p.Y[:39] },
		func(p *Product) { p.W = p.W[:159] }, func(p *Product) { p.Bias = p.Bias[:9] }, func(p *Product) { p.Residual = p.Residual[:39] },
		func(p *Product) { p.Width = 17 }, func(p *Product) { p.Width = 128 }, func(p *Product) { p.Columns = 0 }, func(p *Product) { p.First = -1 },
		func(p *Product) {
			p.Table = new(Table)
			p.Table.Fill(1, 1, TileRows(), func(int, int) int { return 0 })
		},
		func(p *Product) {
			p.Table = new(Table)
			p.Table.Fill(2, 1, TileRows()+1, func(int, int) int { return 0 })
		},
		func(p *Product) {
			p.Table = new(Table)
			p.Table.Fill(2, 1, TileRows(), func(int, int) int { return 11 })
		},
		func(p *Product) {
			p.Table = new(Table)
			p.Table.Fill(2, 1, TileRows(), func(int, int) int { return -1 })
		},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			p := good()
			spoil(p)
			p.Run()
		})
	}
}

// TestWords checks that a pointer and an int are words of 8 bytes, as the assembly assumes.
func TestWords(t *testing.T) {
	if Active != Generic && (unsafe.Sizeof(uintptr(0)) != 8 || unsafe.Sizeof(int(0)) != 8) {
		t.Error("words are not of 8 bytes")
	}
}
