package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// window is the sliding window of convolutions and poolings over the spatial axes.
type window struct {
	kernel, strides, dilations []int
	before, after              []int // padding; to be completed by padded when auto
	auto                       string
	ceil                       bool
}

// decodeWindow reads the attributes that Conv, ConvTranspose and the pools share
// (strides, dilations, pads, auto_pad, ceil_mode) for the given kernel.
func decodeWindow(n *graph.Node, kernel []int) (window, error) {
	rank := len(kernel)
	w := window{kernel: kernel, auto: n.Str("auto_pad", "NOTSET"), ceil: n.Int("ceil_mode", 0) != 0}
	var err error
	if w.strides, err = spatial(n, "strides", rank, 1, 1); err != nil {
		return w, err
	}
	if w.dilations, err = spatial(n, "dilations", rank, 1, 1); err != nil {
		return w, err
	}
	pads, err := spatial(n, "pads", 2*rank, 0, 0)
	if err != nil {
		return w, err
	}
	w.before, w.after = pads[:rank], pads[rank:]
	switch w.auto {
	case "NOTSET", "":
		w.auto = ""
	case "VALID":
		w.auto, w.before, w.after = "", make([]int, rank), make([]int, rank)
	case "SAME_UPPER", "SAME_LOWER":
	default:
		return w, fmt.Errorf("auto_pad: %q is none of NOTSET, VALID, SAME_UPPER, SAME_LOWER", w.auto)
	}
	for _, k := range kernel {
		if k < 1 {
			return w, fmt.Errorf("kernel %v: want positive extents", kernel)
		}
	}
	if err := mustFit(kernel); err != nil {
		return w, fmt.Errorf("kernel: %w", err)
	}
	return w, nil
}

// spatial returns the integer-list attribute with count values, each at least least. If it is
// missing, it returns count times def.
func spatial(n *graph.Node, name string, count, def, least int) ([]int, error) {
	v := n.Ints(name)
	if v == nil {
		return slices.Repeat([]int{def}, count), nil
	}
	if len(v) != count {
		return nil, fmt.Errorf("%s: want %d values, have %d", name, count, len(v))
	}
	for _, x := range v {
		if x < least {
			return nil, fmt.Errorf("%s: want values of at least %d, have %v", name, least, v)
		}
	}
	return v, nil
}

// span returns how many positions the dilated kernel covers on an axis.
func (w *window) span(axis int) int { return (w.kernel[axis]-1)*w.dilations[axis] + 1 }

// padded resolves automatic padding for known input extents.
func (w *window) padded(in []int) {
	if w.auto == "" {
		return
	}
	w.before, w.after = make([]int, len(in)), make([]int, len(in))
	for i, size := range in {
		out := (size + w.strides[i] - 1) / w.strides[i]
		total := max(0, (out-1)*w.strides[i]+w.span(i)-size)
		small, large := total/2, total-total/2
		if w.auto == "SAME_UPPER" {
			w.before[i], w.after[i] = small, large
		} else {
			w.before[i], w.after[i] = large, small
		}
	}
}

// extent returns the output extent of one axis for an input extent.
func (w *window) extent(axis int, in graph.Dim) (graph.Dim, error) {
	stride := w.strides[axis]
	if w.auto != "" {
		if size, known := in.Value(); known {
			return graph.Size((size + stride - 1) / stride), nil
		}
		if stride == 1 {
			return in, nil
		}
		return graph.Derived(fmt.Sprintf("ceil(%%s/%d)", stride), in), nil
	}
	grow := w.before[axis] + w.after[axis] - w.span(axis)
	size, known := in.Value()
	if !known {
		if stride == 1 && grow == -1 {
			return in, nil
		}
		round := "floor"
		if w.ceil {
			round = "ceil"
		}
		return graph.Derived(fmt.Sprintf("%s((%%s%+d)/%d)+1", round, grow, stride), in), nil
	}
	if size+grow < 0 {
		return graph.Unknown, fmt.Errorf("axis %d: window of %d is larger than the padded input of %d", axis+2, w.span(axis), size+grow+w.span(axis))
	}
	out := (size+grow)/stride + 1
	if w.ceil {
		out = (size+grow+stride-1)/stride + 1
		if (out-1)*stride >= size+w.before[axis] { // a window that starts in the padding at the end is left out
			out--
		}
	}
	return graph.Size(out), nil
}

// outShape returns the spatial output shape for a spatial input shape.
func (w *window) outShape(in graph.Shape) (graph.Shape, error) {
	if len(in) != len(w.kernel) {
		return nil, fmt.Errorf("kernel of %d axes on an input of %d spatial axes", len(w.kernel), len(in))
	}
	out := make(graph.Shape, len(in))
	for i, d := range in {
		e, err := w.extent(i, d)
		if err != nil {
			return nil, err
		}
		out[i] = e
	}
	return out, nil
}

// visit calls f for every position of the kernel that lies inside the input when the window is at
// the output position. tap is the row-major index in the kernel, and index that in the input.
func (w *window) visit(in, at []int, f func(tap, index int)) {
	taps := 1
	for _, k := range w.kernel {
		taps *= k
	}
next:
	for tap := range taps {
		rest, index, stride := tap, 0, 1
		for d := len(in) - 1; d >= 0; d-- {
			k := rest % w.kernel[d]
			rest /= w.kernel[d]
			p := at[d]*w.strides[d] - w.before[d] + k*w.dilations[d]
			if p < 0 || p >= in[d] {
				continue next
			}
			index += p * stride
			stride *= in[d]
		}
		f(tap, index)
	}
}

// unravel writes to position the position of row-major index i in a tensor of that shape.
func unravel(i int, dims, position []int) {
	for d := len(dims) - 1; d >= 0; d-- {
		position[d] = i % dims[d]
		i /= dims[d]
	}
}

// volume returns the product of the extents.
func volume(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}

// pinSpatial pins the axes from 2 on of input 0 and output 0.
func pinSpatial(c *Coupling, n *graph.Node) {
	for d := 2; d < len(inShape(n, 0)); d++ {
		c.pinAxis(In(0, d), "spatial axis of "+n.Op)
		c.pinAxis(Out(0, d), "spatial axis of "+n.Op)
	}
}
