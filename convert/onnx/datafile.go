package onnx

import (
	"github.com/pollard-dev/pollard/convert/onnx/internal/onnxpb"
	"github.com/pollard-dev/pollard/graph"
)

// minExternal is the size in bytes from which a tensor goes to external data.
const minExternal = 1024

// dataFile plans a file of external data: contents, and zeros between them.
type dataFile struct {
	location string // the name in the model
	contents pieces
}

// takes reports whether the contents of t go to the file. A nil file takes nothing.
func (d *dataFile) takes(t *graph.Tensor) bool {
	return d != nil && t.DType() != graph.String && graph.RawLen(t.DType(), t.Len()) >= minExternal
}

// Alignments of offsets. A view of elements in the mapped file needs the alignment of its element
// type, and systems that map large contents separately need multiples of at most 64 KiB.
const (
	align      = 64
	alignLarge = 64 << 10
	large      = 1 << 20
)

var zeros [alignLarge]byte

// place appends contents and returns the entries that locate them.
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
