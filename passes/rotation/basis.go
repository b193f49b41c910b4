package rotation

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// turn is a change of basis and its inverse. The zero turn changes nothing.
type turn struct{ forward, back *mat.Dense }

const (
	// damping is added to the diagonals of second moments, as a fraction of their mean, so that directions in which
	// there is never anything can be inverted.
	damping = 1e-4
	// steepest bounds the ratio of the largest to the least second moment of any direction that is considered. Weights
	// are rounded in the new basis, at an error that grows with its root: at most some 300 times the 6e-8 of a float32.
	steepest = 1e5
	// faintest is the least scale of a new unit, relative to the first. The scale of a unit does not affect rounding
	// errors; the bound keeps numbers finite.
	faintest = 1e-6
)

// basis is D U^T S^-1/2, where S^1/2 R S^1/2 = U D^4 U^T, for second moments S of what is written and R of what reads it
// (W^T W of maps, the other operand's of products). Both S and R become D^2 in the new basis, its first units carry
// most, and what is read of unit i is D_i^4. It is the zero turn if there is nothing to base it on.
func basis(written, read *mat.SymDense) turn {
	half, inverse := roots(written)
	if half == nil {
		return turn{}
	}
	var hr, hrh mat.Dense
	hr.Mul(half, read)
	hrh.Mul(&hr, half)
	values, u := eigen(symmetric(&hrh))
	if u == nil || !(values[0] > 0) {
		return turn{}
	}
	var forward, back mat.Dense
	forward.Mul(u.T(), inverse)
	back.Mul(half, u)
	for i, v := range values {
		d := math.Sqrt(math.Sqrt(values[0])) * math.Sqrt(max(math.Sqrt(max(v/values[0], 0)), faintest))
		d *= sign(forward.RawRowView(i))
		for j := range values {
			forward.Set(i, j, forward.At(i, j)*d)
			back.Set(j, i, back.At(j, i)/d)
		}
	}
	if !finite(forward.RawMatrix().Data) || !finite(back.RawMatrix().Data) {
		return turn{}
	}
	return turn{&forward, &back}
}

// roots returns the square root of a damped matrix of second moments and its inverse, or nil if there are none.
func roots(m *mat.SymDense) (half, inverse *mat.SymDense) {
	d := m.SymmetricDim()
	mean := mat.Trace(m) / float64(d)
	if !(mean > 0) || math.IsInf(mean, 0) {
		return nil, nil
	}
	values, v := eigen(m)
	if v == nil {
		return nil, nil
	}
	of := func(f func(float64) float64) *mat.SymDense {
		scaled := mat.DenseCopyOf(v)
		for k, x := range values {
			x = math.Sqrt(f(max(x+damping*mean, values[0]/steepest)))
			for i := range d {
				scaled.Set(i, k, scaled.At(i, k)*x)
			}
		}
		var out mat.Dense
		out.Mul(scaled, v.T())
		return symmetric(&out)
	}
	root := func(x float64) float64 { return x }
	return of(root), of(func(x float64) float64 { return 1 / x })
}

// eigen returns the eigenvalues of m, the largest first, and the eigenvectors as columns, or nil if there are none.
func eigen(m *mat.SymDense) ([]float64, *mat.Dense) {
	if !finite(m.RawSymmetric().Data) {
		return nil, nil
	}
	var e mat.EigenSym
	if !e.Factorize(m, true) {
		return nil, nil
	}
	values := e.Values(nil)
	var v mat.Dense
	e.VectorsTo(&v)
	d := len(values)
	out := mat.NewDense(d, d, nil)
	for k := range d {
		for i := range d {
			out.Set(i, k, v.At(i, d-1-k))
		}
	}
	slices.Reverse(values)
	return values, out
}

// symmetric is the mean of m and m transposed.
func symmetric(m *mat.Dense) *mat.SymDense {
	d, _ := m.Dims()
	out := mat.NewSymDense(d, nil)
	for i := range d {
		for j := i; j < d; j++ {
			out.SetSym(i, j, (m.At(i, j)+m.At(j, i))/2)
		}
	}
	return out
}

// sign returns the sign of the element with the largest magnitude, the first of several. Eigenvectors have no sign of
// their own, and files must be reproducible.
func sign(v []float64) float64 {
	far := 0.0
	for _, x := range v {
		if math.Abs(x) > math.Abs(far) {
			far = x
		}
	}
	return math.Copysign(1, far)
}

func finite(v []float64) bool {
	return !slices.ContainsFunc(v, func(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) })
}
