package op

import (
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// alignable reports whether n broadcasts input 1 from an axis of input 0 on that its attributes name, as was possible before
// opset 7, so that its axes are not the last ones.
func alignable(n *graph.Node) (ones int, ok bool) {
	if n.Domain != "" || n.Version >= 7 || n.Attr("axis") == nil || n.Int("broadcast", 0) == 0 || len(n.Inputs()) != 2 || Lookup(n) == nil {
		return 0, false
	}
	a, b := inShape(n, 0), inShape(n, 1)
	if a == nil || b == nil {
		return 0, false
	}
	axis := n.Int("axis", 0)
	if axis < 0 {
		axis += len(a)
	}
	ones = len(a) - axis - len(b)
	return ones, ones > 0 && axis >= 0
}

// NamesAxis reports whether a node of g, or of a graph inside, broadcasts along an axis that an attribute names; see
// AlignBroadcasts.
func NamesAxis(g *graph.Graph) bool {
	return slices.ContainsFunc(g.AllNodes(), func(n *graph.Node) bool {
		return n.Domain == "" && n.Version < 7 && n.Attr("axis") != nil && n.Int("broadcast", 0) != 0
	})
}

// AlignBroadcasts gives what nodes broadcast along an axis that an attribute names, as they could before opset 7
// (https://onnx.ai/onnx/operators/onnx__Add.html#add-6), axes of extent 1 at its end, as later opsets want it. It infers
// types on the way. UnalignBroadcasts is the way back, for a file of the old opset.
func AlignBroadcasts(g *graph.Graph) error {
	for _, n := range g.AllNodes() {
		if ones, ok := alignable(n); ok {
			if err := align(n, ones); err != nil {
				return err
			}
		}
		_ = Infer(n) // an error is found again where it matters
	}
	return sortInside(g)
}

func sortInside(g *graph.Graph) error {
	for _, n := range g.Nodes {
		for _, sub := range n.Subgraphs() {
			if err := sortInside(sub); err != nil {
				return err
			}
		}
	}
	return g.Sort()
}

// align appends axes to input 1 of n.
func align(n *graph.Node, ones int) error {
	v := n.In(1)
	rank := len(v.Type.Shape)
	n.Attrs = slices.DeleteFunc(slices.Clone(n.Attrs), func(a *graph.Attr) bool { return a.Name == "axis" })
	if v.IsConstant() {
		t, err := graph.FromRaw(v.Const.DType(), append(slices.Clone(v.Const.Shape()), slices.Repeat([]int{1}, ones)...), v.Const.Raw())
		if err != nil {
			return err
		}
		n.SetInput(1, n.Graph().AddConst(v.Name+"_aligned", t))
		return nil
	}
	axes := make([]int, ones)
	for i := range axes {
		axes[i] = rank + i
	}
	out := n.Graph().Fresh(v.Name + "_aligned")
	u, err := n.Graph().NewNode("Unsqueeze", "", n.Version, []*graph.Value{v}, []*graph.Value{out}, graph.IntsAttr("axes", axes...))
	if err != nil {
		return err
	}
	n.SetInput(1, out)
	return Infer(u)
}

// UnalignBroadcasts names the axis again where a node of an opset before 7 reads axes of extent 1 that only broadcast:
// these opsets have no other way.
func UnalignBroadcasts(g *graph.Graph) error {
	for _, n := range g.AllNodes() {
		a, b := inShape(n, 0), inShape(n, 1)
		if n.Domain != "" || n.Version >= 7 || n.Int("broadcast", 0) == 0 || n.Attr("axis") != nil || len(n.Inputs()) != 2 || len(b) == 0 || len(b) > len(a) {
			continue
		}
		ones := 0
		for ones < len(b)-1 && b[len(b)-1-ones].Is(1) && !a[len(a)-1-ones].Is(1) {
			ones++
		}
		if ones == 0 {
			continue
		}
		v := n.In(1)
		d, _ := v.Def()
		switch {
		case v.IsConstant():
			t, err := graph.FromRaw(v.Const.DType(), v.Const.Shape()[:len(b)-ones], v.Const.Raw())
			if err != nil {
				return err
			}
			n.SetConstInput(1, t)
		case d != nil && d.Op == "Unsqueeze" && d.Domain == "" && len(inShape(d, 0)) == len(b)-ones:
			n.SetInput(1, d.In(0))
			if v.Unused() && d.Graph() != nil {
				if err := d.Graph().Remove(d); err != nil {
					return err
				}
			}
		default:
			continue
		}
		n.Attrs = append(slices.Clone(n.Attrs), graph.IntAttr("axis", len(a)-len(b)))
	}
	return nil
}
