package main

// walk goes over rows of n numbers: side vectors at a time, then one, then what is left under a
// mask. At each step it loads from in, and stores what f computes to out. If f returns no vectors,
// nothing is stored.
type walk struct {
	l    machine
	side int
	in   []scalar
	out  scalar
	n    scalar
	tail tail
	f    func(in ...bundle) bundle
	rest func(in ...bundle) bundle // replaces f for what is left, where the other lanes hold zeros; may be nil

	start, i scalar // amd64: in bytes from the end of the row, so that it need only be compared with its sign and a constant
}

// emit writes the walk over one row.
func (w walk) emit() {
	w.l.prepare(&w)
	w.l.row(&w)
}
