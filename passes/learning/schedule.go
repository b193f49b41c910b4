package learning

import "math"

// warmUp is the share of the steps in which the rate rises.
const warmUp = 0.15

// OneCycle returns the factor of the highest rate when that share of all steps is done: it rises from a tenth in a straight
// line and falls to a thousandth as a cosine does (Smith and Topin, 2018, https://arxiv.org/abs/1708.07120).
func OneCycle(done float64) float64 {
	const first, last = 0.1, 0.001
	done = min(max(done, 0), 1)
	if done < warmUp {
		return first + (1-first)*done/warmUp
	}
	return last + (1-last)*(1+math.Cos(math.Pi*(done-warmUp)/(1-warmUp)))/2
}
