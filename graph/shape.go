package graph

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pollard-dev/pollard/graph/memory"
)

// Shape is the extents of a tensor's axes. A nil Shape means that the rank is unknown; an empty non-nil one is a
// scalar's.
type Shape []Dim

// ShapeOf returns a Shape of known extents.
func ShapeOf(dims ...int) Shape {
	s := make(Shape, len(dims))
	for i, d := range dims {
		s[i] = Size(d)
	}
	return s
}

// Known reports whether the rank is known and every extent is a number.
func (s Shape) Known() bool {
	return s != nil && !slices.ContainsFunc(s, func(d Dim) bool { return !d.Known() })
}

// Ints returns the extents as numbers; ok is false unless all are numbers.
func (s Shape) Ints() (dims []int, ok bool) {
	if !s.Known() {
		return nil, false
	}
	dims = make([]int, len(s))
	for i, d := range s {
		dims[i], _ = d.Value()
	}
	return dims, true
}

// Elems is the number of elements: the product of the extents.
func (s Shape) Elems() Dim {
	if s == nil {
		return Unknown
	}
	n := Size(1)
	for _, d := range s {
		n = n.Mul(d)
	}
	return n
}

// Count is the number of elements in 64 bits; known is false unless all extents are numbers. A product that overflows or
// has a negative factor is math.MaxInt64.
func (s Shape) Count() (n int64, known bool) {
	if !s.Known() {
		return 0, false
	}
	n = 1
	for _, d := range s {
		n = memory.Product(n, int64(d.factor))
	}
	return n, true
}

// Equal reports whether both shapes are known to be the same.
func (s Shape) Equal(t Shape) bool {
	return s != nil && t != nil && slices.EqualFunc(s, t, Dim.Equal)
}

// Clone returns a copy of s, which is nil if s is.
func (s Shape) Clone() Shape { return slices.Clone(s) }

// String returns "[N,96,7,7]", "[]" for a scalar, or "[...]" if the rank is unknown.
func (s Shape) String() string {
	if s == nil {
		return "[...]"
	}
	parts := make([]string, len(s))
	for i, d := range s {
		parts[i] = d.String()
	}
	return "[" + strings.Join(parts, ",") + "]"
}

// Type is what is known of a value before anything runs.
type Type struct {
	DType DType // Undefined if unknown, and for values that are not tensors
	Shape Shape
	// Elems holds what is known of the elements of small integer or bool tensors of rank 0 or 1: what Shape, Gather and
	// Concat compute about other shapes. It is nil if nothing is known. Otherwise it has one Dim for each element,
	// Unknown where that is not known. Bools are 0 or 1.
	Elems []Dim
	// Item holds what is known of each item of a Sequence; nil if nothing is. The Shape of a Sequence has one axis: the
	// number of items.
	Item *Type
}

// TensorType is a Type without known elements.
func TensorType(d DType, s Shape) Type { return Type{DType: d, Shape: s} }

// Bytes is the size of such a tensor; known is false if an extent or the element type is unknown, and for sequences. A
// size that overflows is math.MaxInt64. A string counts as its Go header.
func (t Type) Bytes() (n int64, known bool) {
	if n, known = t.Shape.Count(); !known {
		return 0, false
	}
	switch bits := int64(t.DType.Bits()); {
	case t.DType == String:
		return memory.Product(n, 16), true
	case bits == 0:
		return 0, false
	case bits < 8:
		return n/(8/bits) + min(1, n%(8/bits)), true
	default:
		return memory.Product(n, bits/8), true
	}
}

// Hold returns an error if a tensor of type t, called what, has a known size that exceeds the memory limit of the
// process.
func (t Type) Hold(what string) error {
	if n, known := t.Bytes(); known {
		return memory.Hold(what+" "+t.String(), n)
	}
	return nil
}

// String returns a text like "float[N,96]".
func (t Type) String() string {
	if t.DType == Sequence {
		return "seq(" + t.ItemType().String() + ")"
	}
	return t.DType.String() + t.Shape.String()
}

// MaxElems bounds the integer tensors whose elements a Type carries. Shapes are short; anything longer is data.
const MaxElems = 64

// TypeOf is the Type of a constant.
func TypeOf(t *Tensor) Type {
	typ := Type{DType: t.DType(), Shape: ShapeOf(t.Shape()...)}
	if t.DType() == Sequence {
		for i, x := range t.Items() {
			item := TypeOf(x)
			if i > 0 {
				item = Join(*typ.Item, item)
			}
			typ.Item = &item
		}
		return typ
	}
	if t.Len() > MaxElems || len(t.Shape()) > 1 || (!typ.DType.IsInt() && typ.DType != Bool) {
		return typ
	}
	ints, ok := Ints(t)
	if !ok {
		return typ
	}
	typ.Elems = make([]Dim, len(ints))
	for i, v := range ints {
		typ.Elems[i] = Size64(v)
	}
	return typ
}

// ElemsKnown reports whether every element of the value is a number.
func (t Type) ElemsKnown() bool {
	return t.Elems != nil && !slices.ContainsFunc(t.Elems, func(d Dim) bool { return !d.Known() })
}

// count multiplies extents. It rejects negative ones, and products that overflow.
func count(dims []int) (int, error) {
	const max = int(^uint(0) >> 1)
	n := 1
	zero := false
	for _, d := range dims {
		if d < 0 {
			return 0, fmt.Errorf("shape %v: negative dimension", dims)
		}
		if d == 0 {
			zero = true
			continue
		}
		if n > max/d {
			return 0, fmt.Errorf("shape %v: number of elements overflows", dims)
		}
		n *= d
	}
	if zero {
		return 0, nil
	}
	return n, nil
}
