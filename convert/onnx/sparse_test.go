package onnx

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/pollard-dev/pollard/convert/onnx/internal/onnxpb"
	"github.com/pollard-dev/pollard/graph"
)

var golden = flag.Bool("golden", false, "write testdata/sparse.onnx again")

func always(*graph.Value) bool { return true }

// withWeight returns a model y = x w for a vector, a matrix or any other w.
func withWeight(t testing.TB, w *graph.Tensor) *graph.Model {
	t.Helper()
	m := graph.NewModel(17)
	g := m.Graph
	x, err := g.NewValue("x")
	if err != nil {
		t.Fatal(err)
	}
	x.Type = graph.TensorType(graph.Float32, graph.Shape{graph.Size(1), graph.Size(64)})
	g.AddInput(x)
	y := g.Fresh("y")
	y.Type = graph.TensorType(graph.Float32, graph.Shape{graph.Size(1), graph.Size(8)})
	if _, err := g.NewNode("MatMul", "", 1, []*graph.Value{x, g.AddConst("w", w)}, []*graph.Value{y}); err != nil {
		t.Fatal(err)
	}
	g.Outputs = []*graph.Value{y}
	return m
}

// sparsely encodes m with the selected initializers sparse.
func sparsely(t testing.TB, m *graph.Model, may func(*graph.Value) bool) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "m.onnx")
	if err := Write(context.Background(), path, m, WriteOptions{Sparse: may}); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Whatever the type and the density, contents come back to the last bit, and the smaller form is
// chosen.
func TestSparseWhereThatIsSmaller(t *testing.T) {
	for _, d := range []graph.DType{graph.Float32, graph.Float16, graph.Float64, graph.Int8, graph.Complex64, graph.Bool} {
		size, last := d.Bits()/8, 0
		for kept := 0; kept <= 512; kept += 23 {
			raw := make([]byte, 512*size)
			for i := range kept {
				raw[(i*511%512)*size+i%size] = 1 // in any byte of the element
			}
			tensor, err := graph.FromRaw(d, []int{64, 8}, raw)
			if err != nil {
				t.Fatal(err)
			}
			m := withWeight(t, tensor)
			dense, have := sparsely(t, m, nil), sparsely(t, m, always)
			if len(have) > len(dense) {
				t.Fatalf("%v, %d not zero: sparse takes %d bytes, dense %d", d, kept, len(have), len(dense))
			}
			p := messageOf(t, have).Graph
			if len(p.SparseInitializer) == 0 {
				if kept*(size+8) < 512*size-100 {
					t.Errorf("%v, %d not zero: not written sparse", d, kept)
				}
				mustEqual(t, messageOf(t, dense).Graph, p)
				continue
			}
			if last = kept; p.SparseInitializer[0].Values.Dims[0] != int64(kept) || p.SparseInitializer[0].Values.GetName() != "w" {
				t.Errorf("%v: want %d values of w, have %v", d, kept, p.SparseInitializer[0].Values.Dims)
			}
			read, err := Decode("sparse", have)
			if err != nil {
				t.Fatal(err)
			}
			if w := read.Graph.Value("w").Const; w.DType() != d || !bytes.Equal(w.Raw(), raw) {
				t.Errorf("%v, %d not zero: other contents are read back", d, kept)
			}
			if again := sparsely(t, read, nil); !bytes.Equal(again, have) {
				t.Errorf("%v, %d not zero: what was read sparse is written otherwise", d, kept)
			}
		}
		if last == 0 || last*(size+8) >= 512*size {
			t.Errorf("%v: the densest that was written sparse has %d elements that are not zero", d, last)
		}
	}
}

func TestMinusZeroIsKept(t *testing.T) {
	raw := make([]byte, 512*4)
	raw[7] = 0x80
	tensor, err := graph.FromRaw(graph.Float32, []int{64, 8}, raw)
	if err != nil {
		t.Fatal(err)
	}
	read, err := Decode("sparse", sparsely(t, withWeight(t, tensor), always))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(read.Graph.Value("w").Const.Raw(), raw) {
		t.Error("minus zero became zero")
	}
}

// Initializers that are not weights, that the reader would not expand, or that have no bytes of
// their own stay dense.
func TestStaysDense(t *testing.T) {
	m := withWeight(t, graph.NewTensor(graph.Float32, 64, 8))
	if p := messageOf(t, sparsely(t, m, func(v *graph.Value) bool { return v.Name != "w" })); len(p.Graph.SparseInitializer) != 0 {
		t.Error("written sparse though it must not be")
	}
	for name, tensor := range map[string]*graph.Tensor{
		"more than is made dense": graph.NewTensor(graph.Uint8, freeDense+1),
		"strings":                 graph.NewTensor(graph.String, 1000),
		"half bytes":              graph.NewTensor(graph.Int4, 1000),
		"16 bytes":                graph.NewTensor(graph.Complex128, 1000),
		"a scalar":                graph.NewTensor(graph.Float64),
		"nothing":                 graph.NewTensor(graph.Float32, 0, 1000),
	} {
		if values, at := nonZeros(tensor); values != nil || at != nil {
			t.Errorf("%s: has a sparse form", name)
		}
	}
}

// Sparse initializers came with IR version 6. An older model is raised to it and no longer declares
// its weights as inputs.
func TestSparseNeedsItsVersion(t *testing.T) {
	old := `ir_version: 3 opset_import { version: 9 } graph { input { name: "x" } input { name: "w" } initializer { name: "w" dims: 1000 data_type: 1 raw_data: "` +
		string(bytes.Repeat([]byte(`\000`), 4000)) + `" } node { op_type: "Mul" input: "x" input: "w" output: "y" } output { name: "y" } }`
	m := decoded(t, parse(t, old))
	mustEqual(t, parse(t, old), messageOf(t, sparsely(t, m, func(*graph.Value) bool { return false })))
	mustEqual(t, parse(t, `ir_version: 6 opset_import { version: 9 } graph { input { name: "x" } node { op_type: "Mul" input: "x" input: "w" output: "y" } output { name: "y" }
		sparse_initializer { dims: 1000 values { name: "w" data_type: 1 dims: 0 raw_data: "" } indices { dims: 0 data_type: 7 raw_data: "" } } }`),
		messageOf(t, sparsely(t, m, always)))
}

// Values and indices lie outside of the message if weights do, and the form survives that too.
func TestSparseInExternalData(t *testing.T) {
	raw := make([]byte, 8192*4)
	for i := 0; i < 8192; i += 10 {
		raw[4*i] = byte(i) | 1
	}
	tensor, err := graph.FromRaw(graph.Float32, []int{64, 128}, raw)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "m.onnx")
	o := WriteOptions{Sparse: always, ExternalThreshold: 1000}
	if err := Write(context.Background(), path, withWeight(t, tensor), o); err != nil {
		t.Fatal(err)
	}
	mustHoldOnly(t, filepath.Dir(path), "m.onnx", "m.onnx.data")
	f, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if w := f.Model.Graph.Value("w").Const; !bytes.Equal(w.Raw(), raw) {
		t.Error("other contents are read back")
	}
	for _, threshold := range []int64{0, 1000} { // into the message, and into other external data
		again := filepath.Join(t.TempDir(), "n.onnx")
		if err := Write(context.Background(), again, f.Model, WriteOptions{ExternalThreshold: threshold}); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(again)
		if err != nil {
			t.Fatal(err)
		}
		s := messageOf(t, b).Graph.SparseInitializer
		if len(s) != 1 || isExternal(s[0].Values) != (threshold > 0) || isExternal(s[0].Indices) != (threshold > 0) {
			t.Errorf("threshold %d: %d sparse initializers, external where they should not be or the other way", threshold, len(s))
		}
	}
}

// Subgraphs have initializers too, and their documentation stays.
func TestSparseInSubgraphs(t *testing.T) {
	weights := &onnxpb.TensorProto{Name: new("thin"), DocString: new("kept"), Dims: []int64{1000}, DataType: new(int32(1)), RawData: make([]byte, 4000)}
	p := parse(t, `ir_version: 8 opset_import { version: 17 } graph { input { name: "c" type { tensor_type { elem_type: 9 shape { } } } }
		node { op_type: "If" input: "c" output: "y"
			attribute { name: "then_branch" type: GRAPH g { node { op_type: "Identity" input: "thin" output: "a" } output { name: "a" } } }
			attribute { name: "else_branch" type: GRAPH g { node { op_type: "Identity" input: "thin" output: "b" } output { name: "b" } } } }
		output { name: "y" } }`)
	for _, a := range p.Graph.Node[0].Attribute {
		a.G.Initializer = []*onnxpb.TensorProto{proto.CloneOf(weights)}
	}
	m := decoded(t, p)
	for _, a := range messageOf(t, sparsely(t, m, always)).Graph.Node[0].Attribute {
		if s := a.G.SparseInitializer; len(s) != 1 || s[0].Values.GetDocString() != "kept" {
			t.Errorf("%s: %v", a.GetName(), s)
		}
	}
}

// The file that ONNX Runtime reads in fixtures/peers: w[i][j] = i-j for every ninth element of 64 x
// 8.
func TestSparseFileIsTheOneThatPeersRead(t *testing.T) {
	w := make([]float32, 64*8)
	for i := 0; i < len(w); i += 9 {
		w[i] = float32(i/8 - i%8)
	}
	have := sparsely(t, withWeight(t, graph.TensorOf(w, 64, 8)), always)
	if *golden {
		if err := os.WriteFile("testdata/sparse.onnx", have, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	mustContain(t, "testdata/sparse.onnx", string(have))
}
