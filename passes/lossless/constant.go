package lossless

// expression is what can replace a position: multiples of others and a number.
type expression struct {
	of []int
	by []float64
	c  float64
}

// constant: a 0 adds nothing to a product, and any other number adds to the bias, if every output sees all of the
// kernel. A unit behind a Relu whose inputs can never make it positive is the common case.
func (r *reading) constant(p int) (e expression, ok bool) {
	s := r.slices[p]
	if s.zero() {
		return e, true
	}
	return expression{c: s.scale}, s.sym == one && r.takesConstant && r.exact
}
