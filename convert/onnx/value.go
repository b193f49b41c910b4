package onnx

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/pollard-dev/pollard/graph"
)

// DecodeValue reads the contents of v, an input or output of a graph, from the message that ONNX's
// test data stores for its declared type: a TensorProto, a SequenceProto or an OptionalProto.
func DecodeValue(b []byte, v *graph.Value) (*graph.Tensor, error) {
	if v.Type.DType == graph.Sequence {
		return decodeSequence(b)
	}
	if isOptional(v) {
		return decodeOptional(b)
	}
	t, err := DecodeTensor(b)
	if err != nil {
		return nil, err
	}
	if v.Type.DType == graph.BFloat16 && t.DType() == graph.Uint16 {
		return graph.FromRaw(graph.BFloat16, t.Shape(), t.Raw()) // NumPy has no bfloat16, and ONNX up to 1.12 stored its bits
	}
	return t, nil
}

// isOptional reports whether v, an input or output of a graph, was declared as an optional.
func isOptional(v *graph.Value) bool {
	x, ok := v.Extra.(*valueExtra)
	if !ok {
		return false
	}
	for _, p := range append(x.outputs[:len(x.outputs):len(x.outputs)], x.input) {
		if p.GetType().GetOptionalType() != nil {
			return true
		}
	}
	return false
}

// Fields of SequenceProto and OptionalProto (onnx/onnx-data.proto) that hold tensors (repeated in a
// sequence) and sequences. Field 2 is the element type of either.
const (
	tensorsField  = 3
	sequenceField = 5
)

// decodeSequence reads a SequenceProto of tensors.
func decodeSequence(b []byte) (*graph.Tensor, error) {
	var items []*graph.Tensor
	err := eachField(b, func(field protowire.Number, contents []byte) error {
		if field != tensorsField {
			return fmt.Errorf("only sequences of tensors are supported")
		}
		t, err := DecodeTensor(contents)
		items = append(items, t)
		return err
	})
	return graph.SequenceOf(items...), err
}

// decodeOptional reads an OptionalProto of a tensor, of a sequence of tensors, or of nothing.
func decodeOptional(b []byte) (*graph.Tensor, error) {
	t := graph.Nothing()
	err := eachField(b, func(field protowire.Number, contents []byte) (err error) {
		switch field {
		case tensorsField:
			t, err = DecodeTensor(contents)
		case sequenceField:
			t, err = decodeSequence(contents)
		default:
			err = fmt.Errorf("only optionals of a tensor or of a sequence of tensors are supported")
		}
		return err
	})
	return t, err
}

// eachField calls f with the contents of every nested message of b. It skips the name, the one
// other field of that wire type.
func eachField(b []byte, f func(field protowire.Number, contents []byte) error) error {
	const nameField = 1
	for len(b) > 0 {
		field, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return protowire.ParseError(n)
		}
		size := protowire.ConsumeFieldValue(field, kind, b[n:])
		if size < 0 {
			return protowire.ParseError(size)
		}
		if kind == protowire.BytesType && field != nameField {
			contents, _ := protowire.ConsumeBytes(b[n:])
			if err := f(field, contents); err != nil {
				return err
			}
		}
		b = b[n+size:]
	}
	return nil
}
