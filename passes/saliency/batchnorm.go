package saliency

import (
	"context"
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
)

// Network slimming (Liu et al. 2017, https://arxiv.org/abs/1708.06519): the scale gamma of the BatchNormalization behind
// a channel says how much of it is passed on. Simplification multiplies scales into weights, so they are looked up in
// the model as it was read, by the name of a value that both models have: that of the output or, if the node is gone,
// that of the input, which its producer computes now.
func init() {
	register(Criterion{
		Name: "batchnorm", Doc: "scale of the BatchNormalization behind a unit (network slimming); L2 norm for groups that have none",
		Score: scoreBatchNorm,
	})
}

// scoreBatchNorm is the mean |gamma| of the channels of a unit, reduced over the BatchNormalizations of the group. A group
// without one is scored by its L2 norm if others have some: normalisation makes the two comparable.
func scoreBatchNorm(ctx context.Context, in Input, g *group.Group) ([]float64, error) {
	reduce, err := reduction(in.Reduction)
	if err != nil {
		return nil, err
	}
	if in.Original == nil {
		return nil, fmt.Errorf("want the model as it was read, where BatchNormalization still is")
	}
	scales := scalesOf(in)
	members := gammas(in.Analysis, g, scales)
	if len(members) == 0 {
		for _, other := range in.Analysis.Groups {
			if len(gammas(in.Analysis, other, scales)) > 0 {
				return criteria[DataFree].Score(ctx, in, g)
			}
		}
		return nil, fmt.Errorf("the model has no BatchNormalization with constant scales behind anything that can be removed: its exporter folded it, or it never had one; use l2, or export without folding")
	}
	return joined(members, g.Units, reduce), nil
}

// scales is a constant gamma and the channel axis that it goes with.
type scales struct {
	member group.Member
	gamma  []float64
}

// scalesOf lists, in graph order, those BatchNormalizations of the original whose channels the simplified model still
// has.
func scalesOf(in Input) []scales {
	var out []scales
	for _, n := range in.Original.Graph.Nodes {
		if n.Op != "BatchNormalization" || n.Domain != "" || n.Out(0) == nil || n.In(0) == nil {
			continue
		}
		gamma, ok := constantFloats(n.In(1))
		if !ok {
			continue
		}
		for _, name := range []string{n.Out(0).Name, n.In(0).Name} {
			v := in.Model.Graph.Value(name)
			if v == nil || len(v.Type.Shape) < 2 {
				continue
			}
			if channels, known := v.Type.Shape[1].Value(); known && channels == len(gamma) {
				out = append(out, scales{group.Member{Value: v, Axis: 1}, gamma})
				break
			}
		}
	}
	return out
}

// gammas returns, for each BatchNormalization whose channels are units of g, the mean |gamma| of each unit.
func gammas(a *group.Analysis, g *group.Group, all []scales) [][]float64 {
	var out [][]float64
	member := membersOf(g)
	for _, s := range all {
		if !member[s.member] {
			continue
		}
		sums, counts := make([]float64, g.Units), make([]float64, g.Units)
		for i, u := range a.Units(g, s.member) {
			if u >= 0 {
				sums[u] += math.Abs(s.gamma[i])
				counts[u]++
			}
		}
		for u, n := range counts {
			sums[u] /= max(1, n)
		}
		out = append(out, sums)
	}
	return out
}

// constantFloats returns a constant of a model as it was read: an initializer, possibly behind Constant and Identity
// nodes.
func constantFloats(v *graph.Value) ([]float64, bool) {
	for v != nil && v.Const == nil {
		n, _ := v.Def()
		if n == nil || n.Domain != "" {
			return nil, false
		}
		switch n.Op {
		case "Identity":
			v = n.In(0)
			continue
		case "Constant":
			if a := n.Attr("value"); a != nil && a.Tensor != nil {
				return graph.Floats(a.Tensor)
			}
		}
		return nil, false
	}
	if v == nil || v.IsInput() {
		return nil, false
	}
	return graph.Floats(v.Const)
}
