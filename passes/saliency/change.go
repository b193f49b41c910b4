package saliency

// Change: a weight that training left where it was initialised has learnt nothing. It is one of the mask criteria that
// Zhou et al. 2019 compare ("Deconstructing Lottery Tickets", https://arxiv.org/abs/1905.01067, section 3: movement),
// here over groups.
func init() {
	register(Criterion{
		Name: "change", Doc: "sum of |w - w0| over the weights of a unit, w0 being those of the initial checkpoint",
		NeedsInitial: true, Score: grown(Change),
	})
}
