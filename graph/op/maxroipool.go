package op

import (
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "MaxRoiPool", Doc: "maxima over a grid of bins in regions of an image; https://onnx.ai/onnx/operators/onnx__MaxRoiPool.html",
		Since: 1, Until: Latest, MinIn: 2, MaxIn: 2, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Infer:     inferMaxRoiPool, Couple: coupleMaxRoiPool, Eval: evalMaxRoiPool,
	})
}

// pooledShape returns the attribute pooled_shape.
func pooledShape(n *graph.Node) ([]int, error) {
	v := n.Ints("pooled_shape")
	if len(v) != 2 || v[0] < 1 || v[1] < 1 {
		return nil, fmt.Errorf("pooled_shape: want 2 positive extents, have %v", v)
	}
	return v, nil
}

// pooledShapes checks the shapes of image and regions. A region begins with the number of its
// image.
func pooledShapes(x, rois graph.Shape) error {
	if x != nil && len(x) != 4 {
		return fmt.Errorf("x: want 4 axes, have shape %v", x)
	}
	if rois != nil && (len(rois) != 2 || rois[1].Known() && !rois[1].Is(5)) {
		return fmt.Errorf("rois: want shape [regions, 5], have %v", rois)
	}
	return nil
}

func inferMaxRoiPool(n *graph.Node) ([]graph.Type, error) {
	pooled, err := pooledShape(n)
	if err != nil {
		return nil, err
	}
	x, rois := inShape(n, 0), inShape(n, 1)
	if err := pooledShapes(x, rois); err != nil {
		return nil, err
	}
	out := append(unknownShape(2), graph.ShapeOf(pooled...)...)
	if rois != nil {
		out[0] = rois[0]
	}
	if x != nil {
		out[1] = x[1]
	}
	return []graph.Type{graph.TensorType(inType(n, 0).DType, out)}, nil
}

func coupleMaxRoiPool(n *graph.Node) (c Coupling, err error) {
	c.link(In(0, 1), Out(0, 1))
	c.link(In(1, 0), Out(0, 0))
	c.pinAxis(In(0, 0), "regions name its positions")
	c.pinAxis(In(1, 1), "corners of a region")
	pinSpatial(&c, n)
	return c, nil
}

func evalMaxRoiPool(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	pooled, err := pooledShape(n)
	if err != nil {
		return nil, err
	}
	x, rois := in[0], in[1]
	if err := pooledShapes(graph.ShapeOf(x.Shape()...), graph.ShapeOf(rois.Shape()...)); err != nil {
		return nil, err
	}
	v, okX := graph.Floats(x)
	r, okR := graph.Floats(rois)
	if !okX || !okR {
		return nil, fmt.Errorf("elements of types %v and %v are not supported", x.DType(), rois.DType())
	}
	channels, rows, cols := x.Shape()[1], x.Shape()[2], x.Shape()[3]
	dims := []int{rois.Shape()[0], channels, pooled[0], pooled[1]}
	if err := mustFit(dims); err != nil {
		return nil, err
	}
	scale := float64(n.Float("spatial_scale", 1))
	y := make([]float64, 0, volume(dims))
	for i := range dims[0] {
		roi := r[i*5 : i*5+5]
		if !(roi[0] >= 0 && roi[0] < float64(x.Shape()[0])) {
			return nil, fmt.Errorf("rois: image %v is none of %d", roi[0], x.Shape()[0])
		}
		ys, xs := binRanges(roi[2]*scale, roi[4]*scale, pooled[0], rows), binRanges(roi[1]*scale, roi[3]*scale, pooled[1], cols)
		for c := range channels {
			plane := v[(int(roi[0])*channels+c)*rows*cols:][:rows*cols]
			for _, a := range ys {
				for _, b := range xs {
					y = append(y, maxWithin(plane, cols, a, b))
				}
			}
		}
	}
	t, err := fromFloats(x.DType(), y, dims)
	return []*graph.Tensor{t}, err
}

// binRanges divides the positions from one to the other, both included and rounded, into bins. It
// returns where each begins and ends, clipped to the extent.
func binRanges(from, to float64, bins, extent int) [][2]int {
	out := make([][2]int, bins)
	first := math.Round(from)
	size := max(math.Round(to)-first+1, 1) / float64(bins)
	at := func(p float64) int { return int(min(max(p, 0), float64(extent))) } // NaN becomes an arbitrary valid position
	for i := range out {
		out[i] = [2]int{at(first + math.Floor(float64(i)*size)), at(first + math.Ceil(float64(i+1)*size))}
		for k, p := range out[i] {
			out[i][k] = min(max(p, 0), extent)
		}
	}
	return out
}

// maxWithin returns the greatest element of a plane within the ranges, or 0 if they are empty.
func maxWithin(plane []float64, cols int, ys, xs [2]int) float64 {
	best, any := 0.0, false
	for y := ys[0]; y < ys[1]; y++ {
		for x := xs[0]; x < xs[1]; x++ {
			if e := plane[y*cols+x]; !any || e > best {
				best, any = e, true
			}
		}
	}
	return best
}
