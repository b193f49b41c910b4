package linalg

// Apart returns the sum of the squares of want and that of have's differences to it, in float64. Both are measured
// between the bounds: numbers beyond a bound are as good as it.
func Apart(want, have []float32, low, high float32) (energy, apart float64) {
	have = have[:len(want)]
	done := 0
	if n := len(want) / 8 * 8; n > 0 && hasWalks() {
		var sums [8]float64
		apartWalk(n, &want[0], &have[0], low, high, &sums)
		energy, apart = sums[0]+sums[1]+(sums[2]+sums[3]), sums[4]+sums[5]+(sums[6]+sums[7])
		done = n
	}
	for i, t := range want[done:] {
		t, h := min(max(t, low), high), min(max(have[done+i], low), high)
		energy += float64(t) * float64(t)
		d := float64(t) - float64(h)
		apart += d * d
	}
	return energy, apart
}

// Pull writes into r the differences of the targets to have, which are all as long as r. The target is want or, where
// want is at a bound or beyond, what is predicted, z, if that is beyond the bound, too. r may be z.
func Pull(r, z, want, have []float32, low, high float32) {
	z, want, have = z[:len(r)], want[:len(r)], have[:len(r)]
	done := 0
	if n := len(r) / 8 * 8; n > 0 && hasWalks() {
		pullWalk(n, &r[0], &z[0], &want[0], &have[0], low, high)
		done = n
	}
	for i := done; i < len(r); i++ {
		t := want[i]
		switch {
		case t <= low:
			t = min(z[i], low)
		case t >= high:
			t = max(z[i], high)
		}
		r[i] = t - have[i]
	}
}
