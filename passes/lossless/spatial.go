package lossless

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
)

func init() {
	for _, name := range []string{"Pad", "Resize", "Upsample"} {
		transfers[name] = stretched
		positionwise[name] = true
	}
}

// stretched: padding with zeroes and interpolation treat each channel of an image separately and alike, and are linear.
// https://onnx.ai/onnx/operators/onnx__Pad.html, https://onnx.ai/onnx/operators/onnx__Resize.html
func stretched(f *facts, n *graph.Node, _, axis int, of *group.Group) []slice {
	x, y := n.In(0), n.Out(0)
	if axis != 1 || len(x.Type.Shape) < 3 || !x.Type.Shape[1].Equal(y.Type.Shape[1]) {
		return nil
	}
	what := kind(n) + rest(x, axis) + rest(y, axis)
	for i := 1; i < len(n.Inputs()); i++ {
		v := n.In(i)
		switch {
		case v == nil:
		case !v.IsConstant():
			return nil
		default:
			what += fmt.Sprintf(" %d %q", i, v.Const.Raw())
		}
	}
	if n.Op == "Pad" && !padsZero(n) || n.Str("coordinate_transformation_mode", "") == "tf_crop_and_resize" {
		return nil
	}
	s := slices.Clone(f.of(x, axis, of))
	for i, x := range s {
		bounds := x.hull(point(0))
		if n.Str("mode", "") == "cubic" { // it overshoots
			bounds = anything
		}
		if !x.zero() {
			s[i] = slice{bounds, f.named(what + " of " + strconv.Itoa(int(x.sym))), x.scale}
		}
	}
	return s
}

// padsZero reports whether a Pad leaves the channels alone and adds zeroes, or copies of what is there.
func padsZero(n *graph.Node) bool {
	pads := n.Ints("pads")
	fill := float64(n.Float("value", 0))
	if v := n.In(1); v != nil {
		given, _ := graph.Ints(v.Const)
		pads = nil
		for _, p := range given {
			pads = append(pads, graph.Saturate(p))
		}
	}
	if v := n.In(2); v != nil {
		c, ok := graph.Floats(v.Const)
		if !ok || len(c) != 1 {
			return false
		}
		fill = c[0]
	}
	rank := len(n.In(0).Type.Shape)
	return fill == 0 && n.In(3) == nil && len(pads) == 2*rank && pads[1] == 0 && pads[rank+1] == 0
}
