package rotation

import (
	"gonum.org/v1/gonum/mat"

	"github.com/pollard-dev/pollard/passes/statistics"
)

// bases returns the best basis of each turn, or nil if statistics are missing.
func (x *site) bases(known *statistics.Set) []turn {
	var written, read []*mat.SymDense
	if x.product {
		written, read = x.moments(known, x.central == 1, onSide(1)), x.moments(known, x.central == -1, onSide(-1))
	} else {
		written, read = x.seen(known)
	}
	if written == nil || read == nil {
		return nil
	}
	turns := make([]turn, len(x.turns))
	for b := range turns {
		turns[b] = basis(written[b], read[b])
	}
	return turns
}

// zeroes returns a matrix for each turn.
func (x *site) zeroes() []*mat.SymDense {
	out := make([]*mat.SymDense, len(x.turns))
	for b := range out {
		out[b] = mat.NewSymDense(x.group.Units, nil)
	}
	return out
}

// seen returns, for each turn of a stream, the second moments of what its readers see (the covariance if they have a
// bias) and the sum of W^T W, each reader's as a fraction of the energy of its output.
func (x *site) seen(known *statistics.Set) (written, read []*mat.SymDense) {
	written, read = x.zeroes(), x.zeroes()
	for _, r := range x.readers {
		gram := r.gram(known)
		if gram == nil {
			return nil, nil
		}
		g := gram.SecondMoment(0)
		if r.HasBias {
			g = gram.Covariance(0)
		}
		w := mat.NewDense(r.Outs, r.Cols, r.Weights())
		energy := energy(w, g)
		if !(energy > 0) {
			continue // it computes a constant
		}
		for _, v := range r.vectors {
			for t := range r.Taps {
				columns := v.columns(r.Taps, t)
				part := mat.NewDense(len(columns), r.Outs, nil)
				for i, c := range columns {
					for o := range r.Outs {
						part.Set(i, o, w.At(o, c))
					}
					for j := i; j < len(columns); j++ {
						written[v.turn].SetSym(i, j, written[v.turn].At(i, j)+g[c*r.Cols+columns[j]])
					}
				}
				read[v.turn].SymRankK(read[v.turn], 1/energy, part)
			}
		}
	}
	return written, read
}

// gram returns the Gram matrix of s's inputs, or nil if there is none, or one of another map.
func (s side) gram(known *statistics.Set) *statistics.Gram {
	g := known.Gram(s.Map)
	if g == nil || g.Rows == 0 || g.Cols != s.Cols || len(g.Sums) != 1 {
		return nil
	}
	return g
}

// energy is tr(W G W^T).
func energy(w *mat.Dense, g []float64) float64 {
	_, cols := w.Dims()
	var wg mat.Dense
	wg.Mul(w, mat.NewDense(cols, cols, g))
	wg.MulElem(&wg, w)
	return mat.Sum(&wg)
}

// onSide selects the writers of queries, 1, or of keys, -1.
func onSide(turned int) func(side) bool { return func(s side) bool { return s.turned == turned } }

// moments returns, for each turn, the second moments of what writers of products write to its vectors, or the covariance
// if central, summed over them. It is nil if statistics are missing.
func (x *site) moments(known *statistics.Set, central bool, of func(side) bool) []*mat.SymDense {
	total := x.zeroes()
	for _, w := range x.writers {
		if !of(w) {
			continue
		}
		gram := w.gram(known)
		if gram == nil {
			return nil
		}
		covariance := mat.NewDense(w.Cols, w.Cols, gram.Covariance(0))
		mean := mat.NewVecDense(w.Cols, nil)
		mean.ScaleVec(1/gram.Rows, mat.NewVecDense(w.Cols, gram.Sums[0]))
		weights, bias := w.Weights(), w.Bias()
		rows := mat.NewDense(x.group.Units, w.Cols, nil)
		var half, out mat.Dense
		var means mat.VecDense
		for _, v := range w.vectors {
			for u, p := range v.at {
				rows.SetRow(u, weights[p*w.Cols:][:w.Cols])
			}
			half.Mul(rows, covariance)
			out.Mul(&half, rows.T())
			if !central {
				means.MulVec(rows, mean)
				for u, p := range v.at {
					if bias != nil {
						means.SetVec(u, means.AtVec(u)+bias[p])
					}
				}
				out.RankOne(&out, 1, &means, &means)
			}
			total[v.turn].AddSym(total[v.turn], symmetric(&out))
		}
	}
	return total
}
