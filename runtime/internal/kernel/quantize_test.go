package kernel

import (
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

// ofBytes returns an input of 8-bit integers, signed or unsigned.
func ofBytes(t graph.DType, v []int, dims ...int) *graph.Tensor {
	if t == graph.Int8 {
		out := make([]int8, len(v))
		for i, x := range v {
			out[i] = int8(x)
		}
		return graph.TensorOf(out, dims...)
	}
	out := make([]uint8, len(v))
	for i, x := range v {
		out[i] = uint8(x)
	}
	return graph.TensorOf(out, dims...)
}

func TestQuantize(t *testing.T) {
	rng := seeded(t)
	for _, d := range []graph.DType{graph.Int8, graph.Uint8} {
		for _, dims := range [][]int{{2, 3, 40, 50}, {1, 3}, {0, 3, 2}, {2, 3, 4}} {
			one := []*graph.Tensor{random(rng, dims...), graph.TensorOf([]float32{0.02}), ofBytes(d, []int{5})}
			each := []*graph.Tensor{random(rng, dims...), graph.TensorOf([]float32{0.02, 0.5, 3}, 3), ofBytes(d, []int{5, 0, 9}, 3)}
			axis := []*graph.Attr{graph.IntAttr("axis", 1)}
			proof{op: "QuantizeLinear", in: one}.proveBinds(t)
			proof{op: "QuantizeLinear", in: each, attrs: axis}.proveBinds(t)
			v := make([]int, volume(dims))
			for i := range v {
				v[i] = rng.IntN(128)
			}
			one[0], each[0] = ofBytes(d, v, dims...), ofBytes(d, v, dims...)
			proof{op: "DequantizeLinear", in: one}.proveBinds(t)
			proof{op: "DequantizeLinear", in: each, attrs: axis}.proveBinds(t)
		}
	}
	proof{op: "QuantizeLinear", in: []*graph.Tensor{graph.TensorOf(special, len(special)), graph.TensorOf([]float32{0.3})}}.proveBinds(t)
	biases := graph.TensorOf([]int32{-70000, 3, 0, 1 << 20}, 4)
	proof{op: "DequantizeLinear", in: []*graph.Tensor{biases, graph.TensorOf([]float32{1e-3})}}.proveBinds(t)
}
