package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// Adagrad, Adam and Momentum share what follows. They are training steps as operators, which only
// the model of a training loop has. Their inputs are the rate, the number of steps done, and lists
// of equal length of tensors: the weights, their gradients, and what the optimizer remembers of
// these. Their outputs are the lists except the gradients.
const trainingDomain = "ai.onnx.preview.training"

// step updates one element: it returns x updated by its gradient g, and updates what is remembered
// in place.
type step func(x, g float64, remembered []float64) float64

// optimiserDef completes the definition of an optimizer that remembers that many tensors for each
// of weights. The function is made for a rate and a number of steps done.
func optimiserDef(d Def, remembers int, update func(n *graph.Node, rate float64, steps int64) (step, error)) Def {
	d.Domain, d.Since, d.Until, d.MinIn, d.MaxIn, d.MinOut, d.MaxOut = trainingDomain, 1, 1, 4+remembers, variadic, 1+remembers, variadic
	d.Tolerance = Tolerance{1e-6, 1e-5}
	count := func(in, out int) (int, error) {
		each := (in - 2) / (2 + remembers)
		if (in-2)%(2+remembers) != 0 || out != each*(1+remembers) {
			return 0, fmt.Errorf("want %d tensors of each of %d kinds and %d of them out, have %d in and %d out", each, 2+remembers, each*(1+remembers), in-2, out)
		}
		return each, nil
	}
	d.Infer = func(n *graph.Node) ([]graph.Type, error) {
		each, err := count(len(n.Inputs()), len(n.Outputs()))
		if err != nil {
			return nil, err
		}
		var types []graph.Type
		for i := range n.Inputs()[2:] {
			if i/each != 1 { // the gradients end here
				t := inType(n, 2+i)
				types = append(types, graph.TensorType(t.DType, t.Shape))
			}
		}
		return types, nil
	}
	d.Eval = func(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
		each, err := count(len(in), len(n.Outputs()))
		if err != nil {
			return nil, err
		}
		rate, _, err := scalarOf(in, 0, "R")
		if err != nil {
			return nil, err
		}
		steps, err := oneNumber("T", in[1])
		if err != nil {
			return nil, err
		}
		f, err := update(n, rate, steps)
		if err != nil {
			return nil, err
		}
		out := make([]*graph.Tensor, each*(1+remembers))
		for i := range each {
			var kinds []*graph.Tensor
			for k := 2 + i; k < len(in); k += each {
				kinds = append(kinds, in[k])
			}
			stepped, err := stepAll(kinds, f)
			if err != nil {
				return nil, fmt.Errorf("tensor %d: %w", i, err)
			}
			for k, t := range stepped {
				out[k*each+i] = t
			}
		}
		return out, nil
	}
	return d
}

// stepAll updates weights by their gradients. Weights, gradients and what is remembered have one
// shape.
func stepAll(kinds []*graph.Tensor, f step) ([]*graph.Tensor, error) {
	x := kinds[0]
	for _, t := range kinds[1:] {
		if t.DType() != x.DType() || !slices.Equal(t.Shape(), x.Shape()) {
			return nil, fmt.Errorf("want %v%v as the weights are, have %v%v", x.DType(), x.Shape(), t.DType(), t.Shape())
		}
	}
	v, err := floatInputs(kinds)
	if err != nil {
		return nil, err
	}
	remembered := make([]float64, len(v)-2)
	for i := range v[0] {
		for k := range remembered {
			remembered[k] = v[2+k][i]
		}
		v[0][i] = f(v[0][i], v[1][i], remembered)
		for k := range remembered {
			v[2+k][i] = remembered[k]
		}
	}
	var out []*graph.Tensor
	for _, e := range slices.Delete(v, 1, 2) {
		t, err := fromFloats(x.DType(), e, x.Shape())
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}
