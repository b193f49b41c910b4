package main

func init() {
	families["reduce"] = func() {
		for _, l := range levels {
			l.sumOf()
			l.maxOf()
			l.sumRows()
		}
	}
}

func (l level) sumOf() {
	bases, n := l.begin("sum", "func(x []float32) float64", "x")
	side := l.beside(2, 4)
	sums := l.zeroes(2 * side)
	walk{l: l, side: side, in: bases, n: n, tail: l.tailOf(n), f: func(in ...bundle) bundle {
		for i, v := range in[0] {
			l.addDoubles(sums[2*i:], l.double(v))
		}
		return nil
	}}.emit()
	l.giveDouble(l.foldDoubles(sums))
}

func (l level) maxOf() {
	bases, n := l.begin("maxOf", "func(x []float32) float32", "x")
	side := l.beside(4, 8)
	g, last := l.largest(side), l.tailOf(n)
	walk{l: l, side: side, in: bases, n: n, tail: last, f: func(in ...bundle) bundle {
		g.see(in[0])
		return nil
	}, rest: func(in ...bundle) bundle {
		g.see(bundle{last.others(in[0][0], negativeInfinity)})
		return nil
	}}.emit()
	l.give(g.fold())
}
