package learning

// Average is a moving average of weights over about the last tenth of the steps so far, however many there will be
// (polynomial decay: Shamir and Zhang, 2013, https://arxiv.org/abs/1212.1824).
type Average struct {
	Values [][]float32
	steps  int
}

// NewAverage returns an average that begins with the given weights.
func NewAverage(weights []Weight) *Average {
	a := &Average{}
	for _, w := range weights {
		a.Values = append(a.Values, append([]float32(nil), w.Value...))
	}
	return a
}

// Add adds the present weights.
func (a *Average) Add(weights []Weight) {
	const power = 9
	a.steps++
	share := float32(power) / float32(a.steps+power)
	for i, w := range weights {
		if w.Gradient == nil {
			continue
		}
		to := a.Values[i]
		for k, x := range w.Value {
			to[k] += share * (x - to[k])
		}
	}
}
