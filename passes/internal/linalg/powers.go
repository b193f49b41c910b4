package linalg

// powers are sums of numbers and of their squares, and how many are positive, in several parts.
type powers struct {
	sum, square [4]float64
	positive    [8]int32
}

// Powers returns the sum of v and that of the squares, in float64, and how many are positive.
func Powers(v []float32) (sum, square float64, positive int) {
	var p powers
	for len(v) > 0 {
		n := min(len(v), 1<<24)
		addPowers(&p, v[:n])
		sum += p.sum[0] + p.sum[1] + (p.sum[2] + p.sum[3])
		square += p.square[0] + p.square[1] + (p.square[2] + p.square[3])
		for _, n := range p.positive {
			positive += int(n)
		}
		p, v = powers{}, v[n:]
	}
	return sum, square, positive
}

// powersPortable sets p, which is zero, to the powers of v.
func powersPortable(p *powers, v []float32) {
	for i, f := range v {
		x := float64(f)
		p.sum[i%4] += x
		p.square[i%4] += x * x
		if f > 0 {
			p.positive[i%8]++
		}
	}
}
