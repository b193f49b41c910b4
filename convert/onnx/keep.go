package onnx

import (
	"google.golang.org/protobuf/proto"
)

// keepUnknown copies to q the fields of p that our definition of the format does not have.
func keepUnknown(q, p proto.Message) {
	if u := p.ProtoReflect().GetUnknown(); len(u) > 0 {
		q.ProtoReflect().SetUnknown(u)
	}
}

// keep returns old if it reads as v, else a new field, so that an absent field and an empty one
// stay what they are.
func keep[T comparable](old *T, v T) *T {
	var zero T
	if old == nil && v == zero || old != nil && *old == v {
		return old
	}
	return &v
}

func keepInt32(old *int32, v int32) *int32 { return keep(old, v) }
