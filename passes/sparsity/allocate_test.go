package sparsity

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Allocate spends what may be spent, and no exchange between two nodes lowers the sum of errors by more than the
// coarseness of its grid.
func TestAllocateIsTheBestOfManyExchanges(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	densities := []float64{1, 0.7, 0.5, 0.25, 0.12, 0.05, 0.02}
	for range 20 {
		var curves []Curve
		total := 0.0
		for range 2 + r.IntN(6) {
			c := Curve{Weights: 100 + r.IntN(10000), Densities: densities, Errors: make([]float64, len(densities))}
			step := r.Float64()
			for i := 1; i < len(densities); i++ {
				step *= 1 + 3*r.Float64()
				c.Errors[i] = c.Errors[i-1] + step*1e-3
			}
			curves, total = append(curves, c), total+float64(c.Weights)
		}
		keep := 0.03 + 0.9*r.Float64()
		have := Allocate(curves, keep)
		spent, sum := 0.0, 0.0
		for i, c := range curves {
			spent += have[i] * float64(c.Weights)
			sum += c.at(have[i])
		}
		if math.Abs(spent/total-keep) > 1e-9 {
			t.Fatalf("want %g to stay, have %g", keep, spent/total)
		}
		for range 2000 {
			i, j := r.IntN(len(curves)), r.IntN(len(curves))
			move := r.Float64() * have[i] * float64(curves[i].Weights)
			a, b := have[i]-move/float64(curves[i].Weights), have[j]+move/float64(curves[j].Weights)
			if i == j || a < 0.02 || b > 1 {
				continue
			}
			other := sum - curves[i].at(have[i]) - curves[j].at(have[j]) + curves[i].at(a) + curves[j].at(b)
			if other < sum*0.97-1e-3*sum {
				t.Fatalf("keep %g: moving %g weights from %d to %d lowers the sum from %g to %g", keep, move, i, j, sum, other)
			}
		}
	}
}

func TestAllocateScalesWhatIsTooMuch(t *testing.T) {
	c := Curve{Weights: 100, Densities: []float64{1, 0.5}, Errors: []float64{0, 1}}
	if have := Allocate([]Curve{c, c}, 0.1); math.Abs(have[0]-0.1) > 1e-9 || math.Abs(have[1]-0.1) > 1e-9 {
		t.Errorf("want 0.1 of each, have %v", have)
	}
}
