package op

func init() {
	register(recurrentDef("GRU", "gated recurrent unit over a sequence", 6, 2,
		recurrentKind{gates: 3, defaults: []string{"Sigmoid", "Tanh"}, step: stepGRU}))
}

// stepGRU replaces the state before one step by that after it. The gates are update, reset and
// hidden, in this order. The reset gate scales the state before R multiplies it or, with
// linear_before_reset, the product.
func stepGRU(d *direction, x, h, _ []float64) {
	gate := func(g int) []float64 {
		v := d.fromInput(g, x)
		for j, s := range d.fromState(g, h) {
			v[j] = d.activate(0, v[j]+s)
		}
		return v
	}
	const hidden = 2
	update, reset := gate(0), gate(1)
	next := d.fromInput(hidden, x)
	if d.variant {
		for j, s := range d.fromState(hidden, h) {
			next[j] += reset[j] * s
		}
	} else {
		scaled := make([]float64, len(h))
		for j := range h {
			scaled[j] = reset[j] * h[j]
		}
		for j, s := range d.fromState(hidden, scaled) {
			next[j] += s
		}
	}
	for j := range h {
		h[j] = (1-update[j])*d.activate(1, next[j]) + update[j]*h[j]
	}
}
