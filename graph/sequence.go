package graph

import "slices"

// SequenceOf returns a value of a sequence type: a Tensor of one axis whose elements are tensors. Since it is a Tensor,
// everything that carries values (runs, feeds, visitors, operators) carries sequences too. Code that examines the
// element type rejects it like any other type that it does not support.
func SequenceOf(items ...*Tensor) *Tensor {
	return &Tensor{dtype: Sequence, shape: []int{len(items)}, n: len(items), typed: slices.Clone(items)}
}

// Nothing returns the value of an optional type that holds nothing.
func Nothing() *Tensor { return &Tensor{dtype: None, shape: []int{0}} }

// Items returns the tensors of a sequence, or nil for any other tensor. The caller must not change the slice.
func (t *Tensor) Items() []*Tensor {
	items, _ := t.typed.([]*Tensor)
	return items
}

// SequenceType is the type of a sequence of length items of type item.
func SequenceType(item Type, length Dim) Type {
	item.Elems = nil // would be those of one item
	return Type{DType: Sequence, Shape: Shape{length}, Item: &item}
}

// ItemType returns what is known of every item of a sequence, or the zero Type if nothing is.
func (t Type) ItemType() Type {
	if t.Item == nil {
		return Type{}
	}
	return *t.Item
}

// Same reports whether both types say the same, apart from known elements. Unlike Shape.Equal it takes unknown extents
// as equal. The length of a sequence counts as known elements do.
func (t Type) Same(u Type) bool {
	if t.DType != u.DType {
		return false
	}
	if t.DType == Sequence {
		return t.ItemType().Same(u.ItemType())
	}
	return (t.Shape == nil) == (u.Shape == nil) && slices.Equal(t.Shape, u.Shape)
}

// Join returns what both types have in common: it holds for a value of either type.
func Join(a, b Type) Type {
	if a.DType != b.DType {
		return Type{}
	}
	shape := joinShapes(a.Shape, b.Shape)
	if a.DType == Sequence {
		switch {
		case len(a.Shape) == 1 && a.Shape[0].Is(0): // an empty sequence has items of any type
			return Type{DType: Sequence, Shape: shape, Item: b.Item}
		case len(b.Shape) == 1 && b.Shape[0].Is(0):
			return Type{DType: Sequence, Shape: shape, Item: a.Item}
		}
		item := Join(a.ItemType(), b.ItemType())
		return Type{DType: Sequence, Shape: shape, Item: &item}
	}
	t := TensorType(a.DType, shape)
	if a.Elems != nil && len(a.Elems) == len(b.Elems) && len(a.Shape) == len(b.Shape) {
		t.Elems = joinShapes(a.Elems, b.Elems)
	}
	return t
}

// joinShapes keeps the extents that are equal in both.
func joinShapes(a, b Shape) Shape {
	if a == nil || b == nil || len(a) != len(b) {
		return nil
	}
	s := a.Clone()
	for i := range s {
		if !a[i].Equal(b[i]) {
			s[i] = Unknown
		}
	}
	return s
}
