package onnx

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

const functions = `ir_version: 10 opset_import { version: 18 } opset_import { domain: "local" version: 1 }
	graph { name: "g" input { name: "x" type { tensor_type { elem_type: 1 shape { dim { dim_value: 2 } } } } } output { name: "y" }
		node { name: "c" domain: "local" op_type: "f" overload: "o" input: "x" output: "y" attribute { name: "k" type: FLOAT f: 2 } } }
	functions { name: "f" domain: "local" overload: "o" doc_string: "said" metadata_props { key: "a" value: "b" } input: "a" output: "b" attribute: "k"
		attribute_proto { name: "beta" type: FLOAT f: 0.25 doc_string: "kept" } opset_import { version: 18 }
		node { op_type: "Elu" input: "a" output: "e" doc_string: "kept" attribute { name: "alpha" type: FLOAT ref_attr_name: "k" } }
		node { op_type: "HardSigmoid" input: "e" output: "h" attribute { name: "beta" ref_attr_name: "beta" } }
		node { op_type: "Constant" output: "w" attribute { name: "value" type: TENSOR t { data_type: 1 dims: 2 CONTENTS } } }
		node { op_type: "Mul" input: "h" input: "w" output: "b" }
		value_info { name: "e" type { tensor_type { elem_type: 1 shape { dim { dim_param: "N" } } } } } }`

func withContents(contents string) string {
	const mark = "CONTENTS"
	for i := range functions {
		if functions[i:min(i+len(mark), len(functions))] == mark {
			return functions[:i] + contents + functions[i+len(mark):]
		}
	}
	return functions
}

func TestFunctionsAreReadAndWritten(t *testing.T) {
	want := parse(t, withContents(`raw_data: "\000\000\200?\000\000\000@"`))
	m := decoded(t, want)
	mustEqual(t, want, encoded(t, m))

	// The text describes the same model, and the encoder writes it.
	again, err := graph.Parse(m.Text())
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []*graph.Model{again, decoded(t, encoded(t, again))} {
		if err := graph.Diff(m, n); err != nil {
			t.Errorf("%v\n%s\n%s", err, m.Text(), n.Text())
		}
	}

	inlined, _ := m.Clone()
	if _, err := inlined.InlineCalls(nil); err != nil {
		t.Fatal(err)
	}
	p := encoded(t, inlined)
	if len(p.Functions) != 0 || len(p.OpsetImport) != 1 || len(p.Graph.Node) != 4 || p.Graph.Node[0].GetDocString() != "kept" {
		t.Errorf("with calls replaced have %v", p)
	}
	alpha, beta := p.Graph.Node[0].Attribute[0], p.Graph.Node[1].Attribute[0]
	if alpha.GetName() != "alpha" || alpha.GetF() != 2 || alpha.RefAttrName != nil || beta.GetF() != 0.25 || beta.RefAttrName != nil {
		t.Errorf("attributes are %v and %v", alpha, beta)
	}
	mustEqual(t, want, encoded(t, m)) // and it is still what was read
}

// Weights inside functions go where those of the graph go.
func TestFunctionsHaveExternalData(t *testing.T) {
	text := withContents(`data_location: EXTERNAL external_data { key: "location" value: "w.bin" }`)
	dir := folder(t, map[string]string{"m.onnx": string(bytesOf(t, parse(t, text))), "w.bin": "\x00\x00\x80?\x00\x00\x00@"})
	f, err := Read(filepath.Join(dir, "m.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if have := graph.Data[float32](f.Model.Functions[0].Body.Nodes[2].Attr("value").Tensor); have[1] != 2 {
		t.Errorf("have %v", have)
	}
	other := filepath.Join(t.TempDir(), "n.onnx")
	if err := Write(context.Background(), other, f.Model, WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	g, err := Read(other)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	if err := graph.Diff(f.Model, g.Model); err != nil {
		t.Error(err)
	}
}

func TestFunctionsThatCannotBe(t *testing.T) {
	head := `ir_version: 10 opset_import { version: 18 } graph { } functions { name: "f" opset_import { version: 18 } `
	for text, want := range map[string]string{
		`node { op_type: "Relu" input: "x" output: "y" } }`: `function 0 "f": node "y" (Relu): input 0 "x": nothing computes it`,
		`output: "y" }`: `function 0 "f": output "y": nothing computes it`,
		`} functions { name: "f" domain: "ai.onnx" }`: `function f is defined twice`,
		`opset_import { version: 17 } }`:              `function 0 "f": opset of domain "" is imported as version 18 and as 17`,
		`attribute: "a" attribute: "a" }`:             `function f: attribute "a": want a name of its own`,
	} {
		_, err := Decode("m", bytesOf(t, parse(t, head+text)))
		mustFail(t, err, "m: "+want)
	}
	// Domains that the function does not import itself have the model's version.
	m := decoded(t, parse(t, `ir_version: 8 opset_import { version: 15 } graph { } functions { name: "f" output: "y" node { op_type: "Constant" output: "y" } }`))
	if have := m.Functions[0].Body.Nodes[0].Version; have != 15 {
		t.Errorf("version %d", have)
	}
}
