package main

// walk goes over rows of n numbers, side vectors at a time, then one, then what is left under a mask. At each step
// it loads what lies at in, and has f compute what it stores at out. Where f gives no vectors nothing is stored.
type walk struct {
	l    machine
	side int
	in   []scalar
	out  scalar
	n    scalar
	tail tail
	f    func(in ...bundle) bundle
	rest func(in ...bundle) bundle // instead of f for what is left, whose other places hold zeroes; may be nil

	start, i scalar // amd64: in bytes from the end of the row, so that a sign and a constant are all it is compared with
}

// emit writes the walk over one row.
func (w walk) emit() {
	w.l.prepare(&w)
	w.l.row(&w)
}
