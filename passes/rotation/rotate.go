package rotation

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/linear"
	"github.com/pollard-dev/pollard/passes/statistics"
)

// Rotation is a change of basis that was made.
type Rotation struct {
	Group  string
	Blocks int // heads, each with a basis of its own; 1 for a stream
}

// Wants asks for the Gram matrices of all maps that write or read a group whose basis can be changed.
func Wants(a *group.Analysis, _ *graph.Model) statistics.Request {
	var r statistics.Request
	for _, g := range a.Groups {
		if s := find(a, g); s != nil {
			for _, w := range append(s.writers, s.readers...) {
				r.Grams = append(r.Grams, w.Map)
			}
		}
	}
	return r
}

// Apply changes the basis of every group of m that allows it, in place, and the statistics with it. Groups whose
// statistics are not there stay as they are.
func Apply(a *group.Analysis, known *statistics.Set) []Rotation {
	var done []Rotation
	for _, g := range a.Groups {
		s := find(a, g)
		if s == nil {
			continue
		}
		turns := s.turns(known)
		if turns == nil {
			continue
		}
		s.apply(turns, known)
		done = append(done, Rotation{g.Name, len(turns)})
	}
	return done
}

// turn is a change of basis and its inverse.
type turn struct{ forward, back *mat.Dense }

// damping is added to the diagonals of second moments, as a fraction of their mean, so that directions in
// which nothing ever lies can be inverted.
const damping = 1e-4

// turns gives the change of basis of each block; nil where statistics are missing or nothing can be solved.
func (s *site) turns(known *statistics.Set) []turn {
	var turns []turn
	for b := range s.writers[0].blocks {
		var t *turn
		if s.queries != nil {
			t = s.product(b, known)
		} else {
			t = s.stream(b, known)
		}
		if t == nil {
			return nil
		}
		turns = append(turns, *t)
	}
	return turns
}

// product balances queries and keys: with second moments Q and K, the singular values of Q^1/2 K^1/2 are what each new
// dimension adds to the products, if queries and keys are independent. No other choice of so many dimensions adds more (Eckart-Young).
func (s *site) product(b int, known *statistics.Set) *turn {
	q := s.written(b, s.queries, known, false)
	k := s.written(b, s.keys, known, s.softmax)
	if q == nil || k == nil {
		return nil
	}
	half, inverse := roots(q)
	other, _ := roots(k)
	if half == nil || other == nil {
		return nil
	}
	var m mat.Dense
	m.Mul(half, other)
	return turned(&m, half, inverse)
}

// stream sorts a stream by what its readers make of it: with second moments G of the stream and the readers' weights W,
// the singular values of W G^1/2.
func (s *site) stream(b int, known *statistics.Set) *turn {
	d := s.group.Units
	second, weight := mat.NewSymDense(d, nil), mat.NewSymDense(d, nil)
	for _, r := range s.readers {
		gram := known.Gram(r.Map)
		if gram == nil {
			return nil
		}
		g := gram.SecondMoment(0)
		if r.HasBias {
			g = gram.Covariance(0)
		}
		w := r.Weights()
		energy := r.energy(w, g)
		if !(energy > 0) {
			return nil
		}
		for at, block := range r.blocks {
			if at != b && len(s.writers[0].blocks) > 1 {
				continue
			}
			for i, p := range block {
				for j := i; j < d; j++ {
					q := block[j]
					for t := range r.Taps {
						x, y := p*r.Taps+t, q*r.Taps+t
						second.SetSym(i, j, second.At(i, j)+g[x*r.Cols+y])
						sum := 0.0
						for o := range r.Outs {
							sum += w[o*r.Cols+x] * w[o*r.Cols+y]
						}
						weight.SetSym(i, j, weight.At(i, j)+sum/energy)
					}
				}
			}
		}
	}
	half, inverse := roots(second)
	other, _ := roots(weight)
	if half == nil || other == nil {
		return nil
	}
	var m mat.Dense
	m.Mul(half, other)
	return turned(&m, half, inverse)
}

// energy is tr(W G W^T).
func (r side) energy(w, g []float64) float64 {
	var wg mat.Dense
	wm := mat.NewDense(r.Outs, r.Cols, w)
	wg.Mul(wm, mat.NewDense(r.Cols, r.Cols, g))
	e := 0.0
	for i, x := range wg.RawMatrix().Data {
		e += x * w[i]
	}
	return e
}

// turned is S^1/2 U^T half^-1 for half*other = U S V^T.
func turned(m *mat.Dense, half, inverse *mat.SymDense) *turn {
	var svd mat.SVD
	if !svd.Factorize(m, mat.SVDFull) {
		return nil
	}
	values := svd.Values(nil)
	if !(values[0] > 0) {
		return nil
	}
	var u, forward, back mat.Dense
	svd.UTo(&u)
	forward.Mul(u.T(), inverse)
	back.Mul(half, &u)
	for i, v := range values {
		root := math.Sqrt(max(v/values[0], 1e-6))
		for j := range values {
			forward.Set(i, j, forward.At(i, j)*root)
			back.Set(j, i, back.At(j, i)/root)
		}
	}
	return &turn{&forward, &back}
}

// written is the second moment, or the covariance, of what the writers put at a block.
func (s *site) written(b int, which []int, known *statistics.Set, central bool) *mat.SymDense {
	d := s.group.Units
	total := mat.NewSymDense(d, nil)
	for _, i := range which {
		w := s.writers[i]
		gram := known.Gram(w.Map)
		if gram == nil {
			return nil
		}
		c := mat.NewSymDense(w.Cols, gram.Covariance(0))
		weights, bias := w.Weights(), w.Bias()
		rows := mat.NewDense(d, w.Cols, nil)
		means := make([]float64, d)
		for u, p := range w.blocks[b] {
			row := weights[p*w.Cols:][:w.Cols]
			rows.SetRow(u, row)
			for j, x := range row {
				means[u] += x * gram.Sums[0][j] / gram.Rows
			}
			if bias != nil {
				means[u] += bias[p]
			}
		}
		var half, out mat.Dense
		half.Mul(rows, c)
		out.Mul(&half, rows.T())
		for x := range d {
			for y := x; y < d; y++ {
				v := out.At(x, y)
				if !central {
					v += means[x] * means[y]
				}
				total.SetSym(x, y, total.At(x, y)+v)
			}
		}
	}
	return total
}

// roots is the square root of a positive matrix, damped, and the inverse of that; nil where it is none.
func roots(m *mat.SymDense) (half, inverse *mat.SymDense) {
	d := m.SymmetricDim()
	mean := mat.Trace(m) / float64(d)
	if !(mean > 0) {
		return nil, nil
	}
	for i := range d {
		m.SetSym(i, i, m.At(i, i)+damping*mean)
	}
	var e mat.EigenSym
	if !e.Factorize(m, true) {
		return nil, nil
	}
	var v mat.Dense
	e.VectorsTo(&v)
	half, inverse = mat.NewSymDense(d, nil), mat.NewSymDense(d, nil)
	for k, x := range e.Values(nil) {
		x = math.Sqrt(max(x, damping*mean/2))
		for i := range d {
			for j := i; j < d; j++ {
				p := v.At(i, k) * v.At(j, k)
				half.SetSym(i, j, half.At(i, j)+p*x)
				inverse.SetSym(i, j, inverse.At(i, j)+p/x)
			}
		}
	}
	return half, inverse
}

// apply writes the weights in the new basis, and takes the statistics along.
func (s *site) apply(turns []turn, known *statistics.Set) {
	before := s.diagonals(known)
	of := func(block int) turn { return turns[min(block, len(turns)-1)] }
	key := map[int]bool{}
	for _, i := range s.keys {
		key[i] = true
	}
	for i, w := range s.writers {
		weights, bias := w.Weights(), w.Bias()
		for b, block := range w.blocks {
			m := mat.Matrix(of(b).forward)
			if key[i] {
				m = of(b).back.T()
			}
			mixRows(weights, w.Cols, block, m)
			if bias != nil {
				mixRows(bias, 1, block, m)
			}
		}
		w.Write(weights, bias)
	}
	for _, r := range s.readers {
		weights, bias := r.Weights(), r.Bias()
		weights = linear.Transposed(weights, r.Outs, r.Cols)
		for b, block := range r.blocks {
			for t := range r.Taps {
				mixRows(weights, r.Outs, columns(block, r.Taps, t), of(b).back.T())
			}
		}
		r.Write(linear.Transposed(weights, r.Cols, r.Outs), bias)
		if gram := known.Gram(r.Map); gram != nil {
			for b, block := range r.blocks {
				for t := range r.Taps {
					gram.Mix(0, columns(block, r.Taps, t), of(b).forward)
				}
			}
		}
	}
	s.retell(before, s.diagonals(known), known)
}

// diagonals is the second moment of each unit of every operand of a product, the mean over blocks.
func (s *site) diagonals(known *statistics.Set) [][]float64 {
	var all [][]float64
	for _, o := range s.operands {
		sums := make([]float64, s.group.Units)
		for b := range s.writers[0].blocks {
			m := s.written(b, o.writers, known, o.central)
			for u := range sums {
				sums[u] += m.At(u, u) / float64(len(s.writers[0].blocks))
			}
		}
		all = append(all, sums)
	}
	return all
}

// retell writes down the operands' moments in the new basis. They may lie behind a scale: what they add up to relative to
// what was written stays.
func (s *site) retell(before, after [][]float64, known *statistics.Set) {
	for i, o := range s.operands {
		m := known.Moments(o.value, o.axis)
		if m == nil {
			continue
		}
		was, sum := 0.0, 0.0
		for u, x := range before[i] {
			sum += x
			if was += m.SecondMoment(u); o.central {
				was -= m.SecondMoment(u) - m.Variance(u)
			}
		}
		if !(sum > 0) {
			continue
		}
		for u, x := range after[i] {
			m.Sum[u], m.Square[u] = 0, x*was/sum*m.Count
		}
	}
}

func columns(block []int, taps, tap int) []int {
	out := make([]int, len(block))
	for i, p := range block {
		out[i] = p*taps + tap
	}
	return out
}

// mixRows replaces the rows of a matrix by m times them.
func mixRows(v []float64, width int, rows []int, m mat.Matrix) {
	old := make([]float64, len(rows)*width)
	for i, r := range rows {
		copy(old[i*width:], v[r*width:][:width])
	}
	for i, r := range rows {
		out := v[r*width:][:width]
		clear(out)
		for j := range rows {
			x := m.At(i, j)
			for c := range out {
				out[c] += x * old[j*width+c]
			}
		}
	}
}
