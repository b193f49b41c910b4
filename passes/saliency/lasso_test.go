package saliency

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// (1-b)^T A (1-b) from Gram matrices is the error over rows, added up over consumers.
func TestQuadraticIsTheErrorOfScaledUnits(t *testing.T) {
	in, feeds := explicit(t, "lasso")
	in.Threads = 2
	g := in.Analysis.Groups[0]
	q, err := quadraticOf(in, g)
	if err != nil {
		t.Fatal(err)
	}
	beta := []float64{0.5, 0, 1, 1.25}
	have, want := 0.0, 0.0
	for i, b := range beta {
		for j, c := range beta {
			have += (1 - b) * q.a[i*q.n+j] * (1 - c)
		}
	}
	for _, r := range reads(in.Analysis, in.Model, g) {
		rows := centred(r, rowsOf(t, r, valueOf(t, in, feeds, r.Node.In(0))))
		want += outputEnergy(r, rows, func(c int) float64 { return 1 - beta[c/r.Taps] }) / outputEnergy(r, rows, one)
	}
	if math.Abs(have-want) > 1e-6*want {
		t.Errorf("have %g, want %g", have, want)
	}
}

// correlated is a quadratic of n units in a space of so many directions.
func correlated(n, directions int) *quadratic {
	r := rand.New(rand.NewPCG(3, 4))
	x := make([][]float64, n)
	for i := range x {
		for range directions {
			x[i] = append(x[i], r.NormFloat64()+0.3)
		}
	}
	if directions < n { // no single optimum: two are the same as well
		x[n-1] = x[0]
	}
	q := newQuadratic(n)
	for i := range n {
		for j := range n {
			for k := range x[i] {
				q.a[i*n+j] += x[i][k] * x[j][k]
			}
		}
	}
	return q
}

// For a convex problem these conditions are the optimum: the gradient is lambda where b is not 0, and no more elsewhere.
func TestDescentMeetsTheConditionsOfOptimality(t *testing.T) {
	q := correlated(60, 30)
	d := newDescent(q)
	first := d.largest()
	for _, at := range []float64{0.9, 0.5, 0.2, 0.05, 0.01} {
		lambda := at * first
		d.solve(lambda)
		nonzero := 0
		for i, b := range d.beta {
			gradient := 0.0 // afresh, not as it was kept up to date
			for j, c := range d.beta {
				gradient += q.a[i*q.n+j] * (1 - c)
			}
			off := max(0, math.Abs(gradient)-lambda)
			if b != 0 {
				nonzero++
				off = math.Abs(gradient - math.Copysign(lambda, b))
			}
			if off > 1.01*descentTolerance*lambda {
				t.Errorf("lambda %g of the first: b[%d] = %g, gradient %g of lambda", at, i, b, gradient/lambda)
			}
		}
		if nonzero == 0 || at > 0.4 && nonzero == q.n {
			t.Errorf("lambda %g of the first: %d units of %d", at, nonzero, q.n)
		}
	}
}

// The units with the highest scores are those that the problem selects: all that are in at a lambda score at least
// as much, and no more of the others than have left again.
func TestScoresAreThePath(t *testing.T) {
	q := correlated(60, 120)
	scores, err := newDescent(q).path(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []float64{16, 48, 96} {
		d := newDescent(q)
		lambda := d.largest() * math.Pow(pathEnd, step/pathSteps)
		d.solve(lambda)
		above, in := 0, 0
		for i, s := range scores {
			if s >= lambda*(1-1e-9) {
				above++
			}
			if d.beta[i] != 0 {
				if in++; s < lambda*(1-2*descentTolerance) {
					t.Errorf("step %g: unit %d is in at %g and scores %g", step, i, lambda, s)
				}
			}
		}
		if in == 0 || above > in+in/4 {
			t.Errorf("step %g: %d units are in, %d score as if they were", step, in, above)
		}
	}
}

// Units that do not know of each other come in when lambda is what each of them explains.
func TestUncorrelatedUnitsScoreTheirShares(t *testing.T) {
	shares := share{0.4, 0.1, 0, 0.3, 0.1999, 0.0001}
	q := newQuadratic(len(shares))
	q.addShare(shares)
	scores, err := newDescent(q).path(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	step := math.Pow(pathEnd, -1.0/pathSteps)
	for u, s := range scores {
		if s < shares[u]/step || s > shares[u]*step {
			t.Errorf("unit %d: have %g, want %g", u, s, shares[u])
		}
	}
	order := []int{0, 1, 2, 3, 4, 5}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(scores[a], scores[b]) })
	if !slices.Equal(order, []int{2, 5, 1, 4, 3, 0}) {
		t.Errorf("order %v", order)
	}
}
