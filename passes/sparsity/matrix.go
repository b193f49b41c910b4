package sparsity

// Matrix is the weights of one group of a linear node y = W x, and what is known of x.
type Matrix struct {
	Outs, Cols int
	Weights    []float64 // Outs x Cols
	// Hessian is the second moments of x, Cols x Cols with both triangles, less the product of means where a bias makes
	// up for means. It is nil if nothing is known of x.
	Hessian []float64
	// Rows is how many rows of x the Hessian was made of; 0 means enough.
	Rows int
	// Work bounds the multiply-accumulates to spend on an exact ranking; 0 means no bound.
	Work float64
}

// Mask lists the columns that stay in each row of blocks, in ascending order.
type Mask struct {
	Pattern    Pattern
	Outs, Cols int
	Kept       [][]int
}

// Apply sets all other weights to zero.
func (m *Mask) Apply(weights []float64) {
	for b, kept := range m.Kept {
		from, to := m.Pattern.rows(b, m.Outs)
		for r := from; r < to; r++ {
			row := weights[r*m.Cols:][:m.Cols]
			at := 0
			for c := range row {
				if at < len(kept) && kept[at] == c {
					at++
					continue
				}
				row[c] = 0
			}
		}
	}
}
