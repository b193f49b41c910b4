package saliency

import (
	"context"
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
)

// Filter pruning via geometric median (He et al. 2019, https://arxiv.org/abs/1811.00250): a unit whose weights are close
// to those of all others can be replaced by them.
func init() {
	register(Criterion{
		Name: "fpgm", Doc: "sum of the distances of a unit's weights to those of all others of its group (geometric median)",
		Score: scoreFPGM,
	})
}

func scoreFPGM(_ context.Context, in Input, g *group.Group) ([]float64, error) {
	reduce, err := reduction(in.Reduction)
	if err != nil {
		return nil, err
	}
	var members [][]float64
	for _, least := range []int{2, 0} { // vectors count only if the group has nothing else, as for magnitudes
		for _, m := range g.Members {
			if t := weightsOf(m.Value); t != nil && wide(t) >= least {
				d, err := distances(in.Analysis, g, m)
				if err != nil {
					return nil, err
				}
				members = append(members, d)
			}
		}
		if len(members) > 0 {
			break
		}
	}
	return joined(members, g.Units, reduce), nil
}

// distances sums, for each unit, the Euclidean distances of its weights in m to those of every other unit.
func distances(a *group.Analysis, g *group.Group, m group.Member) ([]float64, error) {
	t := weightsOf(m.Value)
	data, ok := graph.Floats(t)
	if !ok {
		return nil, fmt.Errorf("initializer %q: no distances of %v weights", m.Value.Name, t.DType())
	}
	inner := 1
	for _, d := range t.Shape()[m.Axis+1:] {
		inner *= d
	}
	units := a.Units(g, m)
	vectors := make([][]float64, g.Units)
	for i, x := range data {
		if u := units[i/inner%len(units)]; u >= 0 {
			vectors[u] = append(vectors[u], x)
		}
	}
	sums := make([]float64, g.Units)
	for u, v := range vectors {
		for w := range u {
			d := 0.0
			for i, x := range v {
				e := x - vectors[w][i]
				d += e * e
			}
			d = math.Sqrt(d)
			sums[u] += d
			sums[w] += d
		}
	}
	return sums, nil
}
