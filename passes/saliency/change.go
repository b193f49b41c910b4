package saliency

// Change: a weight that training left where it was drawn has learnt nothing. One of the mask criteria that Zhou et al. 2019
// compare ("Deconstructing Lottery Tickets", https://arxiv.org/abs/1905.01067, section 3: movement), over groups here.
func init() {
	register(Criterion{
		Name: "change", Doc: "sum of |w - w0| over the weights of a unit, w0 being those of the initial checkpoint",
		NeedsInitial: true, Score: grown(Change),
	})
}
