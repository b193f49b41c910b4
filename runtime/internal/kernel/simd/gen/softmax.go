package main

func init() {
	families["softmax"] = func() {
		for _, l := range levels {
			l.expSum(true)
			l.expSum(false)
			l.scaledMax(true)
			l.scaledMax(false)
		}
	}
}

// expSum adds exp(x - top), and writes it if write is set.
func (l level) expSum(write bool) {
	name, signature, slices := "expTotal", "func(x []float32, top float32) float32", []string{"x"}
	if write {
		name, signature, slices = "expSum", "func(y, x []float32, top float32) float32", []string{"y", "x"}
	}
	bases, n := l.begin(name, signature, slices...)
	side := l.beside(2, 4)
	top, last, sums := l.parameter("top"), l.tailOf(n), l.zeroes(side)
	written := func(e bundle) bundle {
		if write {
			return e
		}
		return nil
	}
	walk{l: l, side: side, in: bases[len(bases)-1:], out: bases[0], n: n, tail: last, f: func(in ...bundle) bundle {
		e := l.expBelow(l.sub(in[0], all(top, len(in[0]))))
		l.addTo(sums, e)
		return written(e)
	}, rest: func(in ...bundle) bundle {
		// The other lanes hold 0, which may be far above top.
		e := l.expBelow(bundle{last.clear(l.sub(in[0], bundle{top})[0])})
		l.addTo(sums, bundle{last.clear(e[0])})
		return written(e)
	}}.emit()
	l.give(l.foldSums(sums))
}

// scaledMax writes x scale, plus mask if there is one, and finds the largest.
func (l level) scaledMax(masked bool) {
	name, signature, slices := "scaledMax", "func(y, x []float32, scale float32) float32", []string{"y", "x"}
	if masked {
		name, signature, slices = "scaledMaskedMax", "func(y, mask, x []float32, scale float32) float32", []string{"y", "mask", "x"}
	}
	bases, n := l.begin(name, signature, slices...)
	side := l.beside(2, 4)
	scale, last, g := l.parameter("scale"), l.tailOf(n), l.largest(side)
	compute := func(in []bundle) bundle {
		factor := all(scale, len(in[0]))
		if masked {
			return l.fma(in[1], factor, in[0])
		}
		return l.mul(in[0], factor)
	}
	walk{l: l, side: side, in: bases[1:], out: bases[0], n: n, tail: last, f: func(in ...bundle) bundle {
		v := compute(in)
		g.see(v)
		return v
	}, rest: func(in ...bundle) bundle {
		v := compute(in)
		g.see(bundle{last.others(v[0], negativeInfinity)})
		return v
	}}.emit()
	l.give(g.fold())
}
