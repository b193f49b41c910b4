package main

func init() {
	families["pool"] = func() {
		for _, l := range levels {
			l.pool(l.maximum())
			l.pool(average{l})
			l.maxOffset()
		}
	}
}

// pooling is the operation that combines the numbers that the taps of a row show in one place.
type pooling interface {
	name() string
	parameter() string // of the function, besides those that all have
	begin(n int) (state []bundle)
	see(state []bundle, x bundle)
	// end returns the results. Row is the number of the row.
	end(state []bundle, row scalar) bundle
}

type average struct{ l level }

func (a average) name() string                 { return "poolAverage" }
func (a average) parameter() string            { return ", scale []float32" }
func (a average) begin(n int) []bundle         { return []bundle{a.l.zeroes(n)} }
func (a average) see(state []bundle, x bundle) { a.l.addTo(state[0], x) }
func (a average) end(state []bundle, row scalar) bundle {
	return a.l.mul(state[0], all(a.l.element("scale", row), len(state[0])))
}

// maxOffset writes the search for the largest offset, which is -1 if all are negative.
func (l level) maxOffset() {
	bases, n := l.begin("maxOffset", "func(offsets []int32) int32", "offsets")
	side := l.beside(2, 8)
	top, last := l.fillBits(^uint32(0), side), l.tailOf(n)
	walk{l: l, side: side, in: bases, n: n, tail: last, f: func(in ...bundle) bundle {
		l.largerIntegers(in[0], top)
		return nil
	}, rest: func(in ...bundle) bundle {
		l.largerIntegers(bundle{last.choose(in[0][0], top[1])}, top)
		return nil
	}}.emit()
	l.giveInteger(l.foldIntegers(top))
}
