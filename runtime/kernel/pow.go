package kernel

import (
	"math"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime/kernel/simd"
)

func init() {
	register(Kernel{Name: "binary", Op: "Pow", Prepare: always(func(r *Run, in []*graph.Tensor) ([]*graph.Tensor, error) {
		return combine(r, in, zipper{
			vv: func(z, x, y []float32) {
				for i := range z {
					z[i] = pow(x[i], y[i])
				}
			},
			vs: powNumber,
			sv: func(z []float32, x float32, y []float32) {
				for i := range z {
					z[i] = pow(x, y[i])
				}
			},
		})
	})})
}

func pow(x, y float32) float32 { return float32(math.Pow(float64(x), float64(y))) }

// powNumber raises a run to one power; the powers that models use need no logarithm.
func powNumber(z, x []float32, y float32) {
	switch y {
	case 2:
		simd.Mul(z, x, x)
	case 3:
		for i, v := range x[:len(z)] {
			z[i] = v * v * v
		}
	default:
		for i, v := range x[:len(z)] {
			z[i] = pow(v, y)
		}
	}
}
