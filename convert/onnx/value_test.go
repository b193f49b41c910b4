package onnx

import (
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/pollard-dev/pollard/graph"
)

// number returns a TensorProto of one int8.
func number(x byte) []byte {
	b := protowire.AppendVarint(protowire.AppendTag(nil, 2, protowire.VarintType), uint64(graph.Int8))
	return protowire.AppendBytes(protowire.AppendTag(b, 9, protowire.BytesType), []byte{x})
}

// within returns a message of the given kind that holds the messages in one field.
func within(field protowire.Number, messages ...[]byte) []byte {
	b := protowire.AppendVarint(protowire.AppendTag(nil, 2, protowire.VarintType), 1)
	for _, m := range messages {
		b = protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), m)
	}
	return b
}

func TestDecodeSequencesAndOptionals(t *testing.T) {
	if s, err := decodeSequence(within(3, number(5), number(7))); err != nil || len(s.Items()) != 2 || graph.Data[int8](s.Items()[1])[0] != 7 {
		t.Errorf("a sequence: %v, %v", s, err)
	}
	if s, err := decodeSequence(within(3)); err != nil || s.DType() != graph.Sequence || s.Len() != 0 {
		t.Errorf("an empty sequence: %v, %v", s, err)
	}
	if o, err := decodeOptional(within(3)); err != nil || o.DType() != graph.None {
		t.Errorf("nothing: %v, %v", o, err)
	}
	if o, err := decodeOptional(within(3, number(9))); err != nil || graph.Data[int8](o)[0] != 9 {
		t.Errorf("a tensor: %v, %v", o, err)
	}
	if o, err := decodeOptional(within(5, within(3, number(9)))); err != nil || len(o.Items()) != 1 {
		t.Errorf("a sequence: %v, %v", o, err)
	}
	for name, b := range map[string][]byte{
		"maps":              within(6, number(1)),
		"a torn tensor":     within(3, []byte{0x4a, 0x7f}),
		"a torn message":    {0x1a, 0x7f},
		"a tag without end": {0xff},
	} {
		if _, err := decodeSequence(b); err == nil {
			t.Errorf("a sequence of %s: want an error", name)
		}
		if _, err := decodeOptional(b); err == nil {
			t.Errorf("an optional of %s: want an error", name)
		}
	}
}
