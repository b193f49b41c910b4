package saliency

// Movement: weights that grew away from zero are worth keeping, and those that shrink towards it are not. The score is
// the magnitude increase of Zhou et al. 2019 ("Deconstructing Lottery Tickets", https://arxiv.org/abs/1905.01067). Sanh
// et al. 2020 (https://arxiv.org/abs/2005.07683), who named movement pruning, score weights by the direction in which
// fine-tuning moves them and accumulate it from gradients; two checkpoints stand in for these here.
func init() {
	register(Criterion{
		Name: "movement", Doc: "sum of |w| - |w0| over the weights of a unit, w0 being those of the initial checkpoint",
		// Scores may be negative, so a group cannot be divided by its mean or its largest score.
		NeedsInitial: true, Signed: true, Normalization: "gaussian", Score: grown(Movement),
	})
}
