package recovery

import (
	"github.com/pollard-dev/pollard/graph"
)

// linear is a node that computes y = x w + b with constant w, as one problem a group: each
// group has its own columns (inputs) and outputs.
type linear struct {
	node   *graph.Node
	groups int
	cols   int // inputs of a group; a kernel position of a channel is one
	outs   int // outputs of a group
	// weights is groups x outs x cols.
	weights []float64
	// bias has groups x outs numbers. It is nil where the node has no place for one.
	bias []float64
	// axis is the output's axis that counts outputs.
	axis int
	// result is the value in which weights and bias have both done their work.
	result *graph.Value
	form   form
}

// form knows how a kind of node lays its data out.
type form interface {
	// inputs writes what the outputs at each row are computed from: len(rows) rows of cols
	// numbers, ld apart.
	inputs(dst []float64, ld int, x *graph.Tensor, group int, rows []int) error
	// output is where y has output 0 of the row, and how far apart outputs are.
	output(y *graph.Tensor, row int) (at, stride int)
	// write puts new weights and, unless nil, a new bias in the node.
	write(weights, bias []float64) error
}

// asLinear sees n as a linear node; nil when it is none that can be repaired.
func asLinear(n *graph.Node) (*linear, error) {
	if n.Domain != "" {
		return nil, nil
	}
	w := fixed(n, 1)
	if w == nil || n.In(0) == nil || n.In(0).Const != nil {
		return nil, nil
	}
	switch n.Op {
	case "Conv":
		return convLinear(n, w)
	case "BatchNormalization":
		return batchNormLinear(n, w)
	case "Gemm":
		return gemmLinear(n, w)
	case "MatMul":
		return matmulLinear(n, w)
	}
	return nil, nil
}

// fixed is the contents of input i where they are float32 and nobody can feed others.
func fixed(n *graph.Node, i int) *graph.Tensor {
	v := n.In(i)
	if v == nil || v.Const == nil || v.IsInput() || v.Const.DType() != graph.Float32 {
		return nil
	}
	return v.Const
}

// constant makes a float32 tensor.
func constant(v []float64, shape ...int) *graph.Tensor {
	t, _ := graph.FromFloats(graph.Float32, v, shape...)
	return t
}

// transposed is the rows x cols matrix v with its axes exchanged.
func transposed(v []float64, rows, cols int) []float64 {
	out := make([]float64, len(v))
	for i := range rows {
		for j := range cols {
			out[j*rows+i] = v[i*cols+j]
		}
	}
	return out
}

func scaled(v []float64, by float64) []float64 {
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = x * by
	}
	return out
}

func floats(t *graph.Tensor) []float64 {
	v, _ := graph.Floats(t)
	return v
}
