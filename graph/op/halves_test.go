package op_test

import (
	"math"
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// checkTypesOfFloat evaluates a case on float inputs again as double, float16 and bfloat16: the
// type goes through, and the results are those of float up to the rounding of inputs and outputs.
func (c applied) checkTypesOfFloat(t *testing.T, want []*graph.Tensor) {
	t.Helper()
	isFloat := func(x *graph.Tensor) bool { return x != nil && x.DType() == graph.Float32 }
	if !slices.ContainsFunc(c.in, isFloat) {
		return
	}
	for d, precision := range map[graph.DType]float64{graph.Float64: 1e-6, graph.Float16: 1.0 / 512, graph.BFloat16: 1.0 / 64} {
		other := c
		other.in = slices.Clone(c.in)
		for i, x := range c.in {
			if isFloat(x) {
				other.in[i] = toFloat(x, d)
			}
		}
		n := other.node(t, true)
		if err := op.Infer(n); err != nil {
			t.Errorf("%v: %v", d, err)
			continue
		}
		have, err := op.Lookup(n).Eval(n, other.in)
		if err != nil {
			t.Errorf("%v: %v", d, err)
			continue
		}
		for i, w := range want {
			if n.Out(i) == nil {
				continue
			}
			if err := agrees(n.Out(i).Type, have[i]); err != nil {
				t.Errorf("%v: output %d: %v", d, i, err)
			}
			if !isFloat(w) { // positions and truth values may turn on the rounding
				continue
			}
			w = toFloat(w, have[i].DType())
			if err := near(have[i], w, op.Tolerance{Abs: precision * greatest(w), Rel: precision}); err != nil {
				t.Errorf("%v: output %d: %v", d, i, err)
			}
		}
	}
}

func toFloat(x *graph.Tensor, d graph.DType) *graph.Tensor {
	v, _ := graph.Floats(x)
	out, _ := graph.FromFloats(d, v, x.Shape()...)
	return out
}

// greatest is the largest finite magnitude.
func greatest(x *graph.Tensor) float64 {
	v, _ := graph.Floats(x)
	m := 0.0
	for _, e := range v {
		if a := math.Abs(e); !math.IsInf(a, 0) && a > m {
			m = a
		}
	}
	return m
}
