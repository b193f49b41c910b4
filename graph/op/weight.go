package op

import (
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// IsWeight reports whether v holds weights: constant floating-point numbers, or integers that some operator takes for
// quantized real numbers. Shapes, axes, zero points and the like are not weights.
func IsWeight(v *graph.Value) bool {
	if v.Const == nil {
		return false
	}
	return v.Const.DType().IsFloat() || v.Const.DType().IsInt() && slices.ContainsFunc(v.Uses(), func(u graph.Use) bool {
		d := Lookup(u.Node)
		return d != nil && slices.Contains(d.Quantized, u.Index)
	})
}
