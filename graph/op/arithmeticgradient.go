package op

import "github.com/pollard-dev/pollard/graph"

func gradSum(b *Backward) error {
	for i, x := range b.Node.Inputs() {
		if b.wants(i) {
			b.set(i, b.unbroadcast(b.grad(0), x))
		}
	}
	return nil
}

func gradSub(b *Backward) error {
	if b.wants(0) {
		b.set(0, b.unbroadcast(b.grad(0), b.in(0)))
	}
	if b.wants(1) {
		b.set(1, b.add("Neg", []*graph.Value{b.unbroadcast(b.grad(0), b.in(1))}))
	}
	return nil
}

func gradMul(b *Backward) error {
	for i := range 2 {
		if b.wants(i) {
			b.set(i, b.unbroadcast(b.mul(b.grad(0), b.in(1-i)), b.in(i)))
		}
	}
	return nil
}

func gradDiv(b *Backward) error {
	if !b.wants(0) && !b.wants(1) {
		return nil
	}
	g := b.add("Div", []*graph.Value{b.grad(0), b.in(1)})
	if b.wants(0) {
		b.set(0, b.unbroadcast(g, b.in(0)))
	}
	if b.wants(1) {
		b.set(1, b.add("Neg", []*graph.Value{b.unbroadcast(b.mul(g, b.out(0)), b.in(1))}))
	}
	return nil
}

// gradExtreme gives the gradient to the inputs that are the output, in equal shares.
func gradExtreme(b *Backward) error {
	y := b.out(0)
	var is []*graph.Value
	var count *graph.Value
	for _, x := range b.Node.Inputs() {
		v := b.add("Cast", []*graph.Value{b.add("Equal", []*graph.Value{x, y})}, graph.IntAttr("to", int(y.Type.DType)))
		if is = append(is, v); count == nil {
			count = v
		} else {
			count = b.sum(count, v)
		}
	}
	share := b.add("Div", []*graph.Value{b.grad(0), count})
	for i, x := range b.Node.Inputs() {
		if b.wants(i) {
			b.set(i, b.unbroadcast(b.mul(is[i], share), x))
		}
	}
	return nil
}
