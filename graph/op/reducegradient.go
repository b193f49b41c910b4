package op

import "github.com/pollard-dev/pollard/graph"

// gradReduce finds the axes that a reduction runs over.
func gradReduce(b *Backward, grad func(b *Backward, axes []int) error) error {
	if !b.wants(0) {
		return nil
	}
	x := b.dims(b.in(0))
	in := make([]*graph.Tensor, len(b.Node.Inputs()))
	for i, v := range b.Node.Inputs() {
		if v != nil && i > 0 {
			if in[i] = v.Const; in[i] == nil {
				return noGradient("axes that are computed")
			}
		}
	}
	in[0] = graph.NewTensor(graph.Bool, x...)
	reduced, err := reduceAxesOf(b.Node, in)
	if err != nil {
		return err
	}
	var axes []int
	for d, r := range reduced {
		if r {
			axes = append(axes, d)
		}
	}
	return grad(b, axes)
}

// kept returns v, a result without the reduced axes or its gradient, with these of extent 1.
func (b *Backward) kept(v *graph.Value, axes []int) *graph.Value {
	dims := append([]int{}, b.dims(b.in(0))...)
	for _, d := range axes {
		dims[d] = 1
	}
	return b.reshape(v, dims)
}

func gradReduceSum(b *Backward, axes []int) error {
	b.set(0, b.expand(b.kept(b.grad(0), axes), b.dims(b.in(0))))
	return nil
}

func gradReduceMean(b *Backward, axes []int) error {
	x, count := b.dims(b.in(0)), 1
	for _, d := range axes {
		count *= x[d]
	}
	b.set(0, b.expand(b.scale(b.kept(b.grad(0), axes), 1/float64(max(1, count))), x))
	return nil
}

// gradReduceExtreme shares the gradient among the elements that are largest, or smallest.
func gradReduceExtreme(b *Backward, axes []int) error {
	x := b.in(0)
	is := b.add("Cast", []*graph.Value{b.add("Equal", []*graph.Value{x, b.kept(b.out(0), axes)})}, graph.IntAttr("to", int(x.Type.DType)))
	share := b.add("Div", []*graph.Value{b.kept(b.grad(0), axes), b.reduce("ReduceSum", is, axes...)})
	b.set(0, b.mul(is, share))
	return nil
}

func gradReduceProd(b *Backward, axes []int) error {
	b.set(0, b.add("Div", []*graph.Value{b.kept(b.mul(b.grad(0), b.out(0)), axes), b.in(0)}))
	return nil
}

func gradReduceL1(b *Backward, axes []int) error {
	b.set(0, b.mul(b.add("Sign", []*graph.Value{b.in(0)}), b.kept(b.grad(0), axes)))
	return nil
}

func gradReduceL2(b *Backward, axes []int) error {
	b.set(0, b.mul(b.in(0), b.kept(b.add("Div", []*graph.Value{b.grad(0), b.out(0)}), axes)))
	return nil
}

func gradReduceSumSquare(b *Backward, axes []int) error {
	b.set(0, b.mul(b.in(0), b.kept(b.scale(b.grad(0), 2), axes)))
	return nil
}

// gradReduceLogSum: the sum is e^y.
func gradReduceLogSum(b *Backward, axes []int) error {
	g := b.add("Div", []*graph.Value{b.grad(0), b.add("Exp", []*graph.Value{b.out(0)})})
	b.set(0, b.expand(b.kept(g, axes), b.dims(b.in(0))))
	return nil
}

func gradReduceLogSumExp(b *Backward, axes []int) error {
	share := b.add("Exp", []*graph.Value{b.sub(b.in(0), b.kept(b.out(0), axes))})
	b.set(0, b.mul(share, b.kept(b.grad(0), axes)))
	return nil
}
