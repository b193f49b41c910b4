package op

import (
	"fmt"
	"math"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// tap is one input position with its weight in an output position.
type tap struct {
	at     int
	weight float64
}

// resampling is how one axis is resized: the taps of every output position. A position whose source
// lies outside the input (mode tf_crop_and_resize) has none.
type resampling struct {
	axis int
	taps [][]tap
}

// sampler holds the attributes of Resize about coordinates and weights.
type sampler struct {
	mode, coordinates, nearest string
	cubicA                     float64
	excludeOutside, antialias  bool
	extrapolation              float64
}

// source returns the input coordinate of output position p, for an axis of extent in that becomes
// out, scaled by scale; roi is the part of the input that tf_crop_and_resize reads.
func (s *sampler) source(p, in, out int, scale float64, roi [2]float64) float64 {
	x := float64(p)
	switch s.coordinates {
	case "asymmetric":
		return x / scale
	case "align_corners":
		if out == 1 {
			return 0
		}
		return x * float64(in-1) / float64(out-1)
	case "pytorch_half_pixel":
		if out == 1 {
			return 0
		}
	case "tf_half_pixel_for_nn":
		return (x + 0.5) / scale
	case "half_pixel_symmetric":
		// The output covers out/scale of the input. What is missing is split between both ends.
		adjust := float64(out) / (scale * float64(in))
		return float64(in)/2*(1-adjust) + (x+0.5)/scale - 0.5
	case "tf_crop_and_resize":
		if out == 1 {
			return 0.5 * (roi[0] + roi[1]) * float64(in-1)
		}
		return roi[0]*float64(in-1) + x*(roi[1]-roi[0])*float64(in-1)/float64(out-1)
	}
	return (x+0.5)/scale - 0.5
}

// axis returns the taps of one axis.
func (s *sampler) axis(axis, in, out int, scale float64, roi [2]float64) resampling {
	r := resampling{axis, make([][]tap, out)}
	for p := range out {
		x := s.source(p, in, out, scale, roi)
		if s.coordinates == "tf_crop_and_resize" && (x < 0 || x > float64(in-1)) {
			continue
		}
		if s.mode == "nearest" {
			r.taps[p] = []tap{{min(max(s.round(x, scale), 0), in-1), 1}}
			continue
		}
		r.taps[p] = s.weights(x, in, scale)
	}
	return r
}

// beforeNearestMode rounds as opsets before 11 do, which have no nearest_mode. Their text leaves it
// open. The official cases and ONNX Runtime round down when growing and up when shrinking.
const beforeNearestMode = "floor, ceil when shrinking"

// round returns the position that stands for coordinate x on an axis that is scaled by scale.
func (s *sampler) round(x, scale float64) int {
	switch s.nearest {
	case beforeNearestMode:
		if scale < 1 {
			return int(math.Ceil(x))
		}
		return int(math.Floor(x))
	case "floor":
		return int(math.Floor(x))
	case "ceil":
		return int(math.Ceil(x))
	case "round_prefer_ceil":
		return int(math.Floor(x + 0.5))
	}
	return int(math.Ceil(x - 0.5))
}

// weights returns the taps of the kernel centred at x. Beyond the ends the last position is
// repeated, or with exclude_outside left out and the other weights are scaled up. With antialias, a
// kernel that shrinks is as wide as its step.
func (s *sampler) weights(x float64, in int, scale float64) []tap {
	radius, kernel := 1.0, linearKernel
	if s.mode == "cubic" {
		radius, kernel = 2, func(t float64) float64 { return cubicKernel(t, s.cubicA) }
	}
	stretch := 1.0
	if s.antialias {
		stretch = min(scale, 1)
	}
	var taps []tap
	total := 0.0
	for i := int(math.Ceil(x - radius/stretch)); float64(i) <= x+radius/stretch; i++ {
		w := kernel((float64(i) - x) * stretch)
		if w == 0 || (s.excludeOutside && (i < 0 || i >= in)) {
			continue
		}
		taps = append(taps, tap{min(max(i, 0), in-1), w})
		total += w
	}
	if s.excludeOutside || s.antialias {
		for i := range taps {
			taps[i].weight /= total
		}
	}
	return taps
}

func linearKernel(t float64) float64 { return max(0, 1-math.Abs(t)) }

// cubicKernel is the convolution kernel of Keys (Cubic convolution interpolation for digital image
// processing, 1981).
func cubicKernel(t, a float64) float64 {
	t = math.Abs(t)
	switch {
	case t <= 1:
		return ((a+2)*t-(a+3))*t*t + 1
	case t < 2:
		return ((a*t-5*a)*t+8*a)*t - 4*a
	}
	return 0
}

// resample applies the resamplings to x, one axis after the other.
func (s *sampler) resample(x *graph.Tensor, axes []resampling) (*graph.Tensor, error) {
	if s.mode == "nearest" {
		return s.pickNearest(x, axes)
	}
	v, ok := graph.Floats(x)
	if !ok {
		return nil, fmt.Errorf("elements of type %v are not supported", x.DType())
	}
	dims := slices.Clone(x.Shape())
	for _, r := range axes {
		v = r.apply(v, dims)
		dims[r.axis] = len(r.taps)
	}
	at := make([]int, len(dims))
	for i := range v {
		unravel(i, dims, at)
		if outside(axes, at) {
			v[i] = s.extrapolation
		}
	}
	return fromFloats(x.DType(), v, dims)
}

// outside reports whether the source of an output position lies outside the input.
func outside(axes []resampling, at []int) bool {
	return slices.ContainsFunc(axes, func(r resampling) bool { return len(r.taps[at[r.axis]]) == 0 })
}

// apply resamples one axis of the elements of a tensor of shape dims.
func (r *resampling) apply(v []float64, dims []int) []float64 {
	size, inner := dims[r.axis], volume(dims[r.axis+1:])
	outer := volume(dims[:r.axis])
	out := make([]float64, outer*len(r.taps)*inner)
	for o := range outer {
		for p, taps := range r.taps {
			to := out[(o*len(r.taps)+p)*inner:][:inner]
			for _, t := range taps {
				from := v[(o*size+t.at)*inner:][:inner]
				for i, e := range from {
					to[i] += t.weight * e
				}
			}
		}
	}
	return out
}

// pickNearest moves elements, so it works for every element type.
func (s *sampler) pickNearest(x *graph.Tensor, axes []resampling) (*graph.Tensor, error) {
	dims := slices.Clone(x.Shape())
	for _, r := range axes {
		dims[r.axis] = len(r.taps)
	}
	var fill *graph.Tensor
	if s.coordinates == "tf_crop_and_resize" && s.extrapolation != 0 {
		var err error
		if fill, err = fromFloats(x.DType(), []float64{s.extrapolation}, nil); err != nil {
			return nil, err
		}
	}
	strides, at := rowMajor(x.Shape()), make([]int, len(dims))
	return arrange(x.DType(), dims, func(i int) (*graph.Tensor, int) {
		unravel(i, dims, at)
		if outside(axes, at) {
			return fill, 0
		}
		for _, r := range axes {
			at[r.axis] = r.taps[at[r.axis]][0].at
		}
		from := 0
		for d, p := range at {
			from += p * strides[d]
		}
		return x, from
	})
}
