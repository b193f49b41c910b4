package recovery

import (
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// memory holds the inputs of a model's nodes and the contents of those that are constant.
type memory struct {
	inputs   map[*graph.Node][]*graph.Value
	contents map[*graph.Value]*graph.Tensor
}

// remember records what m's nodes read now. A repair replaces tensors and never writes to one.
func remember(m *graph.Model) memory {
	k := memory{map[*graph.Node][]*graph.Value{}, map[*graph.Value]*graph.Tensor{}}
	for _, n := range m.Graph.Nodes {
		k.inputs[n] = slices.Clone(n.Inputs())
		for _, v := range n.Inputs() {
			if v != nil && v.Const != nil {
				k.contents[v] = v.Const
			}
		}
	}
	return k
}

// restore undoes what repairs have done to m since then, and removes what they added.
func (k memory) restore(m *graph.Model) error {
	for _, n := range m.Graph.Nodes {
		was := k.inputs[n]
		for i, v := range slices.Clone(n.Inputs()) {
			var old *graph.Value
			if i < len(was) {
				old = was[i]
			}
			if v == old {
				continue
			}
			n.SetInput(i, old)
			if len(v.Uses()) > 0 {
				continue
			}
			if err := m.Graph.RemoveValue(v); err != nil {
				return err
			}
		}
		n.TruncateInputs(len(was))
		for _, v := range was {
			if v != nil && k.contents[v] != nil && v.Const != k.contents[v] {
				m.Graph.SetConst(v, k.contents[v])
			}
		}
	}
	return nil
}

// settle compares the outputs of the repaired network, which has run, with those of the cut network before the repairs,
// on the held-out samples. Each repair lowered the error where it was made. If together they raised that of the outputs,
// all are undone.
func (w *walker) settle(unrepaired *network, before memory, repairs []Repair) error {
	after, known := w.outputError(w.cut)
	if was, _ := w.outputError(unrepaired); !known || after <= was {
		return nil
	}
	for i := range repairs {
		repairs[i].After, repairs[i].Taken = repairs[i].Before, false
	}
	return before.restore(w.Cut)
}

// outputError returns the energy of the difference to the original's outputs on the held-out
// samples, that of each output as a fraction of its own energy. known is false if no floating-point
// output can be compared.
func (w *walker) outputError(n *network) (e float64, known bool) {
	for i, v := range n.model.Graph.Outputs {
		apart, energy := 0.0, 0.0
		for b := range n.batches {
			want, have := w.original.at(w.Original.Graph.Outputs[i], b), n.at(v, b)
			if want == nil || have == nil || !slices.Equal(want.Shape(), have.Shape()) || have.Rank() == 0 {
				continue
			}
			x, float := graph.Floats(want)
			y, _ := graph.Floats(have)
			if !float || len(x) != len(y) {
				continue
			}
			for at, t := range x {
				if w.split.heldOut(b, at, len(x)) {
					energy += t * t
					apart += (t - y[at]) * (t - y[at])
				}
			}
		}
		if energy > 0 {
			e, known = e+apart/energy, true
		}
	}
	return e, known
}
