package sparsity

import "github.com/pollard-dev/pollard/passes/linear"

// Thin sets weights of a linear node to zero by what they alone say; the others stay as they are.
func Thin(l *linear.Map, p Pattern, c Criterion, density float64, threads int) error {
	weights, bias := l.Weights(), l.Bias()
	each := l.Outs * l.Cols
	for g := range l.Groups {
		m := &Matrix{Outs: l.Outs, Cols: l.Cols, Weights: weights[g*each:][:each]}
		r, err := c.Rank(m, p, threads)
		if err != nil {
			return err
		}
		r.Mask(density).Apply(m.Weights)
	}
	l.Write(weights, bias)
	return nil
}

// Count counts the weights of a linear node, and those that are not zero.
func Count(l *linear.Map) (weights, nonZero int) {
	for _, w := range l.Weights() {
		if weights++; w != 0 {
			nonZero++
		}
	}
	return weights, nonZero
}
