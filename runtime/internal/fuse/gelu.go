package fuse

import (
	"math"

	"github.com/pollard-dev/pollard/graph"
)

func init() { register("Mul", gelu) }

// gelu finds x/2 (1 + erf(x/sqrt 2)), with the factor of one half anywhere (Hendrycks and Gimpel
// 2016; https://onnx.ai/onnx/operators/onnx__Gelu.html).
func gelu(n *graph.Node) *fused {
	for _, s := range sides(n) {
		if isNumber(s[1], 0.5) { // x (1 + erf) / 2
			if m := from(s[0], "Mul"); m != nil {
				for _, t := range sides(m) {
					if x := onePlusErf(t[1]); x != nil && x == t[0] {
						return newGelu(x)
					}
				}
			}
		}
		if x := onePlusErf(s[1]); x != nil && times(s[0], 0.5) == x { // (x/2) (1 + erf)
			return newGelu(x)
		}
		if x := onePlusErf(times(s[1], 0.5)); x != nil && x == s[0] { // x ((1 + erf)/2)
			return newGelu(x)
		}
	}
	return nil
}

func newGelu(x *graph.Value) *fused {
	return &fused{op: "Gelu", version: 20, inputs: []*graph.Value{x}}
}

// onePlusErf returns x if v is 1 + erf(x/sqrt 2), and nil otherwise.
func onePlusErf(v *graph.Value) *graph.Value {
	e := from(plus(v, 1), "Erf")
	if e == nil {
		return nil
	}
	return times(e.In(0), 1/math.Sqrt2)
}
