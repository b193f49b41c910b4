package lossless

// expression is what a position can be replaced by: multiples of others and a number.
type expression struct {
	of []int
	by []float64
	c  float64
}

// constant: what is 0 adds nothing to a product, with any other number the bias grows by its part, where every
// output sees all of the kernel. A unit behind Relu whose inputs can never lift it over 0 is the common case.
func (r *reading) constant(p int) (e expression, ok bool) {
	s := r.slices[p]
	if s.zero() {
		return e, true
	}
	return expression{c: s.scale}, s.sym == one && r.takesConstant && r.exact
}
