package onnx

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/prototext"

	"github.com/pollard-dev/pollard/graph"
)

// opset17 starts models whose opset does not matter to the test.
const opset17 = "ir_version: 8 opset_import { version: 17 } "

func TestBadModelsAreRefused(t *testing.T) {
	const relu = `node { name: "r" op_type: "Relu" input: "x" output: "y" } `
	const x = `input { name: "x" type { tensor_type { elem_type: 1 } } } `
	for _, c := range []struct{ name, model, want string }{
		{"no graph", opset17, "the model has no graph"},
		{"dangling input", opset17 + `graph { ` + relu + `}`, `node "r" (Relu): input 0 "x": nothing computes it`},
		{"dangling output", opset17 + `graph { ` + x + `output { name: "z" } }`, `output "z": nothing computes it`},
		{"cycle", opset17 + `graph { node { name: "a" op_type: "Relu" input: "p" output: "q" } node { name: "b" op_type: "Relu" input: "q" output: "p" } }`,
			`node "a" (Relu): the graph has a cycle through value "q"`},
		{"cycle through a subgraph", opset17 + `graph { ` + x + `node { name: "if" op_type: "If" input: "x" output: "y"
			attribute { name: "then_branch" type: GRAPH g { output { name: "y" } } } } }`, `node "if" (If): the graph has a cycle`},
		{"two nodes compute a value", opset17 + `graph { ` + x + relu + relu + `}`, `node "r" (Relu): duplicate value name "y"`},
		{"a node computes an input", opset17 + `graph { ` + x + `node { name: "r" op_type: "Relu" input: "x" output: "x" } }`, `duplicate value name "x"`},
		{"a node computes an initializer", opset17 + `graph { ` + x + relu + `initializer { name: "y" data_type: 1 float_data: 1 } }`, `duplicate value name "y"`},
		{"two inputs of a name", opset17 + `graph { ` + x + x + `}`, `input 1: duplicate value name "x"`},
		{"input without a name", opset17 + `graph { input { } }`, `input 0: a value needs a name`},
		{"two initializers of a name", opset17 + `graph { initializer { name: "w" data_type: 1 float_data: 1 } initializer { name: "w" data_type: 1 float_data: 1 } }`,
			`duplicate initializer "w"`},
		{"initializer too short", opset17 + `graph { initializer { name: "w" dims: 3 data_type: 1 raw_data: "12345678" } }`,
			`initializer "w": float[3]: want 12 bytes, have 8`},
		{"initializer too long", opset17 + `graph { initializer { name: "w" dims: 1 data_type: 7 int64_data: [1, 2] } }`,
			`initializer "w": shape [1]: want 1 elements, have 2`},
		{"initializer without contents", opset17 + `graph { initializer { name: "w" dims: 1 data_type: 1 } }`, `want 1 elements, have 0`},
		{"initializer in the wrong field", opset17 + `graph { initializer { name: "w" dims: 1 data_type: 1 int32_data: 1 } }`, `want 1 elements, have 0`},
		{"half a byte missing", opset17 + `graph { initializer { name: "w" dims: 3 data_type: 22 raw_data: "1" } }`, `want 2 bytes, have 1`},
		{"raw strings", opset17 + `graph { initializer { name: "w" dims: 1 data_type: 8 raw_data: "1" } }`, `element type string has no raw form`},
		{"too many elements", opset17 + `graph { initializer { name: "w" dims: [4294967296, 4294967296] data_type: 1 } }`, `number of elements overflows`},
		{"too many bytes", opset17 + `graph { initializer { name: "w" dims: [4611686018427387904] data_type: 11 } }`, `number of elements overflows`},
		{"negative extent", opset17 + `graph { initializer { name: "w" dims: -1 data_type: 1 } }`, `shape [-1]: negative dimension`},
		{"unknown element type", opset17 + `graph { initializer { name: "w" data_type: 99 } }`, `initializer "w": unknown element type 99`},
		{"no element type", opset17 + `graph { initializer { name: "w" } }`, `unknown element type 0`},
		{"declared element type unknown", opset17 + `graph { input { name: "x" type { tensor_type { elem_type: 99 } } } }`, `input "x": unknown element type 99`},
		{"segments", opset17 + `graph { initializer { name: "w" data_type: 1 segment { begin: 0 } } }`, `segments are not supported`},
		{"external data", opset17 + `graph { initializer { name: "w" dims: 1 data_type: 1 data_location: EXTERNAL external_data { key: "location" value: "w.bin" } } }`,
			`external data "w.bin": there is no folder to look for it in`},
		{"no opset", `ir_version: 8 graph { ` + x + relu + `}`, `node "r" (Relu): the model imports no opset of ONNX's own domain`},
		{"two opsets", `ir_version: 8 opset_import { version: 17 } opset_import { domain: "ai.onnx" version: 18 } graph { }`, `is imported as version 17 and as 18`},
		{"opset out of range", `ir_version: 8 opset_import { version: -3 } graph { }`, `version -3 is out of range`},
		{"node without operator", opset17 + `graph { node { name: "n" } }`, `node "n" (): it has no operator`},
		{"attribute twice", opset17 + `graph { node { op_type: "A" attribute { name: "a" i: 1 } attribute { name: "a" i: 1 } } }`, `attribute "a" is given twice`},
		{"attribute without its tensor", opset17 + `graph { node { op_type: "A" attribute { name: "a" type: TENSOR } } }`, `attribute "a": its type is TENSOR and it holds none`},
		{"attribute without its graph", opset17 + `graph { node { op_type: "A" attribute { name: "a" type: GRAPH } } }`, `attribute "a": its type is GRAPH and it holds none`},
		{"sparse index outside", opset17 + `graph { sparse_initializer { dims: 2 values { name: "s" dims: 1 data_type: 1 float_data: 1 } indices { dims: 1 data_type: 7 int64_data: 2 } } }`,
			`sparse initializer "s": index 2 lies outside of 2 elements`},
		{"sparse index outside of its axis", opset17 + `graph { sparse_initializer { dims: [2, 2] values { name: "s" dims: 1 data_type: 1 float_data: 1 } indices { dims: [1, 2] data_type: 7 int64_data: [0, -1] } } }`,
			`index -1 lies outside of axis 1 of shape [2 2]`},
		{"sparse and enormous", opset17 + `graph { sparse_initializer { dims: [20000, 20000] values { name: "s" dims: 0 data_type: 1 } indices { dims: 0 data_type: 7 } } }`,
			`when dense`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Decode("bad.onnx", bytesOf(t, parse(t, c.model)))
			mustFail(t, err, "bad.onnx: ", c.want)
		})
	}
}

// mustFail requires an error of one line that contains the parts.
func mustFail(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("want an error with %q, have none", parts)
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) || strings.Contains(err.Error(), "\n") {
			t.Errorf("want one line with %q, have %q", p, err)
		}
	}
}

func TestBadFilesAreRefused(t *testing.T) {
	good := bytesOf(t, everything(t))
	for _, c := range []struct {
		name, contents, want string
	}{
		{"empty", "", "the file is empty"},
		{"text", "this is not a model, it is a sentence", "not a protobuf"},
		{"pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:b37683630ea06c082b6cee3ef6b093140015b5d8c099ce1f2c7f5e6c75220f03\nsize 3357891\n", "Git LFS pointer"},
		{"zip", "PK\x03\x04\x14\x00\x00\x00", "protobuf"},
		{"wrong message", "\x3a\x05hello", "protobuf"},
		{"cut short", string(good[:len(good)-3]), "cut short"},
		{"cut in half", string(good[:len(good)/2]), "cut short"},
	} {
		path := filepath.Join(t.TempDir(), "bad.onnx")
		if err := os.WriteFile(path, []byte(c.contents), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Read(path)
		mustFail(t, err, path+": ", c.want)
	}
	_, err := Read(filepath.Join(t.TempDir(), "missing.onnx"))
	mustFail(t, err, "missing.onnx: no such file")
	_, err = Read(t.TempDir())
	mustFail(t, err, "is a directory")
}

// A subgraph within a subgraph takes a few bytes; reading must not follow them without end.
func TestDeepNestingIsRefused(t *testing.T) {
	text := ""
	for range 150 {
		text = `node { op_type: "If" attribute { name: "b" type: GRAPH g { ` + text + `} } }`
	}
	b := bytesOf(t, parse(t, opset17+`graph { `+text+`}`))
	_, err := Decode("deep", b)
	mustFail(t, err, "graphs nest too deep")
}

func TestNodesAreSorted(t *testing.T) {
	m := decoded(t, parse(t, opset17+`graph {
		node { name: "last" op_type: "If" input: "x" output: "z" attribute { name: "then_branch" type: GRAPH g {
			node { op_type: "Neg" input: "late" output: "n" } output { name: "n" } } } }
		node { name: "middle" op_type: "Relu" input: "early" output: "late" }
		node { name: "first" op_type: "Relu" input: "x" output: "early" }
		input { name: "x" } output { name: "z" } }`))
	var order []string
	for _, n := range m.Graph.Nodes {
		order = append(order, n.Name)
	}
	if have := strings.Join(order, " "); have != "first middle last" {
		t.Errorf("nodes stand in the order %s", have)
	}
}

func TestVersionsAndAttributesOfOldFiles(t *testing.T) {
	m := decoded(t, parse(t, `ir_version: 1 graph { node { op_type: "A" domain: "other"
		attribute { name: "f" f: 1 } attribute { name: "i" i: 0 } attribute { name: "s" s: "" } attribute { name: "fs" floats: 1 }
		attribute { name: "is" ints: 1 } attribute { name: "ss" strings: "a" } attribute { name: "t" t { data_type: 1 float_data: 1 } }
		attribute { name: "nothing" } }
		node { op_type: "B" domain: "ai.onnx" } }`))
	a, b := m.Graph.Nodes[0], m.Graph.Nodes[1]
	if a.Version != 0 || b.Version != 1 || b.Domain != "" {
		t.Errorf("versions %d and %d, domain %q", a.Version, b.Version, b.Domain)
	}
	want := []graph.AttrKind{graph.AttrFloat, graph.AttrInt, graph.AttrString, graph.AttrFloats, graph.AttrInts, graph.AttrStrings, graph.AttrTensor, graph.AttrOpaque}
	for i, kind := range want {
		if a.Attrs[i].Kind != kind {
			t.Errorf("attribute %s: want kind %d, have %d", a.Attrs[i].Name, kind, a.Attrs[i].Kind)
		}
	}
}

func TestDeclaredTypes(t *testing.T) {
	m := decoded(t, everything(t))
	for name, want := range map[string]string{
		"x": "float[batch%20size,?,?,4]", "w": "float[2]", "cond": "bool[]", "seq": "seq(int64[...])", "untyped": "undefined[...]",
		"y": "float[batch%20size,%326%2AN]", "z": "undefined[...]", "c": "float[?,4]", "t": "float[...]", "thin": "float[2,3]",
	} {
		if have := m.Graph.Value(name).Type.String(); have != want {
			t.Errorf("%s: want %s, have %s", name, want, have)
		}
	}
}

// A symbol may be any text. It must not confuse the arithmetic of graph.Dim, and two names must
// stay different.
func TestSymbols(t *testing.T) {
	names := []string{"N", "batch size", "a*b", "b*a", "a_b", "2", "26*N", "(N+1)", "%20", "é", "N-1", "sequence_length", "?x"}
	seen := map[string]string{}
	for _, name := range names {
		d := symbol(name)
		if other, twice := seen[d.String()]; twice {
			t.Errorf("%q and %q are both %v", name, other, d)
		}
		seen[d.String()] = name
		if back, ok := dimParam(d); !ok || back != name {
			t.Errorf("%q came back as %q", name, back)
		}
		if q, ok := d.Mul(graph.Size(6)).Div(d); !ok || !q.Is(6) {
			t.Errorf("6 %q / %q: want 6, have %v", name, name, q)
		}
		if p, err := graph.ParseDim(d.String()); err != nil || !p.Equal(d) {
			t.Errorf("%q: parsed back as %v", name, p)
		}
	}
	for _, name := range []string{"", "?"} {
		if symbol(name).Named() {
			t.Errorf("%q names something", name)
		}
	}
	n := graph.Symbol("N")
	for _, d := range []graph.Dim{graph.Size(3), graph.Unknown, n.Mul(graph.Size(2)), n.Add(graph.Size(1)), n.Mul(graph.Symbol("M"))} {
		if name, ok := dimParam(d); ok {
			t.Errorf("%v is written as the symbol %q", d, name)
		}
	}
}

func TestSparseInitializersAreDense(t *testing.T) {
	m := decoded(t, everything(t))
	have := graph.Data[float32](m.Graph.Value("thin").Const)
	want := []float32{0, 1.5, 0, 0, 0, 2.5}
	for i := range want {
		if have[i] != want[i] {
			t.Fatalf("want %v, have %v", want, have)
		}
	}
	text := prototext.Format(encoded(t, m).Graph.SparseInitializer[0])
	if !strings.Contains(text, "thin") {
		t.Errorf("not written as sparse: %s", text)
	}
}
