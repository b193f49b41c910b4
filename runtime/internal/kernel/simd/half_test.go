package simd

import (
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
)

// The numbers are those of NumPy's float16 and PyTorch's bfloat16 (testdata/half.py).
func TestRoundingIsThatOfOthers(t *testing.T) {
	data, err := os.ReadFile("testdata/half.txt")
	if err != nil {
		t.Fatal(err)
	}
	var x []float32
	var want [2][]float32
	for line := range strings.Lines(string(data)) {
		var a, b, c uint32
		if _, err := fmt.Sscanf(line, "%x %x %x", &a, &b, &c); err != nil {
			t.Fatal(err)
		}
		x = append(x, math.Float32frombits(a))
		want[0], want[1] = append(want[0], math.Float32frombits(b)), append(want[1], math.Float32frombits(c))
	}
	if len(x) < 1000 {
		t.Fatalf("only %d numbers", len(x))
	}
	inf := float32(math.Inf(1))
	for i, forms := range []variants[roundFunc]{roundFloat16Variants, roundBFloat16Variants} {
		for _, v := range forms {
			if !Active.Has(v.level) {
				continue
			}
			y := make([]float32, len(x))
			v.f(y, x, 1, len(x), len(x), len(x), -inf, inf)
			for k := range x {
				if math.Float32bits(y[k]) != math.Float32bits(want[i][k]) {
					t.Fatalf("%v, type %d: %g rounds to %g, want %g", v.level, i, x[k], y[k], want[i][k])
				}
			}
		}
	}
}

// Rows are rounded where they lie, and nothing between them. NaN stays NaN whatever its bits, and numbers are
// clamped once they are rounded.
func TestRoundingByRows(t *testing.T) {
	nan := math.Float32frombits(0x7fffffff)
	for i, forms := range []variants[roundFunc]{roundFloat16Variants, roundBFloat16Variants} {
		for _, v := range forms {
			if !Active.Has(v.level) {
				continue
			}
			for n := 1; n < 70; n++ {
				const rows, ld = 3, 75
				y := make([]float32, rows*ld)
				for k := range y {
					y[k] = float32(k) + 0.3001
				}
				y[ld] = nan
				v.f(y, y, rows, n, ld, ld, 1, 150)
				for k := range y {
					r, c := k/ld, k%ld
					x := float32(k) + 0.3001
					want := []float32{x}
					switch {
					case c >= n:
					case k == ld:
						want[0] = nan
					case i == 0:
						roundFloat16Go(want, want, 1, 1, 1, 1, 1, 150)
					default:
						roundBFloat16Go(want, want, 1, 1, 1, 1, 1, 150)
					}
					if y[k] != want[0] && (want[0] == want[0] || y[k] == y[k]) {
						t.Fatalf("%v, type %d, rows of %d: number %d of row %d is %g, want %g", v.level, i, n, c, r, y[k], want[0])
					}
				}
			}
		}
	}
}

func TestRoundingChecksExtents(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("rows beyond the slice are not refused")
		}
	}()
	x := make([]float32, 20)
	RoundFloat16(x, x, 3, 8, 8, 8, 0, 1)
}
