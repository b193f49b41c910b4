package sparsity

func init() {
	registerCriterion(Criterion{
		Name: "wanda", Doc: "the energy of the weight times its input (Sun et al. 2023, https://arxiv.org/abs/2306.11695)", NeedsData: true,
		Rank: func(m *Matrix, p Pattern, threads int) (*Ranking, error) {
			return rankSeparately(m, p, threads, func(row, col int) float64 {
				w := m.Weights[row*m.Cols+col]
				return w * w * m.Hessian[col*m.Cols+col]
			}), nil
		},
	})
}
