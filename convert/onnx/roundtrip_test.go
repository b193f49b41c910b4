package onnx

import (
	"bytes"
	"os"
	"testing"

	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protopath"
	"google.golang.org/protobuf/reflect/protorange"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/pollard-dev/pollard/convert/onnx/internal/onnxpb"
	"github.com/pollard-dev/pollard/graph"
)

// everything returns the model of testdata/everything.txtpb.
func everything(t testing.TB) *onnxpb.ModelProto {
	t.Helper()
	text, err := os.ReadFile("testdata/everything.txtpb")
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, string(text))
}

// parse parses a model in the text form of protobuf.
func parse(t testing.TB, text string) *onnxpb.ModelProto {
	t.Helper()
	m := &onnxpb.ModelProto{}
	if err := prototext.Unmarshal([]byte(text), m); err != nil {
		t.Fatal(err)
	}
	return m
}

func bytesOf(t testing.TB, m proto.Message) []byte {
	t.Helper()
	b, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// decoded returns the graph of m.
func decoded(t testing.TB, m *onnxpb.ModelProto) *graph.Model {
	t.Helper()
	g, err := Decode("test", bytesOf(t, m))
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Check(); err != nil {
		t.Fatal(err)
	}
	return g
}

// encoded returns the message that m is written as.
func encoded(t testing.TB, m *graph.Model) *onnxpb.ModelProto {
	t.Helper()
	b, err := Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	return messageOf(t, b)
}

// mustEqual compares messages and prints both if they differ.
func mustEqual(t testing.TB, want, have proto.Message) {
	t.Helper()
	if !proto.Equal(want, have) {
		t.Fatalf("want:\n%s\nhave:\n%s", prototext.Format(want), prototext.Format(have))
	}
}

func TestEverythingSurvives(t *testing.T) {
	want := everything(t)
	m := decoded(t, want)
	mustEqual(t, want, encoded(t, m))

	clone, _ := m.Clone()
	mustEqual(t, want, encoded(t, clone))
}

// A reader of an older version must pass on what a newer one wrote.
func TestUnknownFieldsSurvive(t *testing.T) {
	want := everything(t)
	next := 0
	err := protorange.Range(want.ProtoReflect(), func(p protopath.Values) error {
		v, ok := p.Index(-1).Value.Interface().(protoreflect.Message)
		if !ok {
			return nil
		}
		next++
		field := protowire.AppendTag(nil, 1000, protowire.BytesType)
		v.SetUnknown(protowire.AppendBytes(field, []byte{byte(next), byte(next >> 8)}))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if next < 100 {
		t.Fatalf("only %d messages were marked", next)
	}
	mustEqual(t, want, encoded(t, decoded(t, want)))
}

// Cutting raw_data out must give what the protobuf library gives by itself.
func TestSplitDecodingIsPlainDecoding(t *testing.T) {
	b := bytesOf(t, everything(t))
	m, err := unmarshal(bytes.Clone(b))
	if err != nil {
		t.Fatal(err)
	}
	mustEqual(t, messageOf(t, b), m)

	// A message may come in parts, which readers merge; the last raw_data counts.
	first := &onnxpb.ModelProto{Graph: &onnxpb.GraphProto{Initializer: []*onnxpb.TensorProto{{RawData: []byte("first")}}}}
	second := &onnxpb.ModelProto{Graph: &onnxpb.GraphProto{Initializer: []*onnxpb.TensorProto{{RawData: []byte("second")}}}}
	b = append(bytesOf(t, first), bytesOf(t, second)...)
	if m, err = unmarshal(b); err != nil {
		t.Fatal(err)
	}
	mustEqual(t, messageOf(t, b), m)
}

// Contents are not copied: they lie in the bytes that were read.
func TestTensorsViewTheirBytes(t *testing.T) {
	b := bytesOf(t, everything(t))
	m, err := Decode("test", b)
	if err != nil {
		t.Fatal(err)
	}
	raw := m.Graph.Value("w").Const.Raw()
	at := bytes.Index(b, raw)
	for ; at >= 0 && &b[at] != &raw[0]; at++ {
		next := bytes.Index(b[at+1:], raw)
		if next < 0 {
			at = -2
			break
		}
		at += next
	}
	if at < 0 {
		t.Fatal("the contents of w are a copy")
	}
}

// Contents that look like a stand-in are still contents.
func TestContentsThatLookLikeStandIns(t *testing.T) {
	for _, raw := range []string{`\000\000\000\000\000\000\000\000`, `\001\000\000\000\000\000\000\000`} {
		want := parse(t, `ir_version: 8 opset_import { version: 17 }
			functions { name: "f" domain: "d" node { op_type: "Constant" attribute { name: "value" type: TENSOR t { data_type: 7 raw_data: "`+raw+`" } } } }
			graph { initializer { name: "w" data_type: 7 raw_data: "`+raw+`" } output { name: "w" } }`)
		mustEqual(t, want, encoded(t, decoded(t, want)))
	}
}

func TestEncodeIsDeterministic(t *testing.T) {
	m := decoded(t, everything(t))
	m.Opsets["z"], m.Opsets["y"], m.Opsets["x"] = 1, 2, 3
	first, err := Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if again, err := Encode(m); err != nil || !bytes.Equal(first, again) {
			t.Fatalf("the same model gave other bytes (%v)", err)
		}
	}
}
