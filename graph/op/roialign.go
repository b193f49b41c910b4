package op

import (
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "RoiAlign", Doc: "regions of an image, each sampled to one size; https://onnx.ai/onnx/operators/onnx__RoiAlign.html",
		Since: 10, Until: Latest, MinIn: 3, MaxIn: 3, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-5, 1e-5},
		Infer:     inferRoiAlign, Couple: coupleRoiAlign, Eval: evalRoiAlign,
	})
}

// aligning holds the attributes of RoiAlign.
type aligning struct {
	rows, cols, sampling int
	scale                float64
	shift                float64 // of coordinates
	least                float64 // extent of a region
	largest              bool    // mode max
}

func decodeRoiAlign(n *graph.Node) (a aligning, err error) {
	a = aligning{rows: n.Int("output_height", 1), cols: n.Int("output_width", 1), sampling: n.Int("sampling_ratio", 0),
		scale: float64(n.Float("spatial_scale", 1))}
	if a.rows < 1 || a.cols < 1 || a.sampling < 0 {
		return a, fmt.Errorf("output_height, output_width, sampling_ratio: want positive extents and no negative ratio, have %d, %d, %d", a.rows, a.cols, a.sampling)
	}
	switch m := n.Str("mode", "avg"); m {
	case "avg", "max":
		a.largest = m == "max"
	default:
		return a, fmt.Errorf("mode: %q is none of avg, max", m)
	}
	coordinates := "output_half_pixel" // what opsets before 16 did, without the attribute
	if n.Version >= 16 {
		coordinates = n.Str("coordinate_transformation_mode", "half_pixel")
	}
	switch coordinates {
	case "half_pixel":
		a.shift = 0.5
	case "output_half_pixel":
		a.least = 1
	default:
		return a, fmt.Errorf("coordinate_transformation_mode: %q is none of half_pixel, output_half_pixel", coordinates)
	}
	return a, nil
}

// roiShapes checks the shapes of the image, the regions and the numbers of their images.
func roiShapes(x, rois, batch graph.Shape) error {
	switch {
	case x != nil && len(x) != 4:
		return fmt.Errorf("x: want 4 axes, have shape %v", x)
	case rois != nil && (len(rois) != 2 || rois[1].Known() && !rois[1].Is(4)):
		return fmt.Errorf("rois: want shape [regions, 4], have %v", rois)
	case batch != nil && len(batch) != 1:
		return fmt.Errorf("batch_indices: want a vector, have shape %v", batch)
	case rois != nil && batch != nil && rois[0].Known() && batch[0].Known() && rois[0] != batch[0]:
		return fmt.Errorf("batch_indices: want %v, one for each region, have %v", rois[0], batch[0])
	}
	return nil
}

func inferRoiAlign(n *graph.Node) ([]graph.Type, error) {
	a, err := decodeRoiAlign(n)
	if err != nil {
		return nil, err
	}
	x, rois, batch := inShape(n, 0), inShape(n, 1), inShape(n, 2)
	if err := roiShapes(x, rois, batch); err != nil {
		return nil, err
	}
	out := unknownShape(4)
	out[2], out[3] = graph.Size(a.rows), graph.Size(a.cols)
	if rois != nil {
		out[0] = rois[0]
	}
	if batch != nil && !out[0].Known() {
		out[0] = batch[0]
	}
	if x != nil {
		out[1] = x[1]
	}
	return []graph.Type{graph.TensorType(inType(n, 0).DType, out)}, nil
}

func coupleRoiAlign(n *graph.Node) (c Coupling, err error) {
	c.link(In(0, 1), Out(0, 1))
	c.link(In(1, 0), In(2, 0))
	c.pinAxis(In(0, 0), "batch_indices name its positions")
	c.pinAxis(In(1, 1), "corners of a region")
	if rois, out := inShape(n, 1), n.Out(0).Type.Shape; len(rois) == 2 && rois[0].Equal(out[0]) {
		c.link(In(1, 0), Out(0, 0))
	}
	pinSpatial(&c, n)
	return c, nil
}

func evalRoiAlign(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	a, err := decodeRoiAlign(n)
	if err != nil {
		return nil, err
	}
	x, rois := in[0], in[1]
	if err := roiShapes(graph.ShapeOf(x.Shape()...), graph.ShapeOf(rois.Shape()...), graph.ShapeOf(in[2].Shape()...)); err != nil {
		return nil, err
	}
	v, okX := graph.Floats(x)
	r, okR := graph.Floats(rois)
	if !okX || !okR || !x.DType().IsFloat() {
		return nil, fmt.Errorf("elements of types %v and %v are not supported", x.DType(), rois.DType())
	}
	batch, err := indices(in[2])
	if err != nil {
		return nil, err
	}
	channels, rows, cols := x.Shape()[1], x.Shape()[2], x.Shape()[3]
	dims := []int{len(batch), channels, a.rows, a.cols}
	if err := mustFit(dims); err != nil {
		return nil, err
	}
	y := make([]float64, 0, volume(dims))
	for i, b := range batch {
		if b < 0 || int(b) >= x.Shape()[0] {
			return nil, fmt.Errorf("batch_indices: want 0 to %d, have %d", x.Shape()[0]-1, b)
		}
		top, height, countY, err := a.bins(r[i*4+1], r[i*4+3], a.rows)
		if err != nil {
			return nil, err
		}
		left, width, countX, err := a.bins(r[i*4], r[i*4+2], a.cols)
		if err != nil {
			return nil, err
		}
		for c := range channels {
			plane := v[(int(b)*channels+c)*rows*cols:][:rows*cols]
			for p := range a.rows * a.cols {
				ys := binTaps(top+float64(p/a.cols)*height, height, countY, rows)
				xs := binTaps(left+float64(p%a.cols)*width, width, countX, cols)
				y = append(y, a.pool(plane, cols, ys, xs))
			}
		}
	}
	t, err := fromFloats(x.DType(), y, dims)
	return []*graph.Tensor{t}, err
}

// mostSamples bounds the samples of one bin along an axis, so that an absurd region does not run
// for ever.
const mostSamples = 1 << 12

// bins divides a region's extent along one axis. It returns where the region begins, the width of a
// bin, and the number of samples in one.
func (a *aligning) bins(from, to float64, bins int) (start, size float64, samples int, err error) {
	start = from*a.scale - a.shift
	extent := max(to*a.scale-a.shift-start, a.least)
	size = extent / float64(bins)
	samples = a.sampling
	if samples == 0 {
		if !(math.Abs(size) < mostSamples) {
			return 0, 0, 0, fmt.Errorf("rois: a region from %v to %v is too wide", from, to)
		}
		samples = max(int(math.Ceil(size)), 0)
	}
	if samples > mostSamples {
		return 0, 0, 0, fmt.Errorf("sampling_ratio: want at most %d, have %d", mostSamples, samples)
	}
	return start, size, samples, nil
}

// binTaps returns, for every sample of a bin, the two positions that it lies between and their
// weights. It is nil for a sample more than one position outside.
func binTaps(start, size float64, samples, extent int) [][]tap {
	out := make([][]tap, samples)
	for i := range out {
		p := start + (float64(i)+0.5)*size/float64(samples)
		if !(p >= -1 && p <= float64(extent)) || extent == 0 {
			continue
		}
		p = max(p, 0)
		low := int(p)
		if low >= extent-1 {
			out[i] = []tap{{extent - 1, 1}, {extent - 1, 0}}
			continue
		}
		out[i] = []tap{{low, 1 - (p - float64(low))}, {low + 1, p - float64(low)}}
	}
	return out
}

// pool returns the mean over the samples of a bin. With mode max it returns the greatest weighted
// corner of any sample, which is what the official cases and ONNX Runtime compute.
func (a *aligning) pool(plane []float64, cols int, ys, xs [][]tap) float64 {
	total, greatest, any := 0.0, 0.0, false
	for _, ty := range ys {
		for _, tx := range xs {
			sample, corner := 0.0, 0.0
			for i, p := range ty {
				if tx == nil {
					break
				}
				for j, q := range tx {
					w := p.weight * q.weight * plane[p.at*cols+q.at]
					sample += w
					if i+j == 0 || w > corner {
						corner = w
					}
				}
			}
			total += sample
			if !any || corner > greatest {
				greatest, any = corner, true
			}
		}
	}
	if a.largest {
		return greatest
	}
	return total / float64(max(len(ys)*len(xs), 1))
}
