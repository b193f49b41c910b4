package rotation

import (
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/internal/linalg"
	"github.com/pollard-dev/pollard/passes/statistics"
)

// turn writes the weights in the new bases, and updates the statistics.
func (x *site) turn(a *group.Analysis, turns []turn, known *statistics.Set) {
	scales := make([]float64, len(x.operands))
	for i, o := range x.operands {
		scales[i] = x.scale(a, o, known)
	}
	for _, w := range x.writers {
		weights, bias := w.Weights(), w.Bias()
		if !slices.ContainsFunc(bias, func(b float64) bool { return b != 0 }) {
			bias = nil // it may not exist, and stays zero
		}
		for _, v := range w.vectors {
			t := turns[v.turn]
			if t.forward == nil {
				continue
			}
			m := mat.Matrix(t.forward)
			if w.turned == -1 {
				m = t.back.T()
			}
			mixRows(weights, w.Cols, v.at, m)
			if bias != nil {
				mixRows(bias, 1, v.at, m)
			}
		}
		w.Write(weights, bias)
	}
	for _, r := range x.readers {
		r.turn(turns)
		r.retell(turns, known)
	}
	for i, o := range x.operands {
		x.retell(a, o, scales[i], known)
	}
}

// turn makes r read the new basis.
func (r side) turn(turns []turn) {
	weights := linalg.Transpose(r.Weights(), r.Outs, r.Cols)
	for _, v := range r.vectors {
		for t := range r.Taps {
			if back := turns[v.turn].back; back != nil {
				mixRows(weights, r.Outs, v.columns(r.Taps, t), back.T())
			}
		}
	}
	r.Write(linalg.Transpose(weights, r.Cols, r.Outs), nil)
}

// mixRows replaces rows of a matrix by m times them.
func mixRows(v []float64, width int, rows []int, m mat.Matrix) {
	old := mat.NewDense(len(rows), width, nil)
	for i, r := range rows {
		old.SetRow(i, v[r*width:][:width])
	}
	var mixed mat.Dense
	mixed.Mul(m, old)
	for i, r := range rows {
		copy(v[r*width:], mixed.RawRowView(i))
	}
}
