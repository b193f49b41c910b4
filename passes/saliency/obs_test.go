package saliency

import (
	"cmp"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// resolved is the error that is left in r's output, as a fraction of its energy, when the columns go and least squares
// over the rows, solved by QR, chooses the others anew, and a bias where there is one. The penalty on what changes, part of
// obs as of any repair, is a row more for each column.
func resolved(t *testing.T, r read, rows [][]float64, gone []int) float64 {
	t.Helper()
	lambda := 0.0
	for _, row := range centred(r, rows) {
		for _, x := range row {
			lambda += damping * x * x / float64(len(rows)*r.Cols)
		}
	}
	n := len(rows)
	all := mat.NewDense(n+r.Cols, r.Cols+1, nil) // the last column is the bias
	for i, row := range rows {
		for c, x := range row {
			all.Set(i, c, x)
		}
		if r.HasBias {
			all.Set(i, r.Cols, 1)
		}
	}
	for c := range r.Cols {
		all.Set(n+c, c, math.Sqrt(lambda*float64(n)))
	}
	weights := mat.NewDense(r.Cols+1, r.Outs, nil)
	for i, w := range r.Weights() {
		weights.Set(i%r.Cols, i/r.Cols, w)
	}
	var y mat.Dense
	y.Mul(all, weights)
	var kept []int
	for c := range r.Cols + 1 {
		if !slices.Contains(gone, c) && (c < r.Cols || r.HasBias) {
			kept = append(kept, c)
		}
	}
	residual := mat.DenseCopyOf(&y)
	if len(kept) > 0 {
		x := mat.NewDense(n+r.Cols, len(kept), nil)
		for j, c := range kept {
			x.SetCol(j, mat.Col(nil, c, all))
		}
		var qr mat.QR
		qr.Factorize(x)
		var solution, product mat.Dense
		if err := qr.SolveTo(&solution, false, &y); err != nil {
			t.Fatal(err)
		}
		product.Mul(x, &solution)
		residual.Sub(&y, &product)
	}
	norm := mat.Norm(residual, 2)
	return norm * norm / float64(n) / outputEnergy(r, centred(r, rows), one)
}

func TestOBSIsWhatLeastSquaresLeaves(t *testing.T) {
	in, feeds := explicit(t, "obs")
	g := in.Analysis.Groups[0]
	for _, r := range reads(in.Analysis, in.Model, g) {
		rows := rowsOf(t, r, valueOf(t, in, feeds, r.Node.In(0)))
		fresh := func() *surgeon {
			s, err := newSurgeon(r, in.Statistics.Gram(r.Map), 1)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		costs := make([]float64, g.Units)
		if err := fresh().costs([]int{0, 1, 2, 3}, costs); err != nil {
			t.Fatal(err)
		}
		for u, have := range costs {
			if want := resolved(t, r, rows, r.columns[0][u]); math.Abs(have-want) > 1e-6*want {
				t.Errorf("%s without unit %d: have %g, want %g", r.Name(), u, have, want)
			}
		}
		scores, err := eliminate(t.Context(), []term{fresh()}, g.Units)
		if err != nil {
			t.Fatal(err)
		}
		order := []int{0, 1, 2, 3}
		slices.SortFunc(order, func(a, b int) int { return cmp.Compare(scores[a], scores[b]) })
		var gone []int
		have := 0.0
		for _, u := range order {
			have += scores[u]
			gone = append(gone, r.columns[0][u]...)
			if want := resolved(t, r, rows, gone); math.Abs(have-want) > 1e-6*want {
				t.Errorf("%s without %d columns: have %g, want %g", r.Name(), len(gone), have, want)
			}
		}
	}
}

// Several columns that go at once cost what they cost one after the other.
func TestRemovalInOneStepOrSeveral(t *testing.T) {
	in, _ := explicit(t, "obs")
	g := in.Analysis.Groups[0]
	for _, r := range reads(in.Analysis, in.Model, g) {
		var have [2][]float64
		for i, steps := range [][][]int{{{1, 3}}, {{3}, {1}}} {
			s, err := newSurgeon(r, in.Statistics.Gram(r.Map), 1)
			if err != nil {
				t.Fatal(err)
			}
			for _, units := range steps {
				if err := s.remove(units); err != nil {
					t.Fatal(err)
				}
			}
			have[i] = make([]float64, g.Units)
			if err := s.costs([]int{0, 2}, have[i]); err != nil {
				t.Fatal(err)
			}
		}
		if !slices.EqualFunc(have[0], have[1], func(a, b float64) bool { return math.Abs(a-b) <= 1e-9*math.Abs(b) }) {
			t.Errorf("%s: %v at once, %v one after the other", r.Name(), have[0], have[1])
		}
	}
}
