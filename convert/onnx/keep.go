package onnx

import (
	"google.golang.org/protobuf/proto"
)

// keepUnknown copies the fields of p that the format's definition does not know to q.
func keepUnknown(q, p proto.Message) {
	if u := p.ProtoReflect().GetUnknown(); len(u) > 0 {
		q.ProtoReflect().SetUnknown(u)
	}
}

// keep is the optional field that reads as v: the one there was, if it does, so
// that an absent field and an empty one stay what they are.
func keep[T comparable](was *T, v T) *T {
	var zero T
	if was == nil && v == zero || was != nil && *was == v {
		return was
	}
	return &v
}

func keepInt32(was *int32, v int32) *int32 { return keep(was, v) }
