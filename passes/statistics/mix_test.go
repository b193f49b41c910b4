package statistics_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/pollard-dev/pollard/passes/statistics"
)

// Mixed statistics are those of mixed inputs.
func TestMixIsWhatMixedRowsGive(t *testing.T) {
	const cols, rows = 7, 11
	r := rand.New(rand.NewPCG(1, 2))
	x, y := make([]float32, rows*cols), make([]float32, rows*cols)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	copy(y, x)
	at, m := [][]int{{5, 0, 3}, {2, 6, 1}}, make([]float64, 9)
	for i := range m {
		m[i] = r.NormFloat64()
	}
	for row := range rows {
		for _, list := range at {
			for i, to := range list {
				sum := 0.0
				for j, from := range list {
					sum += m[i*3+j] * float64(x[row*cols+from])
				}
				y[row*cols+to] = float32(sum)
			}
		}
	}
	have, want := statistics.NewGram(2, cols), statistics.NewGram(2, cols)
	have.Add(1, x, rows, 1)
	want.Add(1, y, rows, 1)
	have.Rows, want.Rows = rows, rows
	have.Mix(1, at, m, 1)
	for i := range cols {
		if math.Abs(have.Sums[1][i]-want.Sums[1][i]) > 1e-5 {
			t.Errorf("sum %d: have %g, want %g", i, have.Sums[1][i], want.Sums[1][i])
		}
	}
	for i, x := range have.SecondMoment(1) {
		if w := want.SecondMoment(1)[i]; math.Abs(x-w) > 1e-5 {
			t.Errorf("second moment %d: have %g, want %g", i, x, w)
		}
	}
}
