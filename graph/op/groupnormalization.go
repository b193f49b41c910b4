package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "GroupNormalization", Doc: "every group of channels of every image to mean 0 and variance 1, then scale and bias; https://onnx.ai/onnx/operators/onnx__GroupNormalization.html",
		Since: 18, Until: Latest, MinIn: 3, MaxIn: 3, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-5, 1e-5},
		Infer:     inferGroupNormalization, Couple: coupleGroupNormalization,
		Resize: resizeGroupNormalization, Grad: gradGroupNormalization, Eval: evalGroupNormalization,
	})
}

// numGroups returns the attribute num_groups for an input of that many channels.
func numGroups(n *graph.Node, channels graph.Dim) (int, error) {
	if n.Attr("num_groups") == nil {
		return 0, fmt.Errorf("attribute num_groups is required and missing")
	}
	g := n.Int("num_groups", 0)
	if c, known := channels.Value(); g < 1 || (known && c%g != 0) {
		return 0, fmt.Errorf("num_groups: %v channels do not divide into %d", channels, g)
	}
	return g, nil
}

// scaleExtent returns how many elements scale and bias have: one for each group before opset 21.
func scaleExtent(n *graph.Node, groups int, channels graph.Dim) graph.Dim {
	if n.Version < 21 {
		return graph.Size(groups)
	}
	return channels
}

func inferGroupNormalization(n *graph.Node) ([]graph.Type, error) {
	x := inShape(n, 0)
	if x == nil {
		return inferSame(n)
	}
	if len(x) < 2 {
		return nil, fmt.Errorf("x: want at least 2 axes, have shape %v", x)
	}
	g, err := numGroups(n, x[1])
	if err != nil {
		return nil, err
	}
	want := scaleExtent(n, g, x[1])
	for i, name := range []string{"scale", "bias"} {
		s := inShape(n, 1+i)
		if s != nil && (len(s) != 1 || (s[0].Known() && want.Known() && s[0] != want)) {
			return nil, fmt.Errorf("%s: want shape [%v], have %v", name, want, s)
		}
	}
	return inferSame(n)
}

// coupleGroupNormalization reads the channels as groups x channels of one group. Virtual axis 0 is
// the groups, which the attribute follows.
func coupleGroupNormalization(n *graph.Node) (c Coupling, err error) {
	x := inShape(n, 0)
	g, err := numGroups(n, x[1])
	if err != nil {
		return c, err
	}
	each, ok := x[1].Div(graph.Size(g))
	if !ok {
		return c, fmt.Errorf("the channels of a group are known at run time only")
	}
	coupleAll(&c, n, 0, 0)
	groups, rest := c.addVirtual(graph.Size(g)), c.addVirtual(each)
	factors := axesOver1([]Axis{groups, rest}, []graph.Dim{graph.Size(g), each})
	if len(factors) > 0 {
		c.Product = append(c.Product, Product{[]Axis{In(0, 1)}, factors})
	}
	to := Out(0, 1)
	if n.Version < 21 {
		to = groups
	}
	c.link(In(1, 0), to)
	c.link(In(2, 0), to)
	statOver(&c, n, 1, len(x))
	return c, nil
}

func resizeGroupNormalization(n *graph.Node, kept Kept) error {
	if groups := kept(VirtualAxis(0)); groups != nil {
		n.SetAttr(graph.IntAttr("num_groups", len(groups)))
	}
	return nil
}

func evalGroupNormalization(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x := in[0]
	if x.Rank() < 2 {
		return nil, fmt.Errorf("x: want at least 2 axes, have shape %v", x.Shape())
	}
	channels, plane := x.Shape()[1], volume(x.Shape()[2:])
	g, err := numGroups(n, graph.Size(channels))
	if err != nil {
		return nil, err
	}
	size, _ := scaleExtent(n, g, graph.Size(channels)).Value()
	if in[1].Len() != size || in[2].Len() != size {
		return nil, fmt.Errorf("want scale and bias of %d elements, have %d and %d", size, in[1].Len(), in[2].Len())
	}
	v, err := floatInputs(in)
	if err != nil {
		return nil, err
	}
	y := make([]float64, len(v[0]))
	row := channels / g * plane
	for from := 0; row > 0 && from < len(y); from += row {
		standardise(v[0][from:from+row], y[from:from+row], float64(n.Float("epsilon", 1e-5)))
	}
	for i := range y {
		c := i / plane % channels * size / channels
		y[i] = v[1][c]*y[i] + v[2][c]
	}
	t, err := fromFloats(x.DType(), y, x.Shape())
	return []*graph.Tensor{t}, err
}

func gradGroupNormalization(b *Backward) error {
	x := b.in(0)
	dims := b.dims(x)
	groups, err := numGroups(b.Node, x.Type.Shape[1])
	if err != nil {
		return err
	}
	rows := []int{dims[0], groups, volume(dims[1:]) / max(1, groups)}
	g := b.grad(0)
	standard, inverse := b.standardised(b.reshape(x, rows), b.Node.Float("epsilon", 1e-5), []int{2})
	// The channels that share a scale: those of a group, or single ones from opset 21 on.
	scales := b.dims(b.in(1))[0]
	apart := []int{dims[0], scales, volume(dims[1:]) / max(1, scales)}
	g = b.reshape(g, apart)
	if b.wants(0) {
		scaled := b.reshape(b.mul(g, b.reshape(b.in(1), []int{scales, 1})), rows)
		b.set(0, b.reshape(b.behindStandardised(scaled, standard, inverse, []int{2}), dims))
	}
	if b.wants(1) {
		b.set(1, b.reshape(b.reduce("ReduceSum", b.mul(g, b.reshape(standard, apart)), 0, 2), []int{scales}))
	}
	if b.wants(2) {
		b.set(2, b.reshape(b.reduce("ReduceSum", g, 0, 2), []int{scales}))
	}
	return nil
}
