package recovery

import (
	"context"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
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
func (w *walker) settle(unrepaired []results, before memory, repairs []Repair) error {
	after, known := w.outputError(w.results(w.cut))
	was, _ := w.outputError(unrepaired)
	if w.Outcome != nil {
		w.Outcome.Before, w.Outcome.After, w.Outcome.Known = was, after, known
	}
	if !known || after <= was {
		return nil
	}
	if w.Outcome != nil {
		w.Outcome.After, w.Outcome.Undone = was, true
	}
	for i := range repairs {
		repairs[i].After, repairs[i].Taken = repairs[i].Before, false
	}
	return before.restore(w.Cut)
}

// results holds what a network computes at each of its outputs in one batch: the floating-point
// numbers of the held-out samples.
type results [][]float64

// heldOutputs runs the cut network as it is on the held-out samples of all batches that the walk
// will hold in the end.
func (w *walker) heldOutputs(ctx context.Context) ([]results, error) {
	var all []results
	if w.Feeds == nil {
		return nil, nil
	}
	n := newNetwork(w.Cut, w.Stepper)
	fixed := fixedBatch(w.Cut)
	computed := slices.DeleteFunc(slices.Clone(w.Cut.Graph.Outputs), func(v *graph.Value) bool { def, _ := v.Def(); return def == nil })
	batches := func(yield func(map[*graph.Value]*graph.Tensor, error) bool) {
		for b := range w.hold(len(w.Original.Graph.Nodes)) {
			of := w.split.heldOutOf(b)
			if len(of) == 0 {
				all = append(all, nil)
				continue
			}
			if fixed {
				of = nil
			}
			feeds, err := w.Feeds.Read(b, of)
			var live map[*graph.Value]*graph.Tensor
			if err == nil {
				live, err = n.inputs(feeds)
			}
			if !yield(live, err) || err != nil {
				return
			}
			o := make(results, len(w.Cut.Graph.Outputs))
			for i, v := range w.Cut.Graph.Outputs {
				o[i] = w.heldPart(b, live[v], fixed)
			}
			all = append(all, o)
		}
	}
	err := w.Stepper.Step(ctx, w.Cut, w.Cut.Graph.Nodes, computed, batches)
	return all, err
}

// fixedBatch reports whether m takes batches of one size only.
func fixedBatch(m *graph.Model) bool {
	return slices.ContainsFunc(m.Graph.Inputs, func(v *graph.Value) bool {
		return v.Const == nil && len(v.Type.Shape) > 0 && v.Type.Shape[0].Known()
	})
}

// heldPart returns the numbers of t, an output in batch b, that belong to held-out samples. whole
// says that t has those of all samples. It returns nil if they are not floating-point numbers.
func (w *walker) heldPart(b int, t *graph.Tensor, whole bool) []float64 {
	if t == nil || t.Rank() == 0 || !t.DType().IsFloat() {
		return nil
	}
	x, _ := graph.Floats(t)
	if !whole {
		return x
	}
	var held []float64
	for at, v := range x {
		if w.split.heldOut(b, at, len(x)) {
			held = append(held, v)
		}
	}
	return held
}

// results returns the outputs of n, which has run.
func (w *walker) results(n *network) []results {
	all := make([]results, len(n.live))
	for b := range all {
		for _, v := range n.model.Graph.Outputs {
			all[b] = append(all[b], w.heldPart(b, n.at(v, b), true))
		}
	}
	return all
}

// outputError returns the error of the outputs on the held-out samples, that of each as its
// passes.OutputScale says, averaged over the outputs. known is false if no floating-point output can
// be compared.
func (w *walker) outputError(have []results) (e float64, known bool) {
	outputs := 0.0
	for i, v := range w.Original.Graph.Outputs {
		var want, theirs [][]float64
		var shapes [][]int
		for b := range w.original.live {
			t := w.original.at(v, b)
			x := w.heldPart(b, t, true)
			if len(x) == 0 || b >= len(have) || have[b] == nil || len(have[b][i]) != len(x) {
				continue
			}
			want, theirs, shapes = append(want, x), append(theirs, have[b][i]), append(shapes, t.Shape()[1:])
		}
		if len(want) == 0 {
			continue
		}
		if scale := passes.NewOutputScale(passes.Energy, v, shapes, want); scale != nil {
			for b := range want {
				e += scale.Error(want[b], theirs[b])
			}
			known = true
			outputs++
		}
	}
	return e / max(1, outputs), known
}
