package op

import (
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "AveragePool", Doc: "mean over a sliding window; https://onnx.ai/onnx/operators/onnx__AveragePool.html",
		Since: 1, Until: Latest, MinIn: 1, MaxIn: 1, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-6, 1e-5},
		Infer:     inferPool, Couple: couplePool, Grad: gradAveragePool, Eval: evalAveragePool,
	})
}

func evalAveragePool(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x := in[0]
	geo, win, v, dims, err := poolInput(n, x)
	if err != nil {
		return nil, err
	}
	size := x.Shape()[2:]
	withPad := n.Int("count_include_pad", 0) != 0
	y := make([]float64, 0, volume(dims))
	geo.windows(x, func(plane int, at []int) {
		total, count := 0.0, 0
		win.visit(size, at, func(_, index int) {
			total += v[plane+index]
			count++
		})
		if withPad {
			count = win.tapsInPadded(size, at)
		}
		if count > 0 { // otherwise the window is entirely in the padding: 0
			total /= float64(count)
		}
		y = append(y, total)
	})
	t, err := fromFloats(x.DType(), y, dims)
	return []*graph.Tensor{t}, err
}

// tapsInPadded counts the positions of the kernel inside the padded input. In ceil mode the last window may extend
// beyond it, and what is beyond does not count.
func (w *window) tapsInPadded(in, at []int) int {
	count := 1
	for d := range in {
		room := in[d] + w.after[d] + w.before[d] - at[d]*w.strides[d]
		count *= min(w.kernel[d], (room+w.dilations[d]-1)/w.dilations[d])
	}
	return count
}

func gradAveragePool(b *Backward) error {
	if b.wants(0) {
		extents := graph.IntsAttr("extents", b.dims(b.in(0))[2:]...)
		b.set(0, b.own("AveragePoolGradient", []*graph.Value{b.grad(0)}, append(slices.Clone(b.Node.Attrs), extents)...))
	}
	return nil
}
