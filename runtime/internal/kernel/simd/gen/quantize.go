package main

func init() {
	families["quantize"] = func() {
		for _, l := range levels {
			binary{"quantize", "y", []string{"x"}, 1, "scale lo hi step", func(l level, in, p []bundle) bundle {
				return l.mul(l.whole(l.div(in[0], p[0]), p[1:3]), p[3])
			}, 2}.emit(l)
			binary{"rescale", "y", []string{"x", "scale"}, 1, "lo hi", func(l level, in, p []bundle) bundle {
				return l.whole(l.mul(in[0], in[1]), p)
			}, 2}.emit(l)
		}
	}
}

// whole limits x to between two whole numbers and rounds it, half to even: a number is added that leaves
// no room for a fraction, and taken away, so that there is no negative zero. NaN becomes 0.
func (l level) whole(x bundle, p []bundle) bundle {
	const large = 3 << 22
	y := l.plus(l.plus(l.clamp(x, p), large), -large)
	return l.keep(l.where(x, equal, x), y)
}
