package learning

import (
	"math"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// readers lists the inputs that are weights which learn, by operator. Inputs of pointwise operators learn if they are
// vectors, as biases and scales are: other constants there may be masks, positions, or numbers of a formula.
var readers = map[string][]int{
	"Conv": {1, 2}, "ConvTranspose": {1, 2}, "Gemm": {0, 1, 2}, "MatMul": {0, 1}, "Einsum": {0, 1},
	"BatchNormalization": {1, 2}, "LayerNormalization": {1, 2},
	"InstanceNormalization": {1, 2}, "RMSNormalization": {1}, "PRelu": {1}, "Add": {0, 1}, "Sub": {0, 1}, "Mul": {0, 1}, "Div": {1},
}

// pointwise lists the readers whose inputs must be vectors.
var pointwise = []string{"Add", "Sub", "Mul", "Div"}

// Learnable lists the constants of g that can learn, in the order of the graph: float32 weights of the operators that
// transform, and vectors of pointwise ones. Rest counts the numbers in other floating-point constants of more than one.
func Learnable(g *graph.Graph) (weights []*graph.Value, rest int) {
	for _, v := range g.Initializers {
		switch {
		case !op.IsWeight(v) || v.Const.Len() < 2:
		case learns(v):
			weights = append(weights, v)
		default:
			rest += v.Const.Len()
		}
	}
	return weights, rest
}

func learns(v *graph.Value) bool {
	if v.Const.DType() != graph.Float32 || v.IsInput() || v.IsOutput() || len(v.Uses()) == 0 {
		return false
	}
	for _, u := range v.Uses() {
		if u.Node.Graph() != v.Graph() || u.Node.Domain != "" || !slices.Contains(readers[u.Node.Op], u.Index) {
			return false
		}
		if slices.Contains(pointwise, u.Node.Op) && !isVector(v.Const.Shape()) {
			return false
		}
	}
	return !slices.ContainsFunc(graph.Data[float32](v.Const), func(x float32) bool { return math.Abs(float64(x)) > 1e6 || x != x })
}

// isVector reports whether one axis alone has more than one position.
func isVector(dims []int) bool {
	wide := 0
	for _, d := range dims {
		if d != 1 {
			wide++
		}
	}
	return wide == 1
}
