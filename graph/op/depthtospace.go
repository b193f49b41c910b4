package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "DepthToSpace", Doc: "channels become square patches of pixels; https://onnx.ai/onnx/operators/onnx__DepthToSpace.html",
		Since: 1, Until: Latest, MinIn: 1, MaxIn: 1, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Infer:     inferDepthToSpace, Couple: coupleDepthToSpace, Grad: gradDepthToSpace, Eval: evalDepthToSpace,
	})
}

// blockSize returns the side of the patches.
func blockSize(n *graph.Node) (int, error) {
	b := n.Int("blocksize", 0)
	if b < 1 || b > 1<<15 {
		return 0, fmt.Errorf("blocksize: want a positive number, have %d", b)
	}
	return b, nil
}

// channelsFirst reports mode CRD, in which the patch of a channel is in adjacent channels. In the
// default mode DCR, whole sets of channels are adjacent, one for each pixel of the patch.
func channelsFirst(n *graph.Node) (bool, error) {
	switch mode := n.Str("mode", "DCR"); mode {
	case "CRD":
		return true, nil
	case "DCR":
		return false, nil
	default:
		return false, fmt.Errorf("mode: %q is neither DCR nor CRD", mode)
	}
}

// imageShape rejects shapes without the axes batch, channel, height and width.
func imageShape(s graph.Shape) error {
	if len(s) != 4 {
		return fmt.Errorf("want 4 axes, have shape %v", s)
	}
	return nil
}

// inferPatches returns the type of the image that n reads, with a nil shape if the rank is unknown,
// and the block size.
func inferPatches(n *graph.Node) (x graph.Type, block int, err error) {
	x = inType(n, 0)
	if block, err = blockSize(n); err != nil || x.Shape == nil {
		return x, block, err
	}
	return x, block, imageShape(x.Shape)
}

func inferDepthToSpace(n *graph.Node) ([]graph.Type, error) {
	x, b, err := inferPatches(n)
	if err != nil || x.Shape == nil {
		return []graph.Type{graph.TensorType(x.DType, unknownShape(4))}, err
	}
	side := graph.Size(b)
	channels, err := divided(x.Shape[1], b*b)
	out := graph.Shape{x.Shape[0], channels, x.Shape[2].Mul(side), x.Shape[3].Mul(side)}
	return []graph.Type{graph.TensorType(x.DType, out)}, err
}

// divided returns d / k, or an error if the division leaves a remainder.
func divided(d graph.Dim, k int) (graph.Dim, error) {
	q, ok := d.Div(graph.Size(k))
	switch {
	case ok:
		return q, nil
	case d.Known():
		return graph.Unknown, fmt.Errorf("extent %v does not divide by %d", d, k)
	}
	return graph.Derived(fmt.Sprintf("%%s/%d", k), d), nil
}

func coupleDepthToSpace(n *graph.Node) (c Coupling, err error) {
	b, err := blockSize(n)
	if err != nil {
		return c, err
	}
	crd, err := channelsFirst(n)
	if err != nil {
		return c, err
	}
	in, out := inShape(n, 0), n.Out(0).Type.Shape
	c.patches(b, In, in, Out, out, crd)
	return c, nil
}

// patches couples a tensor whose channels hold patches of side b (deep) with the one in which they are spread over
// height and width (wide). The side of the patch is in two axes at once and therefore pinned.
func (c *Coupling) patches(b int, deepAxis func(int, int) Axis, deep graph.Shape, wideAxis func(int, int) Axis, wide graph.Shape, crd bool) {
	side := graph.Size(b)
	c.link(deepAxis(0, 0), wideAxis(0, 0))
	rows, cols := c.addVirtual(side), c.addVirtual(side)
	c.pinAxis(rows, "the side of a patch")
	c.pinAxis(cols, "the side of a patch")
	factors, dims := []Axis{rows, cols, wideAxis(0, 1)}, []graph.Dim{side, side, wide[1]}
	if crd {
		factors, dims = []Axis{wideAxis(0, 1), rows, cols}, []graph.Dim{wide[1], side, side}
	}
	c.product(deepAxis(0, 1), factors, dims)
	c.product(wideAxis(0, 2), []Axis{deepAxis(0, 2), rows}, []graph.Dim{deep[2], side})
	c.product(wideAxis(0, 3), []Axis{deepAxis(0, 3), cols}, []graph.Dim{deep[3], side})
}

// product states that whole is the row-major product of factors with those extents. Factors of
// extent 1 are left out.
func (c *Coupling) product(whole Axis, factors []Axis, dims []graph.Dim) {
	if over := axesOver1(factors, dims); len(over) > 0 {
		c.Product = append(c.Product, Product{[]Axis{whole}, over})
	}
}

func evalDepthToSpace(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	b, err := blockSize(n)
	if err != nil {
		return nil, err
	}
	crd, err := channelsFirst(n)
	if err != nil {
		return nil, err
	}
	x := in[0]
	if err := imageShape(graph.ShapeOf(x.Shape()...)); err != nil {
		return nil, err
	}
	s := x.Shape()
	if s[1]%(b*b) != 0 {
		return nil, fmt.Errorf("extent %d does not divide by %d", s[1], b*b)
	}
	channels := s[1] / (b * b)
	dims := []int{s[0], channels, s[2] * b, s[3] * b}
	at := make([]int, 4)
	t, err := arrange(x.DType(), dims, func(i int) (*graph.Tensor, int) {
		unravel(i, dims, at)
		row, col := at[2]%b, at[3]%b
		channel := (row*b+col)*channels + at[1]
		if crd {
			channel = (at[1]*b+row)*b + col
		}
		return x, ((at[0]*s[1]+channel)*s[2]+at[2]/b)*s[3] + at[3]/b
	})
	return []*graph.Tensor{t}, err
}

func gradDepthToSpace(b *Backward) error {
	if !b.wants(0) {
		return nil
	}
	block, err := blockSize(b.Node)
	if err != nil {
		return err
	}
	first, err := channelsFirst(b.Node)
	if err != nil {
		return err
	}
	x, y := b.dims(b.in(0)), b.dims(b.out(0))
	g := b.reshape(b.grad(0), []int{y[0], y[1], x[2], block, x[3], block})
	perm := []int{0, 3, 5, 1, 2, 4}
	if first {
		perm = []int{0, 1, 3, 5, 2, 4}
	}
	b.set(0, b.reshape(b.transpose(g, perm...), x))
	return nil
}
