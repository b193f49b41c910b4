package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// NegativeLogLikelihoodLoss and SoftmaxCrossEntropyLoss share what follows. Input 0 has a score for
// each class on axis 1, input 1 has the right class for each position of the other axes, and input
// 2 a weight for each class. The losses at these positions are then reduced.

// lossAttrs checks the attributes that both have.
func lossAttrs(n *graph.Node) (reduction string, err error) {
	reduction = n.Str("reduction", "mean")
	if !slices.Contains([]string{"none", "sum", "mean"}, reduction) {
		return "", fmt.Errorf("reduction: %q is none of none, sum, mean", reduction)
	}
	if a := n.Attr("ignore_index"); a != nil && a.Kind != graph.AttrInt {
		return reduction, fmt.Errorf("attribute ignore_index: want kind %d, have %d", graph.AttrInt, a.Kind)
	}
	return reduction, nil
}

// inferLoss returns the type of the loss: one number, or one for each position.
func inferLoss(n *graph.Node) (graph.Type, error) {
	x := inType(n, 0)
	reduction, err := lossAttrs(n)
	if err != nil {
		return graph.Type{}, err
	}
	if x.Shape != nil && len(x.Shape) < 2 {
		return graph.Type{}, fmt.Errorf("want at least 2 axes, have shape %v", x.Shape)
	}
	var positions graph.Shape
	if x.Shape != nil {
		positions = slices.Delete(x.Shape.Clone(), 1, 2)
		if target := inShape(n, 1); target != nil {
			if len(target) != len(positions) {
				return graph.Type{}, fmt.Errorf("target: want shape %v, have %v", positions, target)
			}
			for d, e := range target {
				if e.Known() && positions[d].Known() && e != positions[d] {
					return graph.Type{}, fmt.Errorf("target: want shape %v, have %v", positions, target)
				}
			}
		}
	}
	if err := channelVector(n, 2, "weight"); err != nil {
		return graph.Type{}, err
	}
	if reduction != "none" {
		positions = graph.Shape{}
	}
	return graph.TensorType(x.DType, positions), nil
}

// coupleLoss couples the positions. A class is a number in the target, so none can be removed.
func coupleLoss(n *graph.Node) (c Coupling, err error) {
	reduction, err := lossAttrs(n)
	if err != nil {
		return c, err
	}
	c.pinAxis(In(0, 1), "its positions are numbers in the target")
	pinInput(&c, n, 2, "its positions are numbers in the target")
	pinInput(&c, n, 1, "its positions are samples")
	for d := range inShape(n, 0) {
		if d == 1 {
			continue
		}
		at := max(0, d-1)
		c.link(In(0, d), In(1, at))
		if reduction == "none" {
			c.link(In(1, at), Out(0, at))
		}
	}
	return c, nil
}

// evalLoss reduces -weight[c] score[c] of the right class c at every position. The scores have
// shape dims.
func evalLoss(n *graph.Node, in []*graph.Tensor, scores []float64) (*graph.Tensor, error) {
	reduction, err := lossAttrs(n)
	if err != nil {
		return nil, err
	}
	x := in[0]
	classes := x.Shape()[1]
	if want := slices.Delete(slices.Clone(x.Shape()), 1, 2); !slices.Equal(in[1].Shape(), want) {
		return nil, fmt.Errorf("target: want shape %v, have %v", want, in[1].Shape())
	}
	target, err := indices(in[1])
	if err != nil {
		return nil, fmt.Errorf("target: %w", err)
	}
	weight := slices.Repeat([]float64{1}, classes)
	if len(in) > 2 && in[2] != nil {
		w, ok := graph.Floats(in[2])
		if !ok || !slices.Equal(in[2].Shape(), []int{classes}) {
			return nil, fmt.Errorf("weight: want %d numbers, have %v%v", classes, in[2].DType(), in[2].Shape())
		}
		weight = w
	}
	ignored, ignores := int64(n.Int("ignore_index", 0)), n.Attr("ignore_index") != nil
	losses := make([]float64, len(target))
	total, weights := 0.0, 0.0
	l := lanesOver(x.Shape(), 1, 2)
	var outside error
	l.each(func(lane, first int) {
		c := target[lane]
		switch {
		case ignores && c == ignored:
			return
		case c < 0 || c >= int64(classes):
			outside = fmt.Errorf("target: want 0 to %d, have %d", classes-1, c)
			return
		}
		losses[lane] = -weight[c] * scores[first+int(c)*l.inner]
		total += losses[lane]
		weights += weight[c]
	})
	if outside != nil {
		return nil, outside
	}
	switch reduction {
	case "none":
		return fromFloats(x.DType(), losses, in[1].Shape())
	case "mean":
		total /= weights
	}
	return fromFloats(x.DType(), []float64{total}, nil)
}

// lossScores returns the elements of input 0, which must have an axis of classes.
func lossScores(in []*graph.Tensor) ([]float64, error) {
	v, ok := graph.Floats(in[0])
	switch {
	case !ok || !in[0].DType().IsFloat():
		return nil, fmt.Errorf("elements of type %v are not supported", in[0].DType())
	case in[0].Rank() < 2:
		return nil, fmt.Errorf("want at least 2 axes, have shape %v", in[0].Shape())
	}
	return v, nil
}
