package statistics

import (
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// Consumer is a node that computes y = W x + b with constant W, one such product for each of
// Groups groups (1 but for grouped convolutions) and each row of its input: an output
// position of a Conv, a row of a Gemm or MatMul.
type Consumer struct {
	Node *graph.Node
	// Groups, and the extents of one group's W: Outs x Cols.
	Groups, Outs, Cols int
	// Axis is the axis of Node.In(0) that is contracted. Each position of it owns Taps
	// neighbouring columns of its group (the kernel positions of a Conv, in row-major order).
	Axis, Taps int
	// Bias says whether the node, or the Add right behind it, adds a constant to each output, so that
	// a change of the inputs' means costs nothing.
	Bias bool

	turned bool  // W lies in the initializer as Cols x Outs
	kernel []int // spatial extents of a Conv's
}

// ConsumerOf sees n as a Consumer; nil when it is none.
// https://onnx.ai/onnx/operators/onnx__Conv.html, onnx__Gemm.html and onnx__MatMul.html
func ConsumerOf(n *graph.Node) *Consumer {
	x, w := n.In(0), n.In(1)
	if n.Domain != "" || x == nil || w == nil || x.Const != nil || w.Const == nil || w.IsInput() || !w.Const.DType().IsFloat() {
		return nil
	}
	shape := w.Const.Shape()
	switch n.Op {
	case "Conv":
		groups := n.Int("group", 1)
		if len(shape) < 3 || groups < 1 || shape[0]%groups != 0 {
			return nil
		}
		taps := 1
		for _, k := range shape[2:] {
			taps *= k
		}
		return &Consumer{Node: n, Groups: groups, Outs: shape[0] / groups, Cols: shape[1] * taps, Axis: 1, Taps: taps, Bias: true, kernel: shape[2:]}
	case "Gemm":
		if len(shape) != 2 || n.Int("transA", 0) != 0 {
			return nil
		}
		c := &Consumer{Node: n, Groups: 1, Cols: shape[0], Outs: shape[1], Axis: 1, Taps: 1, Bias: n.Float("beta", 1) != 0, turned: true}
		if n.Int("transB", 0) != 0 {
			c.Cols, c.Outs, c.turned = shape[1], shape[0], false
		}
		return c
	case "MatMul":
		if rank := len(x.Type.Shape); len(shape) == 2 && rank >= 2 {
			return &Consumer{Node: n, Groups: 1, Cols: shape[0], Outs: shape[1], Axis: rank - 1, Taps: 1, Bias: biasBehind(n), turned: true}
		}
	}
	return nil
}

// biasBehind reports whether an Add of a constant alone reads n's output.
func biasBehind(n *graph.Node) bool {
	y := n.Out(0)
	if len(y.Uses()) != 1 || y.IsOutput() {
		return false
	}
	add := y.Uses()[0].Node
	other := add.In(1 - y.Uses()[0].Index)
	return add.Op == "Add" && add.Domain == "" && other != nil && other.Const != nil
}

// Weights is W as Groups x Outs x Cols numbers.
func (c *Consumer) Weights() []float64 {
	v, _ := graph.Floats(c.Node.In(1).Const) // ConsumerOf saw to it
	if !c.turned {
		return v
	}
	w := make([]float64, len(v))
	for i := range c.Cols {
		for j := range c.Outs {
			w[j*c.Cols+i] = v[i*c.Outs+j]
		}
	}
	return w
}

// Name is what the statistics of the consumer are filed under.
func (c *Consumer) Name() string { return c.Node.Out(0).Name }

// rowsOf counts the rows of x.
func (c *Consumer) rowsOf(x *graph.Tensor) (int, error) {
	if c.kernel == nil {
		if c.Cols == 0 {
			return 0, nil
		}
		return x.Len() / c.Cols, nil
	}
	win, err := op.DecodeConv(c.Node, x.Shape()[2:], c.kernel)
	if err != nil {
		return 0, err
	}
	rows := x.Shape()[0]
	for _, n := range win.Out {
		rows *= n
	}
	return rows, nil
}

// read writes the inputs of one group at the given rows of x: len(rows) x Cols numbers, zeroes
// where a window reaches into the padding.
func (c *Consumer) read(dst []float64, x *graph.Tensor, group int, rows []int) error {
	get, err := reader(x)
	if err != nil {
		return err
	}
	if c.kernel == nil {
		for i, r := range rows {
			for j := range c.Cols {
				dst[i*c.Cols+j] = get(r*c.Cols + j)
			}
		}
		return nil
	}
	in := x.Shape()[2:]
	win, err := op.DecodeConv(c.Node, in, c.kernel)
	if err != nil {
		return err
	}
	area, plane := 1, 1
	for d := range in {
		area *= win.Out[d]
		plane *= in[d]
	}
	channels := c.Cols / c.Taps
	taps := make([]int, c.Taps)
	for i, r := range rows {
		offsets(taps, win, in, r%area)
		base := (r/area*x.Shape()[1] + group*channels) * plane
		row := dst[i*c.Cols:][:c.Cols]
		for ch := range channels {
			for t, at := range taps {
				row[ch*c.Taps+t] = 0
				if at >= 0 {
					row[ch*c.Taps+t] = get(base + ch*plane + at)
				}
			}
		}
	}
	return nil
}

// offsets gives, for each kernel position, the index in a channel's plane that it reads when the
// window is at the output position; -1 in the padding.
func offsets(taps []int, win op.ConvWindow, in []int, position int) {
	corner := make([]int, len(in))
	for d := len(in) - 1; d >= 0; d-- {
		corner[d] = position%win.Out[d]*win.Strides[d] - win.Before[d]
		position /= win.Out[d]
	}
	for t := range taps {
		rest, index, stride := t, 0, 1
		for d := len(in) - 1; d >= 0; d-- {
			p := corner[d] + rest%win.Kernel[d]*win.Dilations[d]
			rest /= win.Kernel[d]
			if p < 0 || p >= in[d] {
				index = -1
				break
			}
			index += p * stride
			stride *= in[d]
		}
		taps[t] = index
	}
}
