package op

import (
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "Det", Doc: "the determinant of each square matrix; https://onnx.ai/onnx/operators/onnx__Det.html",
		Since: 11, Until: Latest, MinIn: 1, MaxIn: 1, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-5, 1e-5},
		Infer:     inferDet, Eval: evalDet,
	})
}

func inferDet(n *graph.Node) ([]graph.Type, error) {
	x := inType(n, 0)
	if x.Shape == nil {
		return []graph.Type{{DType: x.DType}}, nil
	}
	last := len(x.Shape) - 2
	if last < 0 || x.Shape[last].Known() && x.Shape[last+1].Known() && x.Shape[last] != x.Shape[last+1] {
		return nil, fmt.Errorf("want square matrices, have shape %v", x.Shape)
	}
	return []graph.Type{graph.TensorType(x.DType, x.Shape[:last].Clone())}, nil
}

func evalDet(_ *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x := in[0]
	last := x.Rank() - 2
	if last < 0 || x.Shape()[last] != x.Shape()[last+1] {
		return nil, fmt.Errorf("want square matrices, have shape %v", x.Shape())
	}
	v, ok := graph.Floats(x)
	if !ok || !x.DType().IsFloat() {
		return nil, fmt.Errorf("elements of type %v are not supported", x.DType())
	}
	size := x.Shape()[last]
	y := make([]float64, volume(x.Shape()[:last]))
	for i := range y {
		y[i] = determinant(v[i*size*size:(i+1)*size*size], size)
	}
	t, err := fromFloats(x.DType(), y, x.Shape()[:last])
	return []*graph.Tensor{t}, err
}

// determinant eliminates in place, with the largest element of each column as the pivot.
func determinant(a []float64, n int) float64 {
	det := 1.0
	for k := range n {
		p := k
		for i := k + 1; i < n; i++ {
			if math.Abs(a[i*n+k]) > math.Abs(a[p*n+k]) {
				p = i
			}
		}
		pivot := a[p*n+k]
		if pivot == 0 {
			return 0
		}
		if det *= pivot; p != k {
			det = -det
		}
		for j := k; j < n; j++ {
			a[p*n+j], a[k*n+j] = a[k*n+j], a[p*n+j]
		}
		for i := k + 1; i < n; i++ {
			f := a[i*n+k] / pivot
			for j := k; j < n; j++ {
				a[i*n+j] -= f * a[k*n+j]
			}
		}
	}
	return det
}
