package op

import (
	"github.com/pollard-dev/pollard/graph"
)

// These functions tell fast kernels what they need to know of a node, besides DecodeConv,
// DecodePool and DecodeSplit, so that attributes are read in one place. The errors are those of
// Eval.

// DecodeTranspose returns the input axis of every output axis, for an input of that rank.
func DecodeTranspose(n *graph.Node, rank int) ([]int, error) { return permutation(n, rank) }

// DecodeConcat returns the axis along which a Concat joins inputs of that rank.
func DecodeConcat(n *graph.Node, rank int) (int, error) { return concatAxis(n, rank) }

// DecodeSoftmax returns the axes that Softmax and LogSoftmax normalize over, from first to end-1.
func DecodeSoftmax(n *graph.Node, rank int) (first, end int, err error) { return softmaxAxes(n, rank) }

// DecodeLayerNormalization returns the first of the axes that LayerNormalization normalizes over.
func DecodeLayerNormalization(n *graph.Node, rank int) (int, error) {
	return normalAxis(n.Int("axis", -1), rank)
}

// PerChannel reports whether a BatchNormalization is in inference mode, with one mean and variance for each channel.
func PerChannel(n *graph.Node) bool { return training(n) == nil && !eachElement(n) }

// DecodeReduce returns, for every axis of input 0, whether a reduction reduces it, and the resulting shape.
func DecodeReduce(n *graph.Node, in []*graph.Tensor) (reduced []bool, dims []int, err error) {
	if reduced, err = reduceAxesOf(n, in); err != nil {
		return nil, nil, err
	}
	return reduced, reducedShape(in[0].Shape(), reduced, n.Int("keepdims", 1) != 0, 1), nil
}

// AverageCounts returns, for every output position of an AveragePool over an input with those spatial extents, the
// number that its sum is divided by. It is 0 where the window reads padding alone.
func AverageCounts(n *graph.Node, w ConvWindow, in []int) []int {
	win := window{kernel: w.Kernel, strides: w.Strides, dilations: w.Dilations, before: w.Before, after: w.After}
	withPad := n.Int("count_include_pad", 0) != 0
	counts := make([]int, volume(w.Out))
	at := make([]int, len(in))
	for o := range counts {
		unravel(o, w.Out, at)
		if withPad {
			counts[o] = win.tapsInPadded(in, at)
			continue
		}
		win.visit(in, at, func(_, _ int) { counts[o]++ })
	}
	return counts
}

// Resampled is how Resize or Upsample computes one axis: for each output position, the input positions and their
// weights. A position whose source is outside of the input has none.
type Resampled struct {
	Axis   int
	At     [][]int
	Weight [][]float64
}

// DecodeResize returns the axes that a Resize or Upsample changes, one after the other, and the extents of its output.
// nearest reports that positions are copied.
func DecodeResize(n *graph.Node, in []*graph.Tensor) (axes []Resampled, dims []int, nearest bool, err error) {
	decode := decodeResize
	if n.Op == "Upsample" {
		decode = decodeUpsample
	}
	r, err := decode(n, in[0].Rank(), in)
	if err != nil {
		return nil, nil, false, err
	}
	s, made, dims, err := resamplings(n, in[0].Shape(), r)
	if err != nil {
		return nil, nil, false, err
	}
	for _, m := range made {
		a := Resampled{m.axis, make([][]int, len(m.taps)), make([][]float64, len(m.taps))}
		for p, taps := range m.taps {
			for _, t := range taps {
				a.At[p], a.Weight[p] = append(a.At[p], t.at), append(a.Weight[p], t.weight)
			}
		}
		axes = append(axes, a)
	}
	return axes, dims, s.mode == "nearest", nil
}

// Recurrence is the attributes of an LSTM, GRU or RNN.
type Recurrence struct {
	Directions int
	Reverse    bool     // the only direction runs from the last step to the first
	BatchFirst bool     // layout 1
	Variant    bool     // input_forget of LSTM, linear_before_reset of GRU
	Clipped    bool     // inputs of activations are clipped
	Activation []string // as the node names them; nil: the defaults
}

// DecodeRecurrent reads the attributes of a recurrent operator with that many gates.
func DecodeRecurrent(n *graph.Node, gates int) (Recurrence, error) {
	r, err := decodeRecurrent(n, recurrentKind{gates: gates}, recurrentShapes(n))
	if err != nil {
		return Recurrence{}, err
	}
	d := Recurrence{Directions: r.directions, Reverse: r.reverse, BatchFirst: r.batchFirst, Clipped: n.Attr("clip") != nil,
		Variant: n.Int("input_forget", 0) != 0 || n.Int("linear_before_reset", 0) != 0}
	if a := n.Attr("activations"); a != nil && a.Kind == graph.AttrStrings {
		d.Activation = a.Strings
	}
	return d, nil
}

// PadSource returns the position, counted from the first of the input, that a Pad of that mode puts at position p of an
// axis of that size, or -1 for the constant.
func PadSource(mode string, p, size int) int { return padSource(mode, p, size) }
