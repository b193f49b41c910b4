package redundancy

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// correlated makes responses of units that are these combinations of independent sources.
func correlated(mix [][]float64) *Responses {
	n := len(mix)
	c := make([]float64, n*n)
	for u := range n {
		for v := range n {
			for k := range mix[u] {
				c[u*n+v] += mix[u][k] * mix[v][k]
			}
		}
	}
	return &Responses{Units: n, Correlation: correlations(c, n)}
}

// Units 0, 2 and 4 are copies but for scale and sign, 1 stands alone, 3 never varies, 5 is a sum of others.
func TestCopiesAndCombinationsFormGroups(t *testing.T) {
	r := correlated([][]float64{{1, 0, 0}, {0, 1, 0}, {2, 0, 0.01}, {0, 0, 0}, {-3, 0, 0}, {0.3, 1, 0}})
	all, silent := r.Functionals(0.81)
	if !slices.Equal(silent, []int{3}) || len(all) != 2 {
		t.Fatalf("silent %v, groups %v", silent, all)
	}
	var sizes []int
	for _, f := range all {
		sizes = append(sizes, len(f.Units))
	}
	slices.Sort(sizes)
	if !slices.Equal(sizes, []int{2, 3}) {
		t.Errorf("groups %v", all)
	}
	// Nothing but a combination: the sum of the other two explains a third though neither does.
	r = correlated([][]float64{{1, 0}, {0, 1}, {1, 1}})
	if all, _ = r.Functionals(0.99); len(all) != 2 {
		t.Errorf("groups %v", all)
	}
}

// Copies die together as often as q^m says, and their function with them; a combination's is lost less often, for what it combines is still there.
func TestGroupsDieAsOftenAsAllTheirUnitsGo(t *testing.T) {
	const q = 0.5
	r := correlated([][]float64{{1, 0}, {1, 0}, {1, 0}, {0, 1}})
	all, _ := r.Functionals(0.81)
	gone, lost, err := r.Deaths(all, 0.81, q, 20000, rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range all {
		want := math.Pow(q, float64(len(f.Units)))
		if math.Abs(gone[i]-want) > 0.01 || math.Abs(lost[i]-want) > 0.01 {
			t.Errorf("group of %d: want %.4f, all gone in %.4f, lost in %.4f", len(f.Units), want, gone[i], lost[i])
		}
	}
	r = correlated([][]float64{{1, 0, 0}, {0, 1, 0}, {1, 1, 0.1}, {1, -1, 0.1}})
	one := []Functional{{0, []int{0}}}
	if gone, lost, err = r.Deaths(one, 0.81, q, 20000, rand.New(rand.NewPCG(1, 2))); err != nil || lost[0] > 0.8*gone[0] {
		t.Errorf("a combination's unit is gone in %.4f, lost in %.4f", gone[0], lost[0])
	}
}

func TestFitFindsTheNumbersBehindACurve(t *testing.T) {
	for _, want := range []Survival{{M: 1, R: 3}, {M: 20, R: 12}, {M: 3000, R: 60}} {
		var points []Point
		for s := 0.3; s < 1; s += 0.1 {
			points = append(points, Point{s, want.At(s)})
		}
		have := Fit(points)
		if have.Residual > 0.003 || math.Abs(math.Log(have.R/want.R)) > 0.05 || math.Abs(math.Log(have.M/want.M)) > 0.15 {
			t.Errorf("want %+v, have %+v", want, have)
		}
	}
	if v := (Survival{M: 5, R: 2}); math.Abs(v.At(0.5)-(1-math.Pow(0.75, 5))) > 1e-12 || v.At(1) != 1 || v.At(0) != 0 {
		t.Errorf("at 0.5: %g, at 1: %g, at 0: %g", v.At(0.5), v.At(1), v.At(0))
	}
}
