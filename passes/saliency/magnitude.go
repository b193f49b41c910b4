package saliency

import (
	"context"
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/linear"
)

// Magnitude criteria: the norm of all weights that are removed with a unit, in every tensor of the group (Li et al.
// 2017, https://arxiv.org/abs/1608.08710, extended to groups as in DepGraph, https://arxiv.org/abs/2301.12900).
func init() {
	register(Criterion{
		Name: "l1", Doc: "L1 norm of the weights of a unit over all members of its group",
		Score: magnitude(math.Abs, func(s float64) float64 { return s }),
	})
	register(Criterion{
		Name: DataFree, Doc: "L2 norm of the weights of a unit over all members of its group",
		Score: magnitude(func(x float64) float64 { return x * x }, math.Sqrt),
	})
}

// magnitude scores a unit by the norms of its members: the root of the sum of size over the unit's weights, reduced over
// the members. Vectors (biases, scales) say where a unit operates rather than how strongly, and count only if the group
// has nothing else.
func magnitude(size, root func(float64) float64) func(context.Context, Input, *group.Group) ([]float64, error) {
	return func(_ context.Context, in Input, g *group.Group) ([]float64, error) {
		reduce, err := reduction(in.Reduction)
		if err != nil {
			return nil, err
		}
		norms, err := memberNorms(in.Analysis, g, size, root, 2)
		if err == nil && len(norms) == 0 {
			norms, err = memberNorms(in.Analysis, g, size, root, 0)
		}
		if err != nil {
			return nil, err
		}
		return joined(norms, g.Units, reduce), nil
	}
}

// memberNorms returns, for each weight among the members with at least minRank axes of extent over 1, the norm of each
// unit.
func memberNorms(a *group.Analysis, g *group.Group, size, root func(float64) float64, minRank int) ([][]float64, error) {
	var norms [][]float64
	for _, m := range g.Members {
		t := weightsOf(m.Value)
		if t == nil || wide(t) < minRank {
			continue
		}
		sums := make([]float64, g.Units)
		inner := 1
		for _, d := range t.Shape()[m.Axis+1:] {
			inner *= d
		}
		units := a.Units(g, m)
		ok := eachRun(t, inner, func(run int, data []float64) {
			u := units[run%len(units)]
			if u < 0 {
				return
			}
			for _, x := range data {
				sums[u] += size(x)
			}
		})
		if !ok {
			return nil, fmt.Errorf("initializer %q: no norm of %v weights", m.Value.Name, t.DType())
		}
		for u, s := range sums {
			sums[u] = root(s)
		}
		norms = append(norms, sums)
	}
	return norms, nil
}

// runsAtOnce is how many elements eachRun converts at a time, unless a run is longer.
const runsAtOnce = 1 << 18

// eachRun visits t in runs of length elements, in order, without converting all of it at once: of weights that are
// mapped from a file, only a few pages are in memory. ok is false if the elements are not real numbers.
func eachRun(t *graph.Tensor, length int, visit func(run int, data []float64)) (ok bool) {
	defer t.Forget()
	if t.Len() == 0 {
		_, ok = graph.Floats(t)
		return ok
	}
	step := max(1, runsAtOnce/length) * length
	for from := 0; from < t.Len(); from += step {
		data, ok := floatsOf(t, from, min(from+step, t.Len()))
		if !ok {
			return false
		}
		for at := 0; at < len(data); at += length {
			visit((from+at)/length, data[at:at+length])
		}
	}
	return true
}

// floatsOf is graph.Floats of the elements with indices from to to-1.
func floatsOf(t *graph.Tensor, from, to int) (v []float64, ok bool) {
	size := t.DType().Bits() / 8
	if size == 0 {
		return nil, false
	}
	part, err := graph.FromRaw(t.DType(), []int{to - from}, t.Raw()[from*size:to*size])
	if err != nil {
		return nil, false
	}
	return graph.Floats(part)
}

// weightsOf returns the contents of v if it holds weights. For integers behind a DequantizeLinear it returns the real
// numbers.
func weightsOf(v *graph.Value) *graph.Tensor {
	if !op.IsWeight(v) {
		return nil
	}
	for _, u := range v.Uses() {
		if t := linear.Dequantized(u.Node.Out(0)); t != nil && u.Index == 0 {
			return t
		}
	}
	return v.Const
}

// wide counts the axes of extent over 1.
func wide(t *graph.Tensor) int {
	n := 0
	for _, d := range t.Shape() {
		if d > 1 {
			n++
		}
	}
	return n
}
