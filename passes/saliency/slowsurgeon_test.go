package saliency

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
	"gonum.org/v1/gonum/mat"

	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/statistics"
)

// slowSurgeon is surgeon written down as its formulas are: whole matrices, nothing packed, every cost from scratch.
type slowSurgeon struct {
	parts  []slowPart
	energy float64
}

type slowPart struct {
	columns [][]int
	inverse blas64.General
	weights blas64.General // W^T
}

func newSlowSurgeon(r read, gram *statistics.Gram) (*slowSurgeon, error) {
	s := &slowSurgeon{}
	w := r.Weights()
	for k, columns := range r.columns {
		h := gram.SecondMoment(k)
		if r.HasBias {
			h = gram.Covariance(k)
		}
		p := slowPart{columns: columns, weights: blas64.General{Rows: r.Cols, Cols: r.Outs, Stride: r.Outs, Data: make([]float64, r.Cols*r.Outs)}}
		for o := range r.Outs {
			for c := range r.Cols {
				p.weights.Data[c*r.Outs+o] = w[(k*r.Outs+o)*r.Cols+c]
			}
		}
		s.energy += slowEnergy(h, p.weights)
		if err := p.invert(h); err != nil {
			return nil, err
		}
		s.parts = append(s.parts, p)
	}
	return s, nil
}

func slowEnergy(h []float64, w blas64.General) float64 {
	hw := blas64.General{Rows: w.Rows, Cols: w.Cols, Stride: w.Cols, Data: make([]float64, len(w.Data))}
	blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, blas64.General{Rows: w.Rows, Cols: w.Rows, Stride: w.Rows, Data: h}, w, 0, hw)
	e := 0.0
	for i, x := range w.Data {
		e += x * hw.Data[i]
	}
	return e
}

func (p *slowPart) invert(h []float64) error {
	n := p.weights.Rows
	mean := 0.0
	for i := range n {
		mean += h[i*n+i] / float64(n)
	}
	if !(mean > 0) {
		mean = 1
	}
	for i := range n {
		h[i*n+i] += damping * mean
	}
	var c mat.Cholesky
	if !c.Factorize(mat.NewSymDense(n, h)) {
		return fmt.Errorf("not positive definite")
	}
	inverse := mat.NewSymDense(n, nil)
	if err := c.InverseTo(inverse); err != nil {
		if _, poor := err.(mat.Condition); !poor {
			return err
		}
	}
	p.inverse = blas64.General{Rows: n, Cols: n, Stride: n, Data: inverse.RawSymmetric().Data}
	for i := range n {
		for j := i + 1; j < n; j++ {
			p.inverse.Data[j*n+i] = p.inverse.Data[i*n+j]
		}
	}
	return nil
}

func (s *slowSurgeon) costs(alive []int, into []float64) error {
	if !(s.energy > 0) {
		return nil
	}
	for i := range s.parts {
		for _, u := range alive {
			cost, ok := s.parts[i].cost(s.parts[i].columns[u])
			if !ok {
				return fmt.Errorf("unit %d: the Hessian is not positive definite", u)
			}
			into[u] += cost / s.energy
		}
	}
	return nil
}

func (s *slowSurgeon) remove(units []int) error {
	for i := range s.parts {
		var columns []int
		for _, u := range units {
			columns = append(columns, s.parts[i].columns[u]...)
		}
		if !s.parts[i].remove(columns) {
			return fmt.Errorf("the Hessian is not positive definite")
		}
	}
	return nil
}

func (p *slowPart) factor(columns []int) (blas64.Triangular, bool) {
	n := len(columns)
	b := blas64.Symmetric{Uplo: blas.Upper, N: n, Stride: n, Data: make([]float64, n*n)}
	for i, c := range columns {
		for j, d := range columns {
			b.Data[i*n+j] = p.inverse.Data[c*p.inverse.Stride+d]
		}
	}
	return lapack64.Potrf(b)
}

func slowRows(m blas64.General, which []int) blas64.General {
	out := blas64.General{Rows: len(which), Cols: m.Cols, Stride: m.Cols}
	for _, r := range which {
		out.Data = append(out.Data, m.Data[r*m.Stride:][:m.Cols]...)
	}
	return out
}

func (p *slowPart) cost(columns []int) (float64, bool) {
	if len(columns) == 0 {
		return 0, true
	}
	u, ok := p.factor(columns)
	if !ok {
		return 0, false
	}
	z := slowRows(p.weights, columns)
	blas64.Trsm(blas.Left, blas.Trans, 1, u, z)
	cost := 0.0
	for _, x := range z.Data {
		cost += x * x
	}
	return cost, true
}

func (p *slowPart) remove(columns []int) bool {
	if len(columns) == 0 {
		return true
	}
	u, ok := p.factor(columns)
	if !ok {
		return false
	}
	y := slowRows(p.inverse, columns)
	z := slowRows(p.weights, columns)
	blas64.Trsm(blas.Left, blas.Trans, 1, u, y)
	blas64.Trsm(blas.Left, blas.Trans, 1, u, z)
	blas64.Gemm(blas.Trans, blas.NoTrans, -1, y, z, 1, p.weights)
	blas64.Gemm(blas.Trans, blas.NoTrans, -1, y, y, 1, p.inverse)
	n := p.inverse.Stride
	for _, c := range columns {
		clear(p.weights.Data[c*p.weights.Stride:][:p.weights.Cols])
		for i := range n {
			p.inverse.Data[c*n+i], p.inverse.Data[i*n+c] = 0, 0
		}
	}
	return true
}

// slowOBS is scoreOBS with slow surgeons.
func slowOBS(t testing.TB, in Input, g *group.Group) []float64 {
	t.Helper()
	var terms []term
	for _, r := range reads(in.Analysis, in.Model, g) {
		s, err := newSlowSurgeon(r, in.Statistics.Gram(r.Map))
		if err != nil {
			t.Fatal(err)
		}
		terms = append(terms, s)
	}
	for _, p := range products(in.Model, g) { // shares have no other path
		s, err := productTerm(in, g, p)
		if err != nil {
			t.Fatal(err)
		}
		terms = append(terms, s)
	}
	scores, err := eliminate(t.Context(), terms, g.Units)
	if err != nil {
		t.Fatal(err)
	}
	return scores
}

// Every group of four networks: 1 x 1 and k x k convolutions, matrices, several consumers, groups wide enough for
// several units a step.
func TestOBSIsWhatTheSlowPathComputes(t *testing.T) {
	widths, blocks := 0, 0
	for _, name := range []string{"vit", "densenet", "vgg", "mobilenetv2"} {
		in := fixture(t, name)
		in = collect(t, in, "obs", images(in, 4))
		for _, threads := range []int{1, 3} {
			in.Threads = threads
			for _, g := range in.Analysis.Groups {
				have, err := scoreOBS(t.Context(), in, g)
				if err != nil {
					t.Fatal(err)
				}
				want := slowOBS(t, in, g)
				for u := range want {
					if math.Abs(have[u]-want[u]) > 1e-7*(math.Abs(want[u])+total(want)/float64(len(want))) {
						t.Fatalf("%s, group %s, unit %d: have %.12g, want %.12g", name, g.Name, u, have[u], want[u])
					}
				}
				if g.Units > eliminationSteps {
					widths++
				}
				for _, r := range reads(in.Analysis, in.Model, g) {
					if len(r.columns[0][0]) > 1 {
						blocks++
					}
				}
			}
			if name != "vgg" { // one is enough to see that threads change nothing
				break
			}
		}
	}
	if widths == 0 || blocks == 0 {
		t.Errorf("%d groups wider than the number of steps, %d consumers with several columns a unit", widths, blocks)
	}
}
