package op

import "github.com/pollard-dev/pollard/graph"

func init() {
	register(Def{
		Name: "Mean", Doc: "mean of any number of broadcast inputs; https://onnx.ai/onnx/operators/onnx__Mean.html",
		Since: 1, Until: Latest, MinIn: 1, MaxIn: variadic, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-6, 1e-6},
		Couple:    coupleBroadcastAll,
		Infer: func(n *graph.Node) ([]graph.Type, error) {
			t, err := inferBroadcast(n, inType(n, 0).DType)
			return []graph.Type{t}, err
		},
		Grad: gradMean, Eval: evalMean,
	})
}

func evalMean(_ *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	dims, err := broadcastDims(in...)
	if err != nil {
		return nil, err
	}
	v, err := floatInputs(in)
	if err != nil {
		return nil, err
	}
	y := make([]float64, volume(dims))
	for k, x := range in {
		for i, at := range broadcastIndex(x.Shape(), dims) {
			y[i] += v[k][at] / float64(len(in))
		}
	}
	t, err := fromFloats(in[0].DType(), y, dims)
	return []*graph.Tensor{t}, err
}

func gradMean(b *Backward) error {
	share := b.scale(b.grad(0), 1/float64(len(b.Node.Inputs())))
	for i, x := range b.Node.Inputs() {
		if b.wants(i) {
			b.set(i, b.unbroadcast(share, x))
		}
	}
	return nil
}
