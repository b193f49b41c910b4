package fuse

import "github.com/pollard-dev/pollard/graph"

func init() {
	register("Mul", hardSwish)
	register("Div", hardSwish)
}

// hardSwish finds x max(0, min(1, x/6 + 1/2)) (Howard et al. 2019;
// https://onnx.ai/onnx/operators/onnx__HardSwish.html), written as x times a HardSigmoid, or as a
// Clip of x + 3 to 6 with the factor of one sixth anywhere.
func hardSwish(n *graph.Node) *fused {
	out := n.Out(0)
	if six := times(out, 1.0/6); six != nil {
		if m := from(six, "Mul"); m != nil {
			for _, s := range sides(m) {
				if x := clippedToSix(s[1]); x != nil && x == s[0] {
					return newHardSwish(x)
				}
			}
		}
	}
	if n.Op != "Mul" {
		return nil
	}
	for _, s := range sides(n) {
		if x := hardSigmoid(s[1]); x != nil && x == s[0] {
			return newHardSwish(x)
		}
		if x := clippedToSix(times(s[1], 1.0/6)); x != nil && x == s[0] {
			return newHardSwish(x)
		}
	}
	return nil
}

func newHardSwish(x *graph.Value) *fused {
	return &fused{op: "HardSwish", version: 14, inputs: []*graph.Value{x}}
}

// clippedToSix returns x if v is x + 3 clipped to between 0 and 6, and nil otherwise.
func clippedToSix(v *graph.Value) *graph.Value {
	c := from(v, "Clip")
	if c == nil {
		return nil
	}
	if c.Version < 11 {
		if c.Float("min", 1) != 0 || c.Float("max", 1) != 6 {
			return nil
		}
	} else if !isNumber(c.In(1), 0) || !isNumber(c.In(2), 6) {
		return nil
	}
	return plus(c.In(0), 3)
}

// hardSigmoid returns x if v is HardSigmoid of x with slope 1/6 and offset 1/2, and nil otherwise.
func hardSigmoid(v *graph.Value) *graph.Value {
	h := from(v, "HardSigmoid")
	if h == nil {
		return nil
	}
	if a := h.Float("alpha", 0.2) - 1.0/6; a > 1e-6 || a < -1e-6 || h.Float("beta", 0.5) != 0.5 {
		return nil
	}
	return h.In(0)
}
