package op

func init() {
	register(recurrentDef("LSTM", "long short-term memory over a sequence", 8, 3,
		recurrentKind{gates: 4, defaults: []string{"Sigmoid", "Tanh", "Tanh"}, step: stepLSTM}))
}

// stepLSTM replaces the states before one step by those after it. The gates are input, output,
// forget and cell, in this order; the peepholes are input, output and forget. With input_forget the
// forget gate is one minus the input gate. The page says that clip bounds what the activations
// read. ONNX Runtime 1.30 clips only the gates and computes h from the unclipped cell state, and so
// does this function.
func stepLSTM(d *direction, x, h, c []float64) {
	var pre [4][]float64
	for g := range pre {
		pre[g] = d.fromInput(g, x)
		for j, v := range d.fromState(g, h) {
			pre[g][j] += v
		}
	}
	const input, output, forget, cell = 0, 1, 2, 3
	for j := range h {
		i := d.activate(0, pre[input][j]+d.peephole(input, j)*c[j])
		f := d.activate(0, pre[forget][j]+d.peephole(forget, j)*c[j])
		if d.variant {
			f = 1 - i
		}
		c[j] = f*c[j] + i*d.activate(1, pre[cell][j])
		o := d.activate(0, pre[output][j]+d.peephole(output, j)*c[j])
		h[j] = o * d.activations[2](c[j])
	}
}
