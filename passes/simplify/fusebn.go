package simplify

import (
	"context"
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes"
)

// fuseBatchNorm multiplies the scale of a BatchNormalization at inference into the
// weights of the Conv, ConvTranspose or Gemm before it:
// y = s (Wx + b - mean) + beta with s = scale / sqrt(var + epsilon).
var fuseBatchNorm = passes.Pass{
	Name: "fusebn", Doc: "merges BatchNormalization into the convolution or product before it",
	Needs: []passes.Fact{typed},
	Run: func(_ context.Context, m *graph.Model) (bool, error) {
		dead := map[*graph.Node]bool{}
		held := branchOutputs(m.Graph)
		for _, n := range m.Graph.Nodes {
			if n.Op != "BatchNormalization" || n.Domain != "" || held[n.In(0)] || held[n.Out(0)] {
				continue
			}
			ok, err := fuse(m.Graph, n)
			if err != nil {
				return false, fmt.Errorf("node %s: %w", n.Label(), err)
			}
			if ok {
				dead[n] = true
			}
		}
		return len(dead) > 0, m.Graph.RemoveNodes(dead)
	},
}

// affine is a BatchNormalization at inference: y = scale*x + shift for each channel.
type affine struct{ scale, shift []float64 }

// decodeBatchNorm reads the constants of n; ok is false if one is fed or computed, or if n trains.
func decodeBatchNorm(n *graph.Node) (a affine, ok bool) {
	if n.Int("training_mode", 0) != 0 || n.Version < 7 && n.Int("is_test", 0) == 0 || n.Int("spatial", 1) != 1 || len(n.Inputs()) != 5 {
		return a, false
	}
	for _, v := range n.Outputs()[1:] {
		if v != nil && (n.Version < 14 || !v.Unused()) { // before opset 14 having the output, read or not, requests training
			return a, false
		}
	}
	var columns [4][]float64 // scale, B, mean, var
	for i := range columns {
		v := n.In(i + 1)
		if v == nil || !v.IsConstant() || v.Const.Rank() != 1 {
			return a, false
		}
		if columns[i], ok = graph.Floats(v.Const); !ok || len(columns[i]) != len(columns[0]) {
			return a, false
		}
	}
	epsilon := float64(n.Float("epsilon", 1e-5))
	a.scale = make([]float64, len(columns[0]))
	a.shift = make([]float64, len(columns[0]))
	for c := range a.scale {
		a.scale[c] = columns[0][c] / math.Sqrt(columns[3][c]+epsilon)
		a.shift[c] = columns[1][c] - a.scale[c]*columns[2][c]
	}
	return a, true
}

// fuse merges n into the node that computes its input, if that has constant weights and no other reader.
func fuse(g *graph.Graph, n *graph.Node) (bool, error) {
	x := n.In(0)
	producer, _ := x.Def()
	if producer == nil || producer.Graph() != g || producer.Domain != "" || op.Lookup(producer) == nil || op.Lookup(n) == nil || len(x.Uses()) != 1 || x.IsOutput() {
		return false, nil
	}
	a, ok := decodeBatchNorm(n)
	if !ok {
		return false, nil
	}
	w := producer.In(1)
	if w == nil || !w.IsConstant() {
		return false, nil
	}
	channel, ok := outputChannel(producer, w.Const.Shape())
	if !ok {
		return false, nil
	}
	bias, ok := biasOf(producer, len(a.scale))
	if !ok {
		return false, nil
	}
	weights, ok := scaled(w.Const, a.scale, channel)
	if !ok {
		return false, nil
	}
	for c := range bias {
		bias[c] = a.scale[c]*bias[c] + a.shift[c]
	}
	b, ok := graph.FromFloats(w.Const.DType(), bias, len(bias))
	if !ok {
		return false, nil
	}
	y := n.Out(0)
	if y.IsOutput() {
		if err := g.ReplaceOutput(y, x); err != nil {
			return false, nil
		}
	}
	g.ReplaceUses(y, x)
	producer.SetConstInput(1, weights)
	producer.SetConstInput(2, b)
	if producer.Op == "Gemm" {
		producer.SetAttr(graph.FloatAttr("beta", 1))
	}
	return true, nil
}

// outputChannel returns a function from the row-major index of a weight of n to its output channel.
func outputChannel(n *graph.Node, shape []int) (func(index int) int, bool) {
	inner := 1
	for _, d := range shape[min(2, len(shape)):] {
		inner *= d
	}
	switch {
	case n.Op == "Conv" && len(shape) > 2:
		return func(i int) int { return i / (inner * shape[1]) }, true
	case n.Op == "ConvTranspose" && len(shape) > 2: // input channels x outputs of each group
		perGroup := shape[0] / max(1, n.Int("group", 1))
		if perGroup == 0 {
			return nil, false
		}
		return func(i int) int { return i/(inner*shape[1])/perGroup*shape[1] + i/inner%shape[1] }, true
	case n.Op == "Gemm" && len(shape) == 2 && n.Int("transB", 0) != 0:
		return func(i int) int { return i / shape[1] }, true
	case n.Op == "Gemm" && len(shape) == 2:
		return func(i int) int { return i % shape[1] }, true
	}
	return nil, false
}

// biasOf returns what n adds to each of its output channels; ok is false if that is not a constant for each channel.
func biasOf(n *graph.Node, channels int) ([]float64, bool) {
	bias := make([]float64, channels)
	v := n.In(2)
	if v == nil {
		return bias, true
	}
	if !v.IsConstant() || (v.Const.Len() != channels && v.Const.Len() != 1) {
		return nil, false
	}
	if shape := v.Const.Shape(); len(shape) > 0 && shape[len(shape)-1] != v.Const.Len() {
		return nil, false // a column, one number for each sample
	}
	given, ok := graph.Floats(v.Const)
	if !ok {
		return nil, false
	}
	beta := 1.0
	if n.Op == "Gemm" {
		beta = float64(n.Float("beta", 1))
	}
	for c := range bias {
		bias[c] = beta * given[c%len(given)]
	}
	return bias, true
}

// scaled multiplies each weight by the scale of its output channel.
func scaled(w *graph.Tensor, scale []float64, channel func(int) int) (*graph.Tensor, bool) {
	v, ok := graph.Floats(w)
	if !ok {
		return nil, false
	}
	for i := range v {
		c := channel(i)
		if c >= len(scale) {
			return nil, false
		}
		v[i] *= scale[c]
	}
	return graph.FromFloats(w.DType(), v, w.Shape()...)
}
