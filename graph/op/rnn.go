package op

func init() {
	register(recurrentDef("RNN", "a recurrent map without gates over a sequence", 6, 2,
		recurrentKind{gates: 1, defaults: []string{"Tanh"}, step: stepRNN}))
}

// stepRNN replaces the state before one step by that after it.
func stepRNN(d *direction, x, h, _ []float64) {
	next := d.fromInput(0, x)
	for j, s := range d.fromState(0, h) {
		next[j] += s
	}
	for j := range h {
		h[j] = d.activate(0, next[j])
	}
}
