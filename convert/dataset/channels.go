package dataset

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

// applyChannels returns t normalized channel by channel.
func (o Options) applyChannels(t *graph.Tensor) (*graph.Tensor, error) {
	if !t.DType().IsFloat() && t.DType() != graph.Uint8 {
		return t, nil
	}
	channels := 1
	for _, v := range [][]float64{o.Scales, o.Means, o.Stds} {
		if len(v) > 0 && channels > 1 && len(v) != channels {
			return nil, fmt.Errorf("scale, mean, std: want as many channels in each, have %d and %d", channels, len(v))
		}
		channels = max(channels, len(v))
	}
	stride, err := channelStride(t.Shape(), channels)
	if err != nil {
		return nil, err
	}
	of := func(each []float64, one, zero float64) []float64 {
		if each == nil {
			if one == 0 {
				one = zero
			}
			each = make([]float64, channels)
			for i := range each {
				each[i] = one
			}
		}
		return each
	}
	scale, mean, std := of(o.Scales, o.Scale, 1), of(o.Means, o.Mean, 0), of(o.Stds, o.Std, 1)
	d := graph.Float32
	if t.DType() == graph.Float64 {
		d = graph.Float64
	}
	return mapped(t, d, func(from int, v []float64) error {
		for i, x := range v {
			c := (from + i) / stride % channels
			v[i] = (x*scale[c] - mean[c]) / std[c]
		}
		return nil
	})
}

// channelStride returns the number of elements from one channel to the next: channels lie on axis 1,
// or else on the last axis.
func channelStride(shape []int, channels int) (int, error) {
	last := len(shape) - 1
	switch {
	case len(shape) > 2 && shape[1] == channels:
		stride := 1
		for _, n := range shape[2:] {
			stride *= n
		}
		return max(1, stride), nil
	case len(shape) > 1 && shape[last] == channels:
		return 1, nil
	}
	return 0, fmt.Errorf("mean, std and scale have %d channels: want that many on axis 1 or the last axis, have %v", channels, graph.ShapeOf(shape...))
}
