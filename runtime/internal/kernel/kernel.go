package kernel

import (
	"errors"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// Func computes a node's outputs from its inputs (nil: left out). It never writes
// an input. An output may be a view of an input that begins where the input does, as
// graph.Tensor.Reshaped makes it; every other float32 output comes from Run.New.
// It returns ErrUnfit, before it has done anything, for inputs it was not made for.
type Func func(r *Run, in []*graph.Tensor) ([]*graph.Tensor, error)

// ErrUnfit says that a kernel does not compute this case, for which the
// reference evaluation is right.
var ErrUnfit = errors.New("the kernel does not compute this case")

// Kernel is one way to compute an operator.
type Kernel struct {
	Name string // as the trace shows it: "conv"
	Op   string // operator of ONNX's own domain

	// Prepare makes the function that computes n. Consts holds the contents of the
	// inputs that never change, nil for the others; they may be packed here. It
	// returns ErrUnfit when the kernel does not cover n.
	Prepare func(n *graph.Node, consts []*graph.Tensor) (Func, error)
}

var kernels = map[string][]*Kernel{}

// register adds k behind the kernels its operator already has.
func register(k Kernel) { kernels[k.Op] = append(kernels[k.Op], &k) }

// Lookup lists the kernels of n's operator, the preferred one first. It is empty for
// operators, domains and versions that graph/op does not define.
func Lookup(n *graph.Node) []*Kernel {
	if n.Domain != "" || op.Lookup(n) == nil {
		return nil
	}
	return kernels[n.Op]
}

// Prepare asks n's kernels in order and gives the first that covers n, or nil
// without an error when none does.
func Prepare(n *graph.Node, consts []*graph.Tensor) (*Kernel, Func, error) {
	for _, k := range Lookup(n) {
		f, err := k.Prepare(n, consts)
		if errors.Is(err, ErrUnfit) {
			continue
		}
		return k, f, err
	}
	return nil, nil, nil
}

// always is the Prepare of a kernel that needs to know nothing of its node.
func always(f Func) func(*graph.Node, []*graph.Tensor) (Func, error) {
	return func(*graph.Node, []*graph.Tensor) (Func, error) { return f, nil }
}

// floats reports whether all tensors are there and hold float32.
func floats(ts ...*graph.Tensor) bool {
	for _, t := range ts {
		if t == nil || t.DType() != graph.Float32 {
			return false
		}
	}
	return true
}

// one wraps the only output of a node.
func one(t *graph.Tensor) []*graph.Tensor { return []*graph.Tensor{t} }

// input is input i, or nil when the node leaves it out.
func input(in []*graph.Tensor, i int) *graph.Tensor {
	if i >= len(in) {
		return nil
	}
	return in[i]
}

// volume is the product of the extents.
func volume(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}
