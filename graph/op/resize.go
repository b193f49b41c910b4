package op

import (
	"fmt"
	"math"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "Resize", Doc: "axes resampled to other extents; https://onnx.ai/onnx/operators/onnx__Resize.html",
		Since: 10, Until: Latest, MinIn: 1, MaxIn: 4, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-5, 1e-5},
		Infer: func(n *graph.Node) ([]graph.Type, error) {
			return inferResized(n, func(rank int) (resizing, error) { return decodeResize(n, rank, nil) })
		},
		Couple: coupleResize, Resize: resizeResize, Grad: gradResize, Eval: evalResize,
	})
}

// resizing holds the extents that a Resize or Upsample asks for, by scale or by size.
type resizing struct {
	axes   []int       // listed axes; the others keep their extents
	scales []float32   // of the listed axes; nil if sizes are stated or nothing is known
	sizes  []graph.Dim // of the listed axes; nil if scales are stated
	policy string      // what to do with sizes that do not keep the aspect ratio
	crop   bool        // whether it reads a part of the input, which another input states
	roi    []float64   // that part: all starts, then all ends
}

// extent returns the output extent of the i-th listed axis, which had extent d. It rounds in
// float32, as the shape inference of ONNX does.
func (r *resizing) extent(i int, d graph.Dim) graph.Dim {
	if r.sizes != nil {
		return r.sizes[i]
	}
	if r.scales == nil {
		return graph.Unknown
	}
	scale := r.scales[i]
	part := float32(1)
	if r.crop {
		if r.roi == nil {
			return graph.Unknown
		}
		part = float32(r.roi[i+len(r.axes)] - r.roi[i])
	}
	size, known := d.Value()
	switch {
	case known:
		return graph.Size(int(math.Floor(float64(float32(size) * part * scale))))
	case part == 1 && scale == float32(int(scale)):
		return d.Mul(graph.Size(int(scale)))
	}
	return graph.Derived(fmt.Sprintf("floor(%%s·%v)", part*scale), d)
}

// vectorOf returns input i: an Eval's tensor, or the node's constant. It returns nil if the input
// is omitted, empty or not known.
func vectorOf(n *graph.Node, in []*graph.Tensor, i int) *graph.Tensor {
	var t *graph.Tensor
	if i < len(in) {
		t = in[i]
	} else if v := n.In(i); in == nil && v != nil {
		t = v.Const
	}
	if t == nil || t.Len() == 0 {
		return nil
	}
	return t
}

// elementsAt returns the number of elements of input i, or 0 if it is omitted or not known.
func elementsAt(n *graph.Node, in []*graph.Tensor, i int) int {
	if i >= 0 && i < len(in) && in[i] != nil {
		return in[i].Len()
	}
	if s := inShape(n, i); s != nil {
		count, _ := s.Elems().Value()
		return count
	}
	return 0
}

// stated reports whether input i is present and not known to be empty.
func stated(n *graph.Node, i int) bool {
	count, known := elemCount(n, i)
	return n.In(i) != nil && (!known || count > 0)
}

// decodeResize reads scales, sizes and axes. in is the tensors of an Eval, or nil to read what is
// known before anything runs.
func decodeResize(n *graph.Node, rank int, in []*graph.Tensor) (r resizing, err error) {
	roiAt, scalesAt, sizesAt := 1, 2, 3
	if n.Version < 11 {
		roiAt, scalesAt, sizesAt = -1, 1, -1
	}
	r.policy = n.Str("keep_aspect_ratio_policy", "stretch")
	r.crop = roiAt > 0 && n.Str("coordinate_transformation_mode", "") == "tf_crop_and_resize"
	for d := range rank {
		r.axes = append(r.axes, d)
	}
	if listed := n.Ints("axes"); listed != nil && n.Version >= 18 {
		if _, err := normalAxes(listed, rank); err != nil {
			return r, err
		}
		for i, d := range listed {
			listed[i], _ = normalAxis(d, rank)
		}
		r.axes = listed
	}
	if r.crop {
		if r.roi, err = floatsOf(vectorOf(n, in, roiAt), "roi", 2*len(r.axes)); err != nil {
			return r, err
		}
	}
	if elementsAt(n, in, scalesAt) > 0 && elementsAt(n, in, sizesAt) > 0 {
		return r, fmt.Errorf("scales, sizes: want one of them, have both")
	}
	if t := vectorOf(n, in, scalesAt); t != nil {
		return r, r.setScales(t)
	}
	if sizesAt < 0 || !stated(n, sizesAt) {
		if in != nil || !stated(n, scalesAt) {
			err = fmt.Errorf("scales, sizes: both missing")
		}
		return r, err
	}
	return r, r.setSizes(n, vectorOf(n, in, sizesAt), sizesAt)
}

func (r *resizing) setScales(t *graph.Tensor) error {
	v, err := floatsOf(t, "scales", len(r.axes))
	for _, s := range v {
		if !(s > 0 && s <= mostElements) {
			return fmt.Errorf("scales: want positive numbers of at most %d, have %v", mostElements, v)
		}
		r.scales = append(r.scales, float32(s))
	}
	return err
}

func (r *resizing) setSizes(n *graph.Node, t *graph.Tensor, at int) error {
	r.sizes = unknownShape(len(r.axes))
	elems := inputElems(n, at)
	if t != nil {
		v, _ := graph.Ints(t)
		elems = nil
		for _, x := range v {
			elems = append(elems, graph.Size64(x))
		}
	}
	if elems == nil {
		return nil
	}
	if len(elems) != len(r.axes) {
		return fmt.Errorf("sizes: want %d values, have %d", len(r.axes), len(elems))
	}
	for i, e := range elems {
		if v, known := e.Value(); known && v < 0 {
			return fmt.Errorf("sizes: want no negative extents, have %v", elems)
		}
		r.sizes[i] = e
	}
	return nil
}

// floatsOf returns the elements of t, or nil if t is nil. There must be count of them.
func floatsOf(t *graph.Tensor, name string, count int) ([]float64, error) {
	if t == nil {
		return nil, nil
	}
	v, ok := graph.Floats(t)
	if !ok || len(v) != count {
		return nil, fmt.Errorf("%s: want %d numbers, have %v%v", name, count, t.DType(), t.Shape())
	}
	return v, nil
}

// keepAspect replaces sizes by those of the one scale that the policy selects. It needs known
// extents.
func (r *resizing) keepAspect(in graph.Shape) error {
	if r.sizes == nil || r.policy == "stretch" {
		return nil
	}
	scale := math.NaN()
	for i, d := range r.axes {
		size, known := in[d].Value()
		want, stated := r.sizes[i].Value()
		if !known || !stated || size == 0 {
			r.sizes = unknownShape(len(r.sizes))
			return nil
		}
		s := float64(want) / float64(size)
		switch {
		case math.IsNaN(scale):
			scale = s
		case r.policy == "not_larger":
			scale = min(scale, s)
		case r.policy == "not_smaller":
			scale = max(scale, s)
		default:
			return fmt.Errorf("keep_aspect_ratio_policy: %q is none of stretch, not_larger, not_smaller", r.policy)
		}
	}
	r.sizes = slices.Clone(r.sizes)
	for i, d := range r.axes {
		size, _ := in[d].Value()
		r.sizes[i] = graph.Size(int(math.Floor(scale*float64(size) + 0.5)))
	}
	return nil
}

// inferResized returns the type of the output of Resize or Upsample.
func inferResized(n *graph.Node, decode func(rank int) (resizing, error)) ([]graph.Type, error) {
	x := inType(n, 0)
	if x.Shape == nil {
		return []graph.Type{{DType: x.DType}}, nil
	}
	r, err := decode(len(x.Shape))
	if err != nil {
		return nil, err
	}
	if err := r.keepAspect(x.Shape); err != nil {
		return nil, err
	}
	t := graph.TensorType(x.DType, x.Shape.Clone())
	for i, d := range r.axes {
		t.Shape[d] = r.extent(i, x.Shape[d])
	}
	return []graph.Type{t}, nil
}

// coupleResized couples the axes whose extent stays, which are copied position by position whatever
// the mode, and pins the others. stated reports whether the size of a listed axis can be rewritten.
func coupleResized(c *Coupling, n *graph.Node, r resizing, stated func(i int) bool) {
	in, out := inShape(n, 0), n.Out(0).Type.Shape
	listed := make([]int, len(in))
	for i, d := range r.axes {
		listed[d] = i + 1
	}
	for d, extent := range in {
		i := listed[d] - 1
		switch {
		case i < 0:
			c.link(In(0, d), Out(0, d))
		case r.crop:
			c.pinBoth(d, "a part of it is cropped and resized")
		case r.scales != nil && r.scales[i] == 1,
			r.scales == nil && r.sizes != nil && r.policy == "stretch" && stated(i) && extent.Equal(out[d]):
			c.link(In(0, d), Out(0, d))
		default:
			c.pinBoth(d, "it is resampled, or its extent is stated at run time")
		}
	}
}

func coupleResize(n *graph.Node) (c Coupling, err error) {
	r, err := decodeResize(n, len(inShape(n, 0)), nil)
	if err != nil {
		return c, err
	}
	coupleResized(&c, n, r, func(i int) bool {
		_, _, _, ok := statedIn(n, 3, i)
		return ok
	})
	for i := 1; i < len(n.Inputs()); i++ {
		pinInput(&c, n, i, isParameter)
	}
	return c, nil
}

// resizeResize rewrites the stated sizes of cut axes. Scales of 1 stay right.
func resizeResize(n *graph.Node, kept Kept) error {
	in := inShape(n, 0)
	if in == nil {
		return nil
	}
	r, err := decodeResize(n, len(in), nil)
	if err != nil || r.sizes == nil {
		return nil // nothing was cut, or no extents are stated
	}
	for i, d := range r.axes {
		if k := kept(Out(0, d)); k != nil {
			if err := restate(n, 3, i, len(k)); err != nil {
				return err
			}
		}
	}
	return nil
}

// samplerOf decodes the attributes. Before opset 11 there is only one way to sample.
func samplerOf(n *graph.Node) (*sampler, error) {
	s := &sampler{mode: n.Str("mode", "nearest"), coordinates: "asymmetric", nearest: beforeNearestMode}
	if s.mode == "bilinear" && n.Op == "Upsample" {
		s.mode = "linear"
	}
	if n.Version >= 11 {
		s.coordinates = n.Str("coordinate_transformation_mode", "half_pixel")
		s.nearest = n.Str("nearest_mode", "round_prefer_floor")
		s.cubicA = float64(n.Float("cubic_coeff_a", -0.75))
		s.excludeOutside = n.Int("exclude_outside", 0) != 0
		s.antialias = n.Version >= 18 && n.Int("antialias", 0) != 0
		s.extrapolation = float64(n.Float("extrapolation_value", 0))
	}
	if !slices.Contains([]string{"nearest", "linear", "cubic"}, s.mode) {
		return nil, fmt.Errorf("mode: %q is none of nearest, linear, cubic", s.mode)
	}
	if n.Version >= 11 && !slices.Contains([]string{"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"}, s.nearest) {
		return nil, fmt.Errorf("nearest_mode: %q is none of round_prefer_floor, round_prefer_ceil, floor, ceil", s.nearest)
	}
	if !slices.Contains([]string{"half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric",
		"tf_half_pixel_for_nn", "tf_crop_and_resize"}, s.coordinates) {
		return nil, fmt.Errorf("coordinate_transformation_mode: %q is not known", s.coordinates)
	}
	return s, nil
}

// resamplings returns how a Resize or Upsample of an input of those extents computes each axis that
// it changes, and the extents of the output.
func resamplings(n *graph.Node, in []int, r resizing) (s *sampler, axes []resampling, dims []int, err error) {
	if s, err = samplerOf(n); err != nil {
		return nil, nil, nil, err
	}
	shape := graph.ShapeOf(in...)
	if err := r.keepAspect(shape); err != nil {
		return nil, nil, nil, err
	}
	dims = slices.Clone(in)
	for i, d := range r.axes {
		size := dims[d]
		out, known := r.extent(i, shape[d]).Value()
		if !known {
			return nil, nil, nil, fmt.Errorf("the extent of axis %d is not stated", d)
		}
		dims[d] = out
		if err := mustFit(dims); err != nil {
			return nil, nil, nil, err
		}
		scale, roi := float64(out)/float64(size), [2]float64{0, 1}
		if r.scales != nil {
			scale = float64(r.scales[i])
		}
		if r.crop && r.roi != nil {
			roi = [2]float64{r.roi[i], r.roi[i+len(r.axes)]}
		}
		switch {
		case scale == 1 && roi == [2]float64{0, 1}: // copied
		case size == 0 && out > 0:
			return nil, nil, nil, fmt.Errorf("axis %d has no position to make %d of", d, out)
		default:
			axes = append(axes, s.axis(d, size, out, scale, roi))
		}
	}
	return s, axes, dims, nil
}

// evalResized resamples x to what r states.
func evalResized(n *graph.Node, x *graph.Tensor, r resizing) ([]*graph.Tensor, error) {
	s, axes, _, err := resamplings(n, x.Shape(), r)
	if err != nil {
		return nil, err
	}
	t, err := s.resample(x, axes)
	return []*graph.Tensor{t}, err
}

func evalResize(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	r, err := decodeResize(n, in[0].Rank(), in)
	if err != nil {
		return nil, err
	}
	return evalResized(n, in[0], r)
}
