package onnx

import (
	"bytes"
	"os"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/pollard-dev/pollard/convert/onnx/internal/onnxpb"
)

// FuzzDecode decodes arbitrary bytes. Nothing may panic. What can be read is read as the protobuf
// library reads it, passes the graph's own check, and is written back unchanged.
func FuzzDecode(f *testing.F) {
	text, err := os.ReadFile("testdata/everything.txtpb")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(bytesOf(f, parse(f, string(text))))
	f.Add(bytesOf(f, parse(f, opset17+`graph { input { name: "x" type { tensor_type { elem_type: 1 shape { dim { dim_param: "N" } } } } }
		initializer { name: "w" dims: [2, 1] data_type: 22 raw_data: "\001" } node { op_type: "MatMul" input: "x" input: "w" output: "y" } output { name: "y" } }`)))
	f.Add(bytesOf(f, parse(f, withContents(`raw_data: "\000\000\200?\000\000\000@"`))))
	f.Add([]byte("\x3a\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		split, err := unmarshal(bytes.Clone(b))
		plain := &onnxpb.ModelProto{}
		if plainErr := proto.Unmarshal(b, plain); (err == nil) != (plainErr == nil) && plainErr == nil && err.Error() != "not a protobuf: graphs nest too deep" {
			t.Fatalf("split: %v, plain: %v", err, plainErr)
		}
		if err == nil && !proto.Equal(plain, split) {
			t.Fatal("cutting raw_data out gave another message")
		}
		m, err := Decode("fuzz", b)
		if err != nil {
			return
		}
		if err := m.Check(); err != nil {
			t.Fatal(err)
		}
		first, err := Encode(m)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Decode("again", first)
		if err != nil {
			t.Fatal(err)
		}
		second, err := Encode(again)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first, second) {
			t.Fatal("written, read and written it is another model")
		}
		if have := messageOf(t, first); inOrder(plain.Graph, have.Graph) && functionsInOrder(plain, have) && !proto.Equal(plain, have) {
			t.Fatalf("an unmodified model is written as another:\n%v\n%v", plain, have)
		}
	})
}

// functionsInOrder is inOrder for the bodies of functions.
func functionsInOrder(a, b *onnxpb.ModelProto) bool {
	for i, f := range a.Functions {
		if !inOrder(&onnxpb.GraphProto{Node: f.Node}, &onnxpb.GraphProto{Node: b.Functions[i].Node}) {
			return false
		}
	}
	return true
}

// inOrder reports whether sorting left the nodes of both graphs, and of their subgraphs, in the
// same order.
func inOrder(a, b *onnxpb.GraphProto) bool {
	if len(a.GetNode()) != len(b.GetNode()) {
		return false
	}
	for i, n := range a.GetNode() {
		m := b.Node[i]
		if !proto.Equal(&onnxpb.NodeProto{Output: n.Output, OpType: n.OpType, Input: n.Input}, &onnxpb.NodeProto{Output: m.Output, OpType: m.OpType, Input: m.Input}) || len(n.Attribute) != len(m.Attribute) {
			return false
		}
		for j, x := range n.Attribute {
			y := m.Attribute[j]
			if len(x.Graphs) != len(y.Graphs) || !inOrder(x.G, y.G) {
				return false
			}
			for k := range x.Graphs {
				if !inOrder(x.Graphs[k], y.Graphs[k]) {
					return false
				}
			}
		}
	}
	return true
}
