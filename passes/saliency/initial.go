package saliency

import (
	"context"
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
)

// grown makes a criterion of the change of each weight since the initial checkpoint: the sum over a unit's weights in
// each member, reduced over the members as magnitudes are. Vectors count only if the group has nothing else.
func grown(of func(now, initial float64) float64) func(context.Context, Input, *group.Group) ([]float64, error) {
	return func(_ context.Context, in Input, g *group.Group) ([]float64, error) {
		reduce, err := reduction(in.Reduction)
		if err != nil {
			return nil, err
		}
		for _, least := range []int{2, 0} {
			var members [][]float64
			for _, m := range g.Members {
				t := weightsOf(m.Value)
				if t == nil || wide(t) < least {
					continue
				}
				sums, err := grownSums(in, g, m, t, of)
				if err != nil {
					return nil, err
				}
				members = append(members, sums)
			}
			if len(members) > 0 {
				return joined(members, g.Units, reduce), nil
			}
		}
		return make([]float64, g.Units), nil
	}
}

// grownSums adds up, for each unit, the change of its weights in m, whose contents are t.
func grownSums(in Input, g *group.Group, m group.Member, t *graph.Tensor, of func(now, initial float64) float64) ([]float64, error) {
	before := in.Initial[m.Value]
	switch {
	case t != m.Value.Const:
		return nil, fmt.Errorf("initializer %q: weights are quantized: want the checkpoints before that", m.Value.Name)
	case before == nil || before.Len() != t.Len():
		return nil, fmt.Errorf("initializer %q: no initial weights", m.Value.Name)
	}
	now, ok := graph.Floats(t)
	then, was := graph.Floats(before)
	if !ok || !was {
		return nil, fmt.Errorf("initializer %q: no difference of %v weights", m.Value.Name, t.DType())
	}
	inner := 1
	for _, d := range t.Shape()[m.Axis+1:] {
		inner *= d
	}
	sums := make([]float64, g.Units)
	units := in.Analysis.Units(g, m)
	for i, x := range now {
		if u := units[i/inner%len(units)]; u >= 0 {
			sums[u] += of(x, then[i])
		}
	}
	return sums, nil
}

// Change is the distance of a weight from its initial value.
func Change(now, initial float64) float64 { return math.Abs(now - initial) }

// Movement is how much farther from zero a weight is than it was initially. It is negative if the weight is nearer.
func Movement(now, initial float64) float64 { return math.Abs(now) - math.Abs(initial) }
