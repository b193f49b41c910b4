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
	sums := l.zeroes(4)
	walk{l: l, side: 2, in: bases, n: n, tail: l.tailOf(n), f: func(in ...bundle) bundle {
		for i, v := range in[0] {
			l.addDoubles(sums[2*i:], l.double(v))
		}
		return nil
	}}.emit()
	l.giveDouble(l.foldDoubles(sums))
}

func (l level) maxOf() {
	bases, n := l.begin("maxOf", "func(x []float32) float32", "x")
	g, last := l.largest(4), l.tailOf(n)
	walk{l: l, side: 4, in: bases, n: n, tail: last, f: func(in ...bundle) bundle {
		g.see(in[0])
		return nil
	}, rest: func(in ...bundle) bundle {
		g.see(bundle{last.others(in[0][0], negativeInfinity)})
		return nil
	}}.emit()
	l.give(g.fold())
}
