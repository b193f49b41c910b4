package dataset

import (
	"cmp"
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/graph"
)

// numbers applies the options to t and checks that all numbers are finite. Errors call it name and
// its samples by their numbers.
func (o Options) numbers(name string, t *graph.Tensor, isIDX bool, samples numbering) (*graph.Tensor, error) {
	if o.Scale == 0 && isIDX && t.DType() == graph.Uint8 {
		o.Scale = 1.0 / 255
	}
	if err := checkFinite(name, t, samples); err != nil {
		return nil, err
	}
	applied, err := o.apply(t)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", cmp.Or(name, "the array"), err)
	}
	if applied == t {
		return t, nil
	}
	if err := checkFinite(name, applied, samples); err != nil {
		return nil, fmt.Errorf("after scale, mean and std: %w", err)
	}
	return applied, nil
}

// apply returns t normalized, or t itself if nothing changes.
func (o Options) apply(t *graph.Tensor) (*graph.Tensor, error) {
	if o.Scales != nil || o.Means != nil || o.Stds != nil {
		return o.applyChannels(t)
	}
	scale, std := o.Scale, o.Std
	if scale == 0 {
		scale = 1
	}
	if std == 0 {
		std = 1
	}
	if math.IsNaN(scale+std+o.Mean) || math.IsInf(scale+std+o.Mean, 0) {
		return nil, fmt.Errorf("scale %v, mean %v, std %v: want finite numbers", scale, o.Mean, std)
	}
	if (scale == 1 && std == 1 && o.Mean == 0) || (!t.DType().IsFloat() && t.DType() != graph.Uint8) {
		return t, nil
	}
	d := graph.Float32
	if t.DType() == graph.Float64 {
		d = graph.Float64
	}
	return mapped(t, d, func(_ int, v []float64) error {
		for i, x := range v {
			v[i] = (x*scale - o.Mean) / std
		}
		return nil
	})
}

// checkFinite refuses NaN, infinity, and numbers whose squares overflow: one of them in a batch
// spoils every statistic taken over it. The lowest float stands for minus infinity in masks and is
// accepted. The error names the first such number, and its sample by that number.
func checkFinite(name string, t *graph.Tensor, samples numbering) error {
	if !t.DType().IsFloat() {
		return nil
	}
	most, lowest := math.Sqrt(math.MaxFloat32), -math.MaxFloat32
	if t.DType() == graph.Float64 {
		most, lowest = math.Sqrt(math.MaxFloat64), -math.MaxFloat64
	}
	refuse := func(i int, x float64) error {
		where := at(name, samples.at(i, t.Shape()))
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("%s is %v", where, x)
		}
		return fmt.Errorf("%s is %v, whose square overflows: want at most %.3g", where, x, most)
	}
	if t.DType() == graph.Float32 { // most data are, and they are checked whenever they are read
		for i, x := range graph.Data[float32](t) {
			if x := float64(x); !(math.Abs(x) <= most) && x != lowest {
				return refuse(i, x)
			}
		}
		return nil
	}
	return each(t, func(from int, v []float64) error {
		for i, x := range v {
			if !(math.Abs(x) <= most) && x != lowest {
				return refuse(from+i, x)
			}
		}
		return nil
	})
}

// at names an element of an array for errors by its sample, which the first coordinate is.
func at(name string, position []int) string {
	where := ""
	if name != "" {
		where = name + ", "
	}
	switch len(position) {
	case 0:
		return where + "the one element"
	case 1:
		return fmt.Sprintf("%ssample %d", where, position[0])
	default:
		return fmt.Sprintf("%ssample %d: element %v", where, position[0], position[1:])
	}
}
