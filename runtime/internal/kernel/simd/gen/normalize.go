package main

func init() {
	families["normalize"] = func() {
		for _, l := range levels {
			l.squares()
			l.standardise(true)
			l.standardise(false)
		}
	}
}

// squares writes the sum of (x - mean)^2.
func (l level) squares() {
	bases, n := l.begin("squares", "func(x []float32, mean float32) float32", "x")
	side := l.beside(4, 8)
	mean, last, sums := l.parameter("mean"), l.tailOf(n), l.zeroes(side)
	square := func(d bundle) bundle {
		l.fma(d, d, sums[:len(d)])
		return nil
	}
	walk{l: l, side: side, in: bases, n: n, tail: last, f: func(in ...bundle) bundle {
		return square(l.sub(in[0], all(mean, len(in[0]))))
	}, rest: func(in ...bundle) bundle {
		return square(bundle{last.clear(l.sub(in[0], bundle{mean})[0])})
	}}.emit()
	l.give(l.foldSums(sums))
}

// standardise writes ((x - mean) inverse + offset) scale, plus shift if there is one.
func (l level) standardise(shifted bool) {
	name, signature, slices := "standardise", "func(y, scale, x []float32, mean, inverse, offset float32)", []string{"y", "scale", "x"}
	if shifted {
		name, signature, slices = "standardiseShift", "func(y, shift, scale, x []float32, mean, inverse, offset float32)", []string{"y", "shift", "scale", "x"}
	}
	bases, n := l.begin(name, signature, slices...)
	mean, inverse, offset := l.parameter("mean"), l.parameter("inverse"), l.parameter("offset")
	walk{l: l, side: l.beside(2, 4), in: bases[1:], out: bases[0], n: n, tail: l.tailOf(n), f: func(in ...bundle) bundle {
		side := len(in[0])
		x, scale := in[len(in)-1], in[len(in)-2]
		t := l.fma(l.sub(x, all(mean, side)), all(inverse, side), l.copy(all(offset, side)))
		if shifted {
			return l.fma(t, scale, in[0])
		}
		return l.mul(t, scale)
	}}.emit()
	l.end()
}
