package op

import (
	"math"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "MeanVarianceNormalization", Doc: "mean 0 and variance 1 over axes; https://onnx.ai/onnx/operators/onnx__MeanVarianceNormalization.html",
		Since: 9, Until: Latest, MinIn: 1, MaxIn: 1, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-5, 1e-5},
		Infer:     inferMeanVariance, Couple: coupleMeanVariance, Eval: evalMeanVariance,
	})
}

// meanVarianceAxes reports for every axis whether it is normalised.
func meanVarianceAxes(n *graph.Node, rank int) ([]bool, error) {
	axes := n.Ints("axes")
	if axes == nil {
		axes = []int{0, 2, 3}
	}
	return reduceAxes(n, axes, rank)
}

func inferMeanVariance(n *graph.Node) ([]graph.Type, error) {
	if x := inShape(n, 0); x != nil {
		if _, err := meanVarianceAxes(n, len(x)); err != nil {
			return nil, err
		}
	}
	return inferSame(n)
}

func coupleMeanVariance(n *graph.Node) (c Coupling, err error) {
	over, err := meanVarianceAxes(n, len(inShape(n, 0)))
	if err != nil {
		return c, err
	}
	coupleAll(&c, n, 0, 0)
	for d, yes := range over {
		if yes {
			statOver(&c, n, d, d+1)
		}
	}
	return c, nil
}

func evalMeanVariance(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x := in[0]
	over, err := meanVarianceAxes(n, x.Rank())
	if err != nil {
		return nil, err
	}
	v, err := floatInputs(in)
	if err != nil {
		return nil, err
	}
	y := v[0]
	means := reduceBy(y, x.Shape(), over, mean)
	line := broadcastIndex(reducedShape(x.Shape(), over, true, 1), x.Shape())
	for i, o := range line {
		y[i] -= means[o]
	}
	variances := reduceBy(y, x.Shape(), over, func(v []float64) float64 { return sumOfSquares(v) / float64(len(v)) })
	for i, o := range line {
		y[i] /= math.Sqrt(variances[o]) + 1e-9 // the operator's own constant
	}
	t, err := fromFloats(x.DType(), y, x.Shape())
	return []*graph.Tensor{t}, err
}
