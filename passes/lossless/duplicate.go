package lossless

import "math"

// mostRatio bounds how much larger one of two units may be than the other. Beyond it the precision of float32 does not
// suffice.
const mostRatio = 1e6

// duplicate: of two units that compute the same, one can be removed if the other takes over its weights (Srinivas and
// Babu 2015, https://arxiv.org/abs/1507.06149, merge similar neurons in this way; here they must be equal up to a
// factor). own reports which positions are removed with p. Only positions that the same group of a grouped convolution
// reads can take over.
func (r *reading) duplicate(p int, own func(q int) bool) (e expression, ok bool) {
	s := r.slices[p]
	if !r.exact || s.zero() {
		return e, false
	}
	each := r.Cols / r.Taps
	for q := p / each * each; q < p/each*each+each; q++ {
		if q != p && r.slices[q].sym == s.sym && !r.slices[q].zero() && !r.gone[q] && !own(q) {
			if by := s.scale / r.slices[q].scale; math.Abs(by) >= 1/mostRatio && math.Abs(by) <= mostRatio {
				return expression{of: []int{q}, by: []float64{by}}, true
			}
		}
	}
	return e, false
}
