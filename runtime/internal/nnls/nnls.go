// Package nnls fits times by nonnegative combinations of a few amounts.
package nnls

import "math"

// Relative returns the nonnegative factors c that minimize the sum of the squares of the relative
// errors of amounts[i] . c as a prediction of times[i] (non-negative least squares; Lawson and
// Hanson 1974, chapter 23, https://doi.org/10.1137/1.9781611971217). It tries every set of amounts
// with positive factors, so there may be at most 12 amounts. It skips samples without a time.
func Relative(amounts [][]float64, times []float64) []float64 {
	n := 0
	for _, a := range amounts {
		n = max(n, len(a))
	}
	if n > 12 {
		panic("nnls: more than 12 amounts")
	}
	gram, right := make([][]float64, n), make([]float64, n)
	for i := range gram {
		gram[i] = make([]float64, n)
	}
	for s, a := range amounts {
		if !(times[s] > 0) {
			continue
		}
		for i, x := range a {
			for j, y := range a {
				gram[i][j] += x / times[s] * y / times[s]
			}
			right[i] += x / times[s]
		}
	}
	best, least := make([]float64, n), math.Inf(1)
	for set := 1; set < 1<<n; set++ {
		c := solve(gram, right, set)
		if c == nil {
			continue
		}
		off := 0.0 // the sum of the squares, less the number of samples
		for i := range c {
			off -= 2 * c[i] * right[i]
			for j := range c {
				off += c[i] * gram[i][j] * c[j]
			}
		}
		if off < least-1e-12 {
			best, least = c, off
		}
	}
	return best
}

// solve solves the equations for the amounts in the set, with the others 0. It returns nil if the
// equations are singular or a factor would be negative.
func solve(gram [][]float64, right []float64, set int) []float64 {
	var at []int
	for i := range right {
		if set>>i&1 == 1 {
			if gram[i][i] == 0 {
				return nil
			}
			at = append(at, i)
		}
	}
	n := len(at)
	rows := make([][]float64, n) // scaled, because amounts differ greatly in size
	for i, p := range at {
		rows[i] = make([]float64, n+1)
		for j, q := range at {
			rows[i][j] = gram[p][q] / math.Sqrt(gram[p][p]*gram[q][q])
		}
		rows[i][n] = right[p] / math.Sqrt(gram[p][p])
	}
	for i := range n { // the matrix is positive definite, so no pivoting is needed
		if rows[i][i] < 1e-9 {
			return nil
		}
		for j := i + 1; j < n; j++ {
			f := rows[j][i] / rows[i][i]
			for k := i; k <= n; k++ {
				rows[j][k] -= f * rows[i][k]
			}
		}
	}
	c := make([]float64, len(right))
	for i := n - 1; i >= 0; i-- {
		x := rows[i][n]
		for j := i + 1; j < n; j++ {
			x -= rows[i][j] * rows[j][n]
		}
		if rows[i][n] = x / rows[i][i]; rows[i][n] < 0 {
			return nil
		}
		c[at[i]] = rows[i][n] / math.Sqrt(gram[at[i]][at[i]])
	}
	return c
}
