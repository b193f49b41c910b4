package sparsity

func init() {
	registerCriterion(Criterion{
		Name: "magnitude", Doc: "the square of the weight",
		Rank: func(m *Matrix, p Pattern, threads int) (*Ranking, error) {
			return rankSeparately(m, p, threads, func(row, col int) float64 {
				w := m.Weights[row*m.Cols+col]
				return w * w
			}), nil
		},
	})
}
