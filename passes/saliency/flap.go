package saliency

// Fluctuation: the variance of what is read times the squared weights that read it (FLAP: An et al. 2023,
// https://arxiv.org/abs/2312.11983). A bias can replace what does not vary. As in the paper, the scores of each group
// are standardised before groups are compared.
func init() {
	register(Criterion{
		Name: "flap", Doc: "variance of what a unit's consumers read times the squares of their weights (FLAP)",
		NeedsData: true, Wants: wantMoments, Normalization: "gaussian", Score: scoreReads(func(in Input, r read) []float64 {
			m := in.Statistics.Moments(r.Node.In(0), r.In)
			return weighted(r, func(w, input float64) float64 { return w * w * input }, m.Variance)
		}),
	})
}
