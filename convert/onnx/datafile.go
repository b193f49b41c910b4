package onnx

import (
	"github.com/pollard-dev/pollard/convert/onnx/internal/onnxpb"
	"github.com/pollard-dev/pollard/graph"
)

// minExternal is the size in bytes below which a tensor stays in the message.
const minExternal = 1024

// dataFile plans a file of external data: contents and the zeros between them.
type dataFile struct {
	location string // the name that goes into the model
	contents pieces
}

// takes reports whether t's contents go to the file. A nil one takes nothing.
func (d *dataFile) takes(t *graph.Tensor) bool {
	return d != nil && t.DType() != graph.String && graph.RawLen(t.DType(), t.Len()) >= minExternal
}

// Alignments of offsets: an element view of the mapped file wants its own
// size, and systems map large contents by themselves at multiples of 64 KiB at most.
const (
	align      = 64
	alignLarge = 64 << 10
	large      = 1 << 20
)

var zeros [alignLarge]byte

// place adds contents and says where they lie.
func (d *dataFile) place(raw []byte) []*onnxpb.StringStringEntryProto {
	to := int64(align)
	if len(raw) >= large {
		to = alignLarge
	}
	d.contents.add(zeros[:(to-d.contents.size%to)%to])
	at := d.contents.size
	d.contents.add(raw)
	return []*onnxpb.StringStringEntryProto{
		entry("location", d.location), intEntry("offset", at), intEntry("length", int64(len(raw))),
	}
}
