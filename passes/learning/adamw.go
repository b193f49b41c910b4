package learning

import "math"

// AdamW is Adam with decoupled weight decay (Loshchilov and Hutter, 2019, https://arxiv.org/abs/1711.05101). The gradient
// is first scaled down to a norm.
type AdamW struct {
	Beta1, Beta2, Epsilon float64
	// Decay shrinks weights of more than one axis by this much times the rate in each step.
	Decay float64
	// Norm is the largest norm of all gradients together; 0 for no bound.
	Norm float64
	// Relative scales the rate of each weight by the root mean square of its numbers, as Adafactor does (Shazeer and Stern,
	// 2018, https://arxiv.org/abs/1804.04235). Tensors that a normalisation was fused into have very different magnitudes.
	Relative bool

	steps  int
	first  [][]float32 // moments by weight
	second [][]float32
}

// NewAdamW returns the customary settings.
func NewAdamW() *AdamW { return &AdamW{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Decay: 1e-2, Norm: 1} }

// Weight is one tensor that is learnt, and its gradient; no gradient leaves it alone.
type Weight struct {
	Value, Gradient []float32
	Decays          bool
	// Zero says which numbers stay zero; nil for none.
	Zero []bool
}

// Step changes the weights at the given rate, which must be the same tensors in every call. It returns the norm of the
// gradient. Weights are unchanged if that is not finite.
func (a *AdamW) Step(weights []Weight, rate float64) float64 {
	if a.first == nil {
		a.first, a.second = make([][]float32, len(weights)), make([][]float32, len(weights))
	}
	total := 0.0
	for _, w := range weights {
		for _, g := range w.Gradient {
			total += float64(g) * float64(g)
		}
	}
	norm := math.Sqrt(total)
	if math.IsNaN(norm) || math.IsInf(norm, 0) {
		return norm
	}
	scale := 1.0
	if a.Norm > 0 && norm > a.Norm {
		scale = a.Norm / norm
	}
	a.steps++
	c1, c2 := 1-math.Pow(a.Beta1, float64(a.steps)), 1-math.Pow(a.Beta2, float64(a.steps))
	for i, w := range weights {
		if w.Gradient == nil {
			continue
		}
		if a.first[i] == nil {
			a.first[i], a.second[i] = make([]float32, len(w.Value)), make([]float32, len(w.Value))
		}
		decay := 1.0
		if w.Decays {
			decay -= rate * a.Decay
		}
		own := rate / c1
		if a.Relative {
			own *= magnitude(w.Value)
		}
		a.update(w, a.first[i], a.second[i], scale, own, 1/math.Sqrt(c2), decay)
	}
	return norm
}

// update changes one tensor.
func (a *AdamW) update(w Weight, first, second []float32, scale, rate, root, decay float64) {
	b1, b2 := float32(a.Beta1), float32(a.Beta2)
	s, r, q, d, e := float32(scale), float32(rate), float32(root), float32(decay), float32(a.Epsilon)
	for k, g := range w.Gradient {
		if w.Zero != nil && w.Zero[k] {
			continue
		}
		g *= s
		m, v := b1*first[k]+(1-b1)*g, b2*second[k]+(1-b2)*g*g
		first[k], second[k] = m, v
		w.Value[k] = d*w.Value[k] - r*m/(float32(math.Sqrt(float64(v)))*q+e)
	}
}

// magnitude returns the root mean square of the numbers, at least leastMagnitude.
func magnitude(v []float32) float64 {
	total := 0.0
	for _, x := range v {
		total += float64(x) * float64(x)
	}
	return max(leastMagnitude, math.Sqrt(total/float64(max(1, len(v)))))
}

// leastMagnitude lets weights that begin at zero learn.
const leastMagnitude = 1e-3
