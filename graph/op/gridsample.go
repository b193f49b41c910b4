package op

import (
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "GridSample", Doc: "an image read at given places; https://onnx.ai/onnx/operators/onnx__GridSample.html",
		Since: 16, Until: Latest, MinIn: 2, MaxIn: 2, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-5, 1e-5},
		Infer:     inferGridSample, Couple: coupleGridSample, Eval: evalGridSample,
	})
}

// gridSampler holds the attributes of GridSample.
type gridSampler struct {
	mode, padding string
	corners       bool
}

func decodeGridSample(n *graph.Node) (gridSampler, error) {
	s := gridSampler{n.Str("mode", "linear"), n.Str("padding_mode", "zeros"), n.Int("align_corners", 0) != 0}
	switch s.mode {
	case "bilinear": // so named until opset 19
		s.mode = "linear"
	case "bicubic":
		s.mode = "cubic"
	case "linear", "nearest", "cubic":
	default:
		return s, fmt.Errorf("mode: %q is none of linear, nearest, cubic", s.mode)
	}
	switch s.padding {
	case "zeros", "border", "reflection":
	default:
		return s, fmt.Errorf("padding_mode: %q is none of zeros, border, reflection", s.padding)
	}
	return s, nil
}

// gridShapes checks the shapes of image and grid against each other.
func gridShapes(x, grid graph.Shape) error {
	if err := imageRank(x); err != nil {
		return err
	}
	if grid == nil {
		return nil
	}
	rank := len(grid)
	if rank < 3 || x != nil && rank != len(x) || grid[rank-1].Known() && !grid[rank-1].Is(rank-2) {
		return fmt.Errorf("grid: want shape [batch, extents ..., spatial axes of x], have %v for x of shape %v", grid, x)
	}
	if x != nil && x[0].Known() && grid[0].Known() && x[0] != grid[0] {
		return fmt.Errorf("grid: want a batch of %v as x has, have %v", x[0], grid[0])
	}
	return nil
}

func inferGridSample(n *graph.Node) ([]graph.Type, error) {
	if _, err := decodeGridSample(n); err != nil {
		return nil, err
	}
	x, grid := inShape(n, 0), inShape(n, 1)
	if err := gridShapes(x, grid); err != nil {
		return nil, err
	}
	t := graph.Type{DType: inType(n, 0).DType}
	switch {
	case x != nil:
		t.Shape = unknownShape(len(x))
		t.Shape[0], t.Shape[1] = x[0], x[1]
	case grid != nil:
		t.Shape = unknownShape(len(grid))
	}
	if grid != nil {
		if !t.Shape[0].Known() {
			t.Shape[0] = grid[0]
		}
		copy(t.Shape[2:], grid[1:len(grid)-1])
	}
	return []graph.Type{t}, nil
}

func coupleGridSample(n *graph.Node) (c Coupling, err error) {
	x, grid := inShape(n, 0), inShape(n, 1)
	c.link(In(0, 1), Out(0, 1))
	if x[0].Equal(grid[0]) {
		c.link(In(0, 0), Out(0, 0))
		c.link(In(1, 0), Out(0, 0))
	}
	pinSpatial(&c, n)
	for d := 1; d < len(grid); d++ {
		c.pinAxis(In(1, d), "places in the image")
	}
	return c, nil
}

// taps returns the positions on an axis of that extent that contribute to coordinate p, from -1 to
// 1, with their weights. at is -1 for one that reads the zeros outside.
func (s *gridSampler) taps(p float64, extent int) []tap {
	lo, hi := -0.5, float64(extent)-0.5
	x := ((p+1)*float64(extent) - 1) / 2
	if s.corners {
		lo, hi = 0, float64(extent)-1
		x = (p + 1) / 2 * float64(extent-1)
	}
	if s.mode == "nearest" {
		x = math.RoundToEven(x)
	}
	if !(math.Abs(x) < 1<<40) { // infinite or NaN counts as far outside
		x = -1 << 40
	}
	if x < lo || x > hi {
		x = s.inside(x, lo, hi, extent)
	}
	at := int(math.Floor(x))
	switch s.mode {
	case "nearest":
		return []tap{{s.position(at, lo, hi, extent), 1}}
	case "linear":
		w := x - float64(at)
		return []tap{{s.position(at, lo, hi, extent), 1 - w}, {s.position(at+1, lo, hi, extent), w}}
	}
	out := make([]tap, 4)
	for i := range out {
		q := at - 1 + i
		out[i] = tap{s.position(q, lo, hi, extent), cubicKernel(x-float64(q), -0.75)}
	}
	return out
}

// inside moves a coordinate outside of lo to hi as the padding mode says.
func (s *gridSampler) inside(x, lo, hi float64, extent int) float64 {
	switch s.padding {
	case "border":
		return min(max(x, 0), float64(extent-1))
	case "reflection":
		return reflect(x, lo, hi)
	}
	return x
}

// position returns the position that stands for position q, or -1 for zero.
func (s *gridSampler) position(q int, lo, hi float64, extent int) int {
	switch {
	case q >= 0 && q < extent:
		return q
	case s.padding == "zeros":
		return -1
	}
	return min(max(int(s.inside(float64(q), lo, hi, extent)), 0), extent-1)
}

// reflect mirrors x at lo and hi until it lies between them.
func reflect(x, lo, hi float64) float64 {
	width := hi - lo
	if width <= 0 {
		return lo
	}
	away := math.Mod(math.Abs(x-lo), 2*width)
	if away > width {
		away = 2*width - away
	}
	return lo + away
}

func evalGridSample(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	s, err := decodeGridSample(n)
	if err != nil {
		return nil, err
	}
	x, grid := in[0], in[1]
	if err := gridShapes(graph.ShapeOf(x.Shape()...), graph.ShapeOf(grid.Shape()...)); err != nil {
		return nil, err
	}
	v, okX := graph.Floats(x)
	g, okG := graph.Floats(grid)
	if !okX || !okG {
		return nil, fmt.Errorf("elements of types %v and %v are not supported", x.DType(), grid.DType())
	}
	size := x.Shape()[2:]
	rank, plane, area := len(size), volume(size), volume(grid.Shape()[1:x.Rank()-1])
	channels := x.Shape()[1]
	dims := append([]int{x.Shape()[0], channels}, grid.Shape()[1:x.Rank()-1]...)
	if err := mustFit(dims); err != nil {
		return nil, err
	}
	y := make([]float64, volume(dims))
	if len(y) > 0 && plane == 0 {
		return nil, fmt.Errorf("x of shape %v has no position to read", x.Shape())
	}
	axes := make([][]tap, rank)
	for image := range dims[0] {
		for o := range area {
			for d := range axes { // the last coordinate is the first axis
				axes[d] = s.taps(g[(image*area+o)*rank+rank-1-d], size[d])
			}
			for c := range channels {
				first := (image*channels + c)
				y[first*area+o] = interpolated(v[first*plane:][:plane], size, axes)
			}
		}
	}
	t, err := fromFloats(x.DType(), y, dims)
	return []*graph.Tensor{t}, err
}

// interpolated returns the sum, over every choice of one tap for each axis, of the element there
// times the product of the weights.
func interpolated(v []float64, dims []int, axes [][]tap) float64 {
	if len(axes) == 0 {
		return v[0]
	}
	inner, total := volume(dims[1:]), 0.0
	for _, t := range axes[0] {
		if t.at >= 0 {
			total += t.weight * interpolated(v[t.at*inner:][:inner], dims[1:], axes[1:])
		}
	}
	return total
}
