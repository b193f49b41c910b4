package learning

// Average is an exponential moving average of weights (Polyak and Juditsky, 1992).
type Average struct {
	Values [][]float32
	keep   float32
}

// NewAverage returns an average that begins with the given weights and in which each step weighs 1/span at first.
func NewAverage(weights []Weight, span float64) *Average {
	a := &Average{keep: float32(1 - 1/max(span, 1))}
	for _, w := range weights {
		a.Values = append(a.Values, append([]float32(nil), w.Value...))
	}
	return a
}

// Add adds the present weights.
func (a *Average) Add(weights []Weight) {
	for i, w := range weights {
		if w.Gradient == nil {
			continue
		}
		to := a.Values[i]
		for k, x := range w.Value {
			to[k] += (1 - a.keep) * (x - to[k])
		}
	}
}
