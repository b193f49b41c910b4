package rotation

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/statistics"
)

// retell updates the statistics of what r reads to the new basis. This is exact, except for the moments of single
// positions, which become those of the rows in the Gram matrix.
func (r side) retell(turns []turn, known *statistics.Set) {
	gram := r.gram(known)
	if gram == nil {
		return
	}
	held := r.gram(known.Held)
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
			if held != nil {
				held.Mix(0, at, t.forward.RawMatrix().Data, 1)
			}
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

// momentsOf returns the moments of an axis, or nil if there are none, or those of another axis.
func momentsOf(known *statistics.Set, at group.Member) *statistics.Moments {
	m := known.Moments(at.Value, at.Axis)
	if m == nil || !at.Value.Type.Shape[at.Axis].Is(len(m.Sum)) {
		return nil
	}
	return m
}

// tell sets the moments of a position, with the firing rate of a normal distribution.
func tell(m *statistics.Moments, p int, mean, square float64) {
	m.Sum[p], m.Square[p] = mean*m.Count, square*m.Count
	m.Fires[p] = m.Count / 2
	if v := square - mean*mean; v > 0 {
		m.Fires[p] *= math.Erfc(-mean / math.Sqrt(2*v))
	}
}

// scale is the ratio of the moments of a product's operand to those of what its writers write: constants may multiply it
// on the way. It is 0 if either is not known.
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

// told returns, for each position of a product's operand, the second moments that were summed by basis, or -1 if it does
// not belong to the group.
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

// retell updates the moments of a product's operand to the new basis. The mean is set to zero. On the side whose mean
// does not matter, the second moment is that without the mean of each head.
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
