package graph

import "slices"

// SequenceOf makes the value of a sequence type: a Tensor of one axis whose elements are
// tensors. That it is a Tensor lets everything that carries values carry sequences too (runs,
// feeds, visitors, operators), and whoever looks at the element type refuses it as any type
// that it does not know.
func SequenceOf(items ...*Tensor) *Tensor {
	return &Tensor{dtype: Sequence, shape: []int{len(items)}, n: len(items), typed: slices.Clone(items)}
}

// Nothing makes the value of an optional type that holds nothing.
func Nothing() *Tensor { return &Tensor{dtype: None, shape: []int{0}} }

// Items is the tensors of a sequence, nil for any other tensor. The caller must not change the slice.
func (t *Tensor) Items() []*Tensor {
	items, _ := t.typed.([]*Tensor)
	return items
}

// SequenceType is the type of a sequence of that many items, for each of which item holds.
func SequenceType(item Type, length Dim) Type {
	item.Elems = nil // would be those of one item
	return Type{DType: Sequence, Shape: Shape{length}, Item: &item}
}

// ItemType is what is known of every item of a sequence; the zero Type when nothing is.
func (t Type) ItemType() Type {
	if t.Item == nil {
		return Type{}
	}
	return *t.Item
}

// Same reports whether both types say the same, known elements aside. Unlike Shape.Equal
// it takes unknown for the same as unknown. How long a sequence is counts as
// its elements do.
func (t Type) Same(u Type) bool {
	if t.DType != u.DType {
		return false
	}
	if t.DType == Sequence {
		return t.ItemType().Same(u.ItemType())
	}
	return (t.Shape == nil) == (u.Shape == nil) && slices.Equal(t.Shape, u.Shape)
}

// Join is what both types say: it holds for a value that has either.
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

// joinShapes keeps the extents that are the same in both.
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
