package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "AffineGrid", Doc: "where an affine map puts the pixels of an image; https://onnx.ai/onnx/operators/onnx__AffineGrid.html",
		Since: 20, Until: Latest, MinIn: 2, MaxIn: 2, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-5, 1e-5},
		Infer:     inferAffineGrid, Eval: evalAffineGrid,
	})
}

// affineAxes returns the number of spatial axes of an image whose size has that many elements [N, C, extents ...]. theta
// must match it.
func affineAxes(size int, theta graph.Shape) (int, error) {
	axes := size - 2
	if axes != 2 && axes != 3 {
		return 0, fmt.Errorf("size: want 4 or 5 extents, have %d", size)
	}
	if theta != nil && (len(theta) != 3 || theta[1].Known() && !theta[1].Is(axes) || theta[2].Known() && !theta[2].Is(axes+1)) {
		return 0, fmt.Errorf("theta: want shape [N,%d,%d], have %v", axes, axes+1, theta)
	}
	return axes, nil
}

func inferAffineGrid(n *graph.Node) ([]graph.Type, error) {
	t := graph.Type{DType: inType(n, 0).DType}
	count, known := elemCount(n, 1)
	if !known {
		return []graph.Type{t}, nil
	}
	axes, err := affineAxes(count, inShape(n, 0))
	if err != nil {
		return nil, err
	}
	t.Shape = append(unknownShape(axes+1), graph.Size(axes))
	if size := inputElems(n, 1); size != nil {
		t.Shape[0] = size[0]
		copy(t.Shape[1:], size[2:])
	}
	return []graph.Type{t}, nil
}

func evalAffineGrid(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	size, err := intsOf(in, 1)
	if err != nil {
		return nil, err
	}
	axes, err := affineAxes(len(size), graph.ShapeOf(in[0].Shape()...))
	if err != nil {
		return nil, err
	}
	theta, ok := graph.Floats(in[0])
	if !ok || !in[0].DType().IsFloat() || in[0].Shape()[0] != size[0] {
		return nil, fmt.Errorf("theta: want numbers for a batch of %d, have %v%v", size[0], in[0].DType(), in[0].Shape())
	}
	extents := size[2:]
	dims := append(append([]int{size[0]}, extents...), axes)
	if err := mustFit(dims); err != nil {
		return nil, err
	}
	corners := n.Int("align_corners", 0) != 0
	y := make([]float64, 0, volume(dims))
	at, place := make([]int, axes), make([]float64, axes+1)
	place[axes] = 1
	for b := range size[0] {
		for p := range volume(extents) {
			unravel(p, extents, at)
			for d, k := range at {
				place[axes-1-d] = pixelCentre(k, extents[d], corners) // x comes first, the last axis
			}
			for row := range slices.Chunk(theta[b*axes*(axes+1):(b+1)*axes*(axes+1)], axes+1) {
				total := 0.0
				for k, f := range row {
					total += f * place[k]
				}
				y = append(y, total)
			}
		}
	}
	t, err := fromFloats(in[0].DType(), y, dims)
	return []*graph.Tensor{t}, err
}

// pixelCentre returns the position of pixel k between -1 and 1, which are the centres of the outermost pixels or their
// outer edges. A single pixel is in the middle, as in PyTorch, where the operator comes from.
func pixelCentre(k, extent int, corners bool) float64 {
	switch {
	case !corners:
		return (2*float64(k)+1)/float64(extent) - 1
	case extent == 1:
		return 0
	}
	return 2*float64(k)/float64(extent-1) - 1
}
