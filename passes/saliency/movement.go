package saliency

// Movement: weights that grew away from zero are worth keeping, those that shrink towards it are on their way out. The final score is
// the magnitude increase of Zhou et al. 2019 ("Deconstructing Lottery Tickets", https://arxiv.org/abs/1905.01067); Sanh et al. 2020
// (https://arxiv.org/abs/2005.07683) call scores by the direction in which fine-tuning moves a weight movement pruning, and
// add them up from gradients, which two checkpoints stand for here.
func init() {
	register(Criterion{
		Name: "movement", Doc: "sum of |w| - |w0| over the weights of a unit, w0 being those of the initial checkpoint",
		// Scores have either sign, so that no group can be divided by its mean or its largest.
		NeedsInitial: true, Signed: true, Normalization: "gaussian", Score: grown(Movement),
	})
}
