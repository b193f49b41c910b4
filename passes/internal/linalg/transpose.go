package linalg

// Transpose returns the transpose of v, a rows x cols matrix in row-major order.
func Transpose(v []float64, rows, cols int) []float64 {
	out := make([]float64, len(v))
	for i := range rows {
		for j := range cols {
			out[j*rows+i] = v[i*cols+j]
		}
	}
	return out
}
