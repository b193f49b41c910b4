package simd

import (
	"fmt"
	"math"
	"testing"
)

var binaryCases = []struct {
	name  string
	forms variants[binaryFunc]
	f     func(x, y float32) float32
}{
	{"Add", addVariants, func(x, y float32) float32 { return x + y }},
	{"Sub", subVariants, func(x, y float32) float32 { return x - y }},
	{"Mul", mulVariants, func(x, y float32) float32 { return x * y }},
	{"Div", divVariants, func(x, y float32) float32 { return x / y }},
	{"Max", maxVariants, func(x, y float32) float32 { return max(x, y) }},
	{"Min", minVariants, func(x, y float32) float32 { return min(x, y) }},
	{"AddClamp", clamped(), func(x, y float32) float32 { return min(max(x+y, -1), 2) }},
	{"ScaleShift", scaled(), func(x, y float32) float32 { return min(max(x*y+y, -1), 2) }},
}

// clamped and scaled have the form of the others: the second source is scale and shift.
func clamped() (w variants[binaryFunc]) {
	for _, v := range addClampVariants {
		w = append(w, variant[binaryFunc]{v.level, func(z, x, y []float32, rows, n, ldz, ldx, ldy int) {
			v.f(z, x, y, rows, n, ldz, ldx, ldy, -1, 2)
		}})
	}
	return w
}

func scaled() (w variants[binaryFunc]) {
	for _, v := range scaleShiftVariants {
		w = append(w, variant[binaryFunc]{v.level, func(z, x, y []float32, rows, n, ldz, ldx, ldy int) {
			if ldy == 0 || rows == 1 {
				v.f(z, x, y, y, rows, n, ldz, ldx, -1, 2)
				return
			}
			for r := range rows {
				v.f(z[r*ldz:], x[r*ldx:], y[r*ldy:], y[r*ldy:], 1, n, ldz, ldx, -1, 2)
			}
		}})
	}
	return w
}

// specials fills v with numbers, some of them NaN or infinite.
func specials(v []float32, seed int) {
	for i := range v {
		v[i] = float32((i*7+seed)%11)*0.75 - 4
		switch (i + seed) % 37 {
		case 5:
			v[i] = float32(math.NaN())
		case 11:
			v[i] = float32(math.Inf(1))
		case 23:
			v[i] = float32(math.Inf(-1))
		}
	}
}

func TestBinary(t *testing.T) {
	for _, c := range binaryCases {
		for _, v := range c.forms {
			if !Active.Has(v.level) {
				continue
			}
			for _, n := range lengths {
				for _, rows := range []int{0, 1, 3} {
					for _, gap := range []int{0, 5} {
						for _, ldy := range []int{0, n + 2*gap} {
							t.Run(fmt.Sprint(c.name, v.level, rows, n, gap, ldy), func(t *testing.T) {
								checkBinary(t, v.f, c.f, rows, n, n+gap, n+3*gap, ldy)
							})
						}
					}
				}
			}
		}
	}
}

func checkBinary(t *testing.T, f binaryFunc, meaning func(x, y float32) float32, rows, n, ldz, ldx, ldy int) {
	size := func(ld int) int { return max(0, rows-1)*ld + n }
	x, y, z := guarded(size(ldx)), guarded(size(ldy)), guarded(size(ldz))
	specials(x.v, 1)
	specials(y.v, 20)
	want := append([]float32(nil), z.v...)
	for r := range rows {
		for i := range n {
			want[r*ldz+i] = meaning(x.v[r*ldx+i], y.v[r*ldy+i])
		}
	}
	f(z.v, x.v, y.v, rows, n, ldz, ldx, ldy)
	z.same(t, want, 1e-6)
}

func TestBinaryInPlace(t *testing.T) {
	for _, n := range lengths {
		x, y := guarded(n), guarded(n)
		specials(x.v, 3)
		specials(y.v, 9)
		want := make([]float32, n)
		for i := range want {
			want[i] = x.v[i] + y.v[i]
		}
		Add(x.v, x.v, y.v)
		x.same(t, want, 0)
	}
}

func TestRowsThatDoNotFit(t *testing.T) {
	v := make([]float32, 10)
	for _, c := range [][3]int{{3, 4, 4}, {1, 11, 0}, {2, 1, 10}, {2, 1, -1}, {math.MaxInt, 2, math.MaxInt}} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			AddRows(v, v, v, c[0], c[1], c[2], c[2], 0)
		})
	}
	AddRows(v, v, v, 3, 4, 3, 3, 0)
}

func BenchmarkBinary(b *testing.B) {
	for _, c := range binaryCases {
		for _, n := range []int{16, 24, 64, 4096} {
			rows := 8192 / n
			x, y, z := make([]float32, n*rows), make([]float32, n), make([]float32, n*rows)
			for _, v := range c.forms {
				if Active.Has(v.level) {
					b.Run(fmt.Sprintf("%s/%s/%d", c.name, v.level, n), func(b *testing.B) {
						for b.Loop() {
							v.f(z, x, y, rows, n, n, n, 0)
						}
						reportNumbers(b, len(x))
					})
				}
			}
		}
	}
}
