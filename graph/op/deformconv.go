package op

import (
	"fmt"
	"math"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "DeformConv", Doc: "convolution of an image read beside the places of its kernel; https://onnx.ai/onnx/operators/onnx__DeformConv.html",
		Since: 19, Until: Latest, MinIn: 3, MaxIn: 5, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-5, 1e-5},
		Infer:     inferDeformConv, Couple: coupleDeformConv, Cost: costConv, Eval: evalDeformConv,
	})
}

// offsetGroup returns the number of groups of input channels that are read at the same places.
func offsetGroup(n *graph.Node) (int, error) {
	g := n.Int("offset_group", 1)
	if g < 1 {
		return 0, fmt.Errorf("offset_group: want a positive number, have %d", g)
	}
	return g, nil
}

func inferDeformConv(n *graph.Node) ([]graph.Type, error) {
	if _, err := offsetGroup(n); err != nil {
		return nil, err
	}
	if w := inShape(n, 1); w != nil && len(w) != 4 {
		return nil, fmt.Errorf("w: want 4 axes (images of other than 2 axes are not supported), have shape %v", w)
	}
	return inferConvOf(n, 1, 3)
}

// coupleDeformConv couples channels as Conv does if all are read at the same places, and otherwise only those of the
// output.
func coupleDeformConv(n *graph.Node) (c Coupling, err error) {
	g, err := convGroup(n)
	if err != nil {
		return c, err
	}
	offsets, err := offsetGroup(n)
	if err != nil {
		return c, err
	}
	c.link(In(0, 0), Out(0, 0))
	c.link(In(2, 0), Out(0, 0))
	if n.In(4) != nil {
		c.link(In(4, 0), Out(0, 0))
	}
	if n.In(3) != nil {
		c.link(In(3, 0), Out(0, 1))
	}
	if g == 1 {
		c.link(In(1, 0), Out(0, 1))
	}
	if g == 1 && offsets == 1 {
		c.link(In(0, 1), In(1, 1))
	}
	return c, nil
}

// deformed is a decoded DeformConv on tensors.
type deformed struct {
	win                    window
	x, w, offset, b, mask  []float64 // mask and b may be nil
	image, kernel, out     []int
	in, outs, group, moved int // channels, groups of them and groups that are read at the same places
}

func deformedOf(n *graph.Node, in []*graph.Tensor) (d deformed, err error) {
	v, err := floatInputs(in)
	if err != nil {
		return d, err
	}
	v = append(v, nil, nil)[:5]
	d.x, d.w, d.offset, d.b, d.mask = v[0], v[1], v[2], v[3], v[4]
	if d.group, err = convGroup(n); err != nil {
		return d, err
	}
	if d.moved, err = offsetGroup(n); err != nil {
		return d, err
	}
	x, w := in[0], in[1]
	if x.Rank() != 4 || w.Rank() != 4 {
		return d, fmt.Errorf("want x and w of 4 axes, have shapes %v and %v", x.Shape(), w.Shape())
	}
	d.image, d.kernel, d.in, d.outs = x.Shape()[2:], w.Shape()[2:], x.Shape()[1], w.Shape()[0]
	if d.in != w.Shape()[1]*d.group || d.outs%d.group != 0 || d.in%d.moved != 0 {
		return d, fmt.Errorf("x of shape %v and w of shape %v do not go with %d groups and %d of offsets", x.Shape(), w.Shape(), d.group, d.moved)
	}
	g, err := DecodeConv(n, d.image, d.kernel)
	if err != nil {
		return d, err
	}
	d.win, d.out = window{kernel: g.Kernel, strides: g.Strides, dilations: g.Dilations, before: g.Before, after: g.After}, g.Out
	taps := volume(d.kernel)
	for i, channels := range map[int]int{2: 2 * d.moved * taps, 4: d.moved * taps} {
		want := append([]int{x.Shape()[0], channels}, d.out...)
		if v[i] != nil && !slices.Equal(in[i].Shape(), want) {
			return d, fmt.Errorf("input %d: want shape %v, have %v", i, want, in[i].Shape())
		}
	}
	if d.b != nil && !slices.Equal(in[3].Shape(), []int{d.outs}) {
		return d, fmt.Errorf("b: want shape [%d], have %v", d.outs, in[3].Shape())
	}
	return d, nil
}

// read returns the image of channel c of sample b at a place between its pixels, interpolated. It
// is 0 outside.
func (d *deformed) read(b, c int, row, column float64) float64 {
	height, width := d.image[0], d.image[1]
	if !(row > -1 && row < float64(height) && column > -1 && column < float64(width)) {
		return 0
	}
	r, k := math.Floor(row), math.Floor(column)
	plane := d.x[(b*d.in+c)*height*width:]
	total := 0.0
	for i := range 2 {
		for j := range 2 {
			p, q := int(r)+i, int(k)+j
			if p < 0 || p >= height || q < 0 || q >= width {
				continue
			}
			total += (1 - math.Abs(row-float64(p))) * (1 - math.Abs(column-float64(q))) * plane[p*width+q]
		}
	}
	return total
}

// tapAt returns the number of channel c that a tap of the kernel multiplies when the window is at
// output position at.
func (d *deformed) tapAt(b, c, tap int, at []int) float64 {
	taps, plane := volume(d.kernel), volume(d.out)
	group := c / (d.in / d.moved)
	place := ((b*d.moved+group)*taps + tap) // which pair of offsets
	p := ravel(at, d.out)
	shift := func(axis int) float64 { return d.offset[(2*place+axis)*plane+p] }
	row := float64(at[0]*d.win.strides[0]-d.win.before[0]+tap/d.kernel[1]*d.win.dilations[0]) + shift(0)
	column := float64(at[1]*d.win.strides[1]-d.win.before[1]+tap%d.kernel[1]*d.win.dilations[1]) + shift(1)
	x := d.read(b, c, row, column)
	if d.mask != nil {
		x *= d.mask[place*plane+p]
	}
	return x
}

func evalDeformConv(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	d, err := deformedOf(n, in)
	if err != nil {
		return nil, err
	}
	dims := append([]int{in[0].Shape()[0], d.outs}, d.out...)
	if err := mustFit(dims); err != nil {
		return nil, err
	}
	y := make([]float64, volume(dims))
	taps, each := volume(d.kernel), d.in/d.group
	at := make([]int, 4)
	for i := range y {
		unravel(i, dims, at)
		b, o := at[0], at[1]
		if d.b != nil {
			y[i] = d.b[o]
		}
		for k := range each {
			c := o/(d.outs/d.group)*each + k
			for tap := range taps {
				y[i] += d.w[(o*each+k)*taps+tap] * d.tapAt(b, c, tap, at[2:])
			}
		}
	}
	t, err := fromFloats(in[0].DType(), y, dims)
	return []*graph.Tensor{t}, err
}
