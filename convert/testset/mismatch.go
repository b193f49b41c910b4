package testset

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// Difference returns the first difference of have from want, or nil.
func Difference(have, want *graph.Tensor, tolerance op.Tolerance) *report.Mismatch {
	if have.DType() != want.DType() || !slices.Equal(have.Shape(), want.Shape()) {
		return &report.Mismatch{Want: describe(want), Have: describe(have)}
	}
	for i, item := range want.Items() {
		if d := Difference(have.Items()[i], item, tolerance); d != nil {
			d.Item = &i
			return d
		}
	}
	at := firstMismatch(have, want, tolerance)
	if at < 0 {
		return nil
	}
	return &report.Mismatch{Index: graph.Position(at, want.Shape()), Want: element(want, at), Have: element(have, at)}
}

// describe returns the type and shape of a tensor.
func describe(t *graph.Tensor) string {
	return fmt.Sprintf("%v%v", t.DType(), graph.ShapeOf(t.Shape()...))
}

// firstMismatch returns the index of the first element of have that differs from want by more than
// the tolerance, or -1. Elements that are not floating-point must be equal.
func firstMismatch(have, want *graph.Tensor, tolerance op.Tolerance) int {
	switch want.DType() {
	case graph.String:
		return firstDifferent(graph.Data[string](have), graph.Data[string](want))
	case graph.Float16: // numbers that round differently are one step apart
		tolerance.Rel = max(tolerance.Rel, 1.0/(1<<10))
	case graph.BFloat16: // two units of the last place, as the runner of ONNX 1.23 allows
		tolerance.Rel = max(tolerance.Rel, 1.0/(1<<6))
	}
	h, _ := graph.Floats(have)
	w, ok := graph.Floats(want)
	if !ok || !want.DType().IsFloat() {
		at := firstDifferent(have.Raw(), want.Raw())
		if bits := want.DType().Bits(); at > 0 && bits > 0 {
			at = at * 8 / bits
		}
		return at
	}
	for i := range w {
		same := h[i] == w[i] || math.IsNaN(h[i]) && math.IsNaN(w[i])
		if !same && !(math.Abs(h[i]-w[i]) <= tolerance.Abs+tolerance.Rel*math.Abs(w[i])) {
			return i
		}
	}
	return -1
}

// firstDifferent returns the first index at which two slices of equal length differ, or -1.
func firstDifferent[T comparable](a, b []T) int {
	for i := range b {
		if a[i] != b[i] {
			return i
		}
	}
	return -1
}

// element formats the i-th element, as bytes if its type is not a number in Go.
func element(t *graph.Tensor, i int) string {
	if t.DType() == graph.String {
		return strconv.Quote(graph.Data[string](t)[i])
	}
	if v, ok := graph.Ints(t); ok {
		if t.DType() == graph.Uint64 {
			return strconv.FormatUint(uint64(v[i]), 10)
		}
		return strconv.FormatInt(v[i], 10)
	}
	if v, ok := graph.Floats(t); ok {
		bits := 32
		if t.DType() == graph.Float64 {
			bits = 64
		}
		return strconv.FormatFloat(v[i], 'g', -1, bits)
	}
	width := max(1, t.DType().Bits()/8)
	at := i * t.DType().Bits() / 8
	return fmt.Sprintf("bytes %x", t.Raw()[at:at+width])
}
