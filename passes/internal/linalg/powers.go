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
		setPowers(&p, v[:n])
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

// columnPowers are sums of up to 8 columns, and of their squares, and how many numbers are positive.
type columnPowers struct {
	sum, square [8]float64
	positive    [8]int32
}

// AddColumnPowers adds, for each column of x, its sum, that of its squares and how many of its numbers are positive.
func AddColumnPowers(sums, squares, positive []float64, x Single) {
	const rows, columns = 256, len(columnPowers{}.sum) // that the cache has room for, and that are added up together
	for at := 0; at < x.Rows; at += rows {
		n := min(rows, x.Rows-at)
		for c := 0; c < x.Cols; c += columns {
			var p columnPowers
			count := min(columns, x.Cols-c)
			setColumnPowers(&p, n, x.Data[at*x.Stride+c:], x.Stride, count)
			for i := range count {
				sums[c+i] += p.sum[i]
				squares[c+i] += p.square[i]
				positive[c+i] += float64(p.positive[i])
			}
		}
	}
}

// columnPowersPortable sets p, which is zero, to the powers of n rows of count columns, step apart in x.
func columnPowersPortable(p *columnPowers, n int, x []float32, step, count int) {
	for k := range n {
		for c, f := range x[k*step:][:count] {
			v := float64(f)
			p.sum[c] += v
			p.square[c] += v * v
			if f > 0 {
				p.positive[c]++
			}
		}
	}
}
