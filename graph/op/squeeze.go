package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "Squeeze", Doc: "axes of extent 1 left out; https://onnx.ai/onnx/operators/onnx__Squeeze.html",
		Since: 1, Until: Latest, MinIn: 1, MaxIn: 2, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Infer:     inferSqueeze, Couple: coupleSqueeze, Resize: resizeSqueeze, Grad: gradReshaped, Eval: evalSqueeze,
	})
}

// axesStated returns the axes that Squeeze or Unsqueeze states, in an attribute or, from opset 13
// on, in input 1. stated is false if it states none. known is false if they are known only at run
// time.
func axesStated(n *graph.Node) (axes []int, stated, known bool) {
	if n.Version < 13 {
		axes = n.Ints("axes")
		return axes, axes != nil, true
	}
	if n.In(1) == nil {
		return nil, false, true
	}
	axes, known = inputInts(n, 1)
	return axes, true, known
}

// squeezed returns the input axes that remain. ok is false if that depends on unknown extents.
func squeezed(n *graph.Node, in graph.Shape) (stay []int, ok bool, err error) {
	axes, stated, known := axesStated(n)
	if !known {
		return nil, false, nil
	}
	if stated {
		if axes, err = normalAxes(axes, len(in)); err != nil {
			return nil, false, err
		}
	}
	for d, e := range in {
		switch v, known := e.Value(); {
		case stated && !slices.Contains(axes, d):
			stay = append(stay, d)
		case stated && known && v != 1:
			return nil, false, fmt.Errorf("axis %d: want extent 1, have %d", d, v)
		case stated:
		case !known:
			return nil, false, nil
		case v != 1:
			stay = append(stay, d)
		}
	}
	return stay, true, nil
}

func inferSqueeze(n *graph.Node) ([]graph.Type, error) {
	x := inType(n, 0)
	t := graph.Type{DType: x.DType}
	if x.Shape == nil {
		return []graph.Type{t}, nil
	}
	stay, ok, err := squeezed(n, x.Shape)
	if err != nil || !ok {
		return []graph.Type{t}, err
	}
	t.Shape = graph.Shape{}
	for _, d := range stay {
		t.Shape = append(t.Shape, x.Shape[d])
	}
	return []graph.Type{withElems(t, flatElems(n, 0))}, nil
}

func coupleSqueeze(n *graph.Node) (c Coupling, err error) {
	stay, ok, err := squeezed(n, inShape(n, 0))
	if err == nil && !ok {
		err = fmt.Errorf("which axes have extent 1 is known at run time only")
	}
	_, stated, _ := axesStated(n)
	for i, d := range stay {
		c.link(In(0, d), Out(0, i))
		if !stated && len(stay) == len(inShape(n, 0)) { // no other axes could be stated
			c.pinAxis(In(0, d), "cut down to one position it would be squeezed")
		}
	}
	pinInput(&c, n, 1, isParameter)
	return c, err
}

// resizeSqueeze states the axes if they were found by their extent, because an axis that is cut to
// extent 1 must not be squeezed too.
func resizeSqueeze(n *graph.Node, kept Kept) error {
	in := inShape(n, 0)
	if _, stated, _ := axesStated(n); stated || in == nil {
		return nil
	}
	var axes []int
	cut := false
	for d, e := range in {
		if e.Is(1) {
			axes = append(axes, d)
		} else if k := kept(In(0, d)); k != nil {
			cut = true
		}
	}
	if !cut || len(axes) == 0 {
		return nil
	}
	if n.Version < 13 {
		n.SetAttr(graph.IntsAttr("axes", axes...))
		return nil
	}
	return setInts(n, 1, axes)
}

func evalSqueeze(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	axes, stated := n.Ints("axes"), n.Ints("axes") != nil
	if n.Version >= 13 {
		var err error
		if axes, err = intsOf(in, 1); err != nil {
			return nil, err
		}
		stated = len(in) > 1 && in[1] != nil
	}
	axes, err := normalAxes(axes, in[0].Rank())
	if err != nil {
		return nil, err
	}
	dims := []int{}
	for d, e := range in[0].Shape() {
		switch listed := slices.Contains(axes, d); {
		case listed && e != 1:
			return nil, fmt.Errorf("axis %d: want extent 1, have %d", d, e)
		case !listed && (stated || e != 1):
			dims = append(dims, e)
		}
	}
	return evalReshaped(in[0], dims)
}
