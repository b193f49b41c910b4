package sparse

// Count says how full a matrix of weights is.
type Count struct {
	Weights int // elements
	NonZero int
	// Blocks is the number of blocks of rows x 1 that hold a nonzero weight, where leftover rows
	// count one by one. Stored is the number of weights in these blocks.
	Blocks, Stored int
}

// Plus returns the sum of two counts, for the rows of both.
func (c Count) Plus(o Count) Count {
	return Count{c.Weights + o.Weights, c.NonZero + o.NonZero, c.Blocks + o.Blocks, c.Stored + o.Stored}
}

// CountOf counts w in blocks of the given number of rows.
func CountOf(w Weights, block int) Count {
	n := Count{Weights: w.Rows * w.Columns}
	for first := 0; first < w.Rows; {
		rows := block
		if first+rows > w.Rows {
			rows = 1
		}
		for c := range w.Columns {
			some := 0
			for r := range rows {
				if w.Data[(first+r)*w.RowStride+c*w.ColumnStride] != 0 {
					some++
				}
			}
			if n.NonZero += some; some > 0 {
				n.Blocks++
				n.Stored += rows
			}
		}
		first += rows
	}
	return n
}
