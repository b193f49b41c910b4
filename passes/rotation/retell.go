package rotation

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/statistics"
)

// retell writes down what r sees in the new basis: exactly, but for the moments of single positions, which become
// those of the rows that the Gram matrix has seen.
func (r side) retell(turns []turn, known *statistics.Set) {
	gram := r.gram(known)
	if gram == nil {
		return
	}
	for i, t := range turns {
		var at [][]int
		for _, v := range r.vectors {
			for tap := range r.Taps {
				if v.turn == i {
					at = append(at, v.columns(r.Taps, tap))
				}
			}
		}
		if t.forward != nil {
			gram.Mix(0, at, t.forward.RawMatrix().Data, 1)
		}
	}
	m := momentsOf(known, r.axis())
	if m == nil {
		return
	}
	for _, v := range r.vectors {
		for _, p := range v.at {
			mean, square := 0.0, 0.0
			for c := p * r.Taps; c < (p+1)*r.Taps; c++ {
				mean += gram.Sums[0][c] / gram.Rows / float64(r.Taps)
				square += gram.Products[0][c*r.Cols+c] / gram.Rows / float64(r.Taps)
			}
			tell(m, p, mean, square)
		}
	}
}

// momentsOf is what is known of an axis; nil where that is nothing, or is of another axis.
func momentsOf(known *statistics.Set, at group.Member) *statistics.Moments {
	m := known.Moments(at.Value, at.Axis)
	if m == nil || !at.Value.Type.Shape[at.Axis].Is(len(m.Sum)) {
		return nil
	}
	return m
}

// tell writes down moments of a position, firing as if normally distributed.
func tell(m *statistics.Moments, p int, mean, square float64) {
	m.Sum[p], m.Square[p] = mean*m.Count, square*m.Count
	m.Fires[p] = m.Count / 2
	if v := square - mean*mean; v > 0 {
		m.Fires[p] *= math.Erfc(-mean / math.Sqrt(2*v))
	}
}

// scale is the moments of a product's operand over those of what its writers put there: constants may multiply it on the way.
// 0 where either is not known.
func (x *site) scale(a *group.Analysis, o operand, known *statistics.Set) float64 {
	m := momentsOf(known, o.Member)
	if m == nil {
		return 0
	}
	have, written := 0.0, 0.0
	for p, square := range x.told(a, o, x.moments(known, false, o.writes)) {
		if square >= 0 {
			have, written = have+m.SecondMoment(p), written+square
		}
	}
	if !(written > 0) {
		return 0
	}
	return have / written
}

// writes reports whether w writes o.
func (o operand) writes(w side) bool { return w.stream == o.stream }

// told is, for each position of a product's operand, the second moments that were summed by basis; -1 for what is not the group's.
func (x *site) told(a *group.Analysis, o operand, moments []*mat.SymDense) []float64 {
	if moments == nil {
		return nil
	}
	units, turns := a.Units(x.group, o.Member), x.turnsAt(a, o.Member)
	squares := make([]float64, len(units))
	for p, u := range units {
		switch {
		case u < 0:
			squares[p] = -1
		case turns != nil:
			squares[p] = moments[turns[p]].At(u, u)
		default: // the position is that of all heads
			for _, m := range moments {
				squares[p] += m.At(u, u)
			}
		}
	}
	return squares
}

// retell writes down the moments of a product's operand in the new basis. The mean is told as zero; on the side whose mean does not
// count, the second moment is what it is without the mean that each head has.
func (x *site) retell(a *group.Analysis, o operand, scale float64, known *statistics.Set) {
	m := momentsOf(known, o.Member)
	if m == nil || scale == 0 {
		return
	}
	for p, square := range x.told(a, o, x.moments(known, o.stream.turned == x.central, o.writes)) {
		if square >= 0 {
			tell(m, p, 0, square*scale)
		}
	}
}
