package onnx

import (
	"testing"

	"google.golang.org/protobuf/encoding/prototext"

	"github.com/pollard-dev/pollard/graph"
)

// An edited model is written in its current state: the edit cuts a Conv from 4 channels to 3, drops
// a node and inserts another.
func TestEditedModelIsWrittenAsItIsNow(t *testing.T) {
	before := parse(t, opset17+`
		producer_name: "p" metadata_props { key: "old" value: "1" } metadata_props { key: "stays" value: "2" }
		graph {
			name: "g"
			input { name: "x" type { tensor_type { elem_type: 1 shape { dim { dim_param: "batch size" denotation: "B" } dim { dim_value: 1 } dim { dim_value: 1 } dim { } } } } }
			initializer { name: "w" doc_string: "weights" dims: [4, 1, 1, 1] data_type: 1 float_data: [1, 2, 3, 4] }
			initializer { name: "same" dims: 1 data_type: 1 float_data: 8 }
			node { name: "conv" doc_string: "first" op_type: "Conv" input: "x" input: "w" output: "c" attribute { name: "group" type: INT i: 1 doc_string: "groups" } attribute { name: "pads" type: INTS ints: [0, 0, 0, 0] } }
			node { name: "drop" op_type: "Dropout" input: "c" output: "d" }
			node { name: "add" op_type: "Add" input: "d" input: "same" output: "y" }
			output { name: "y" type { tensor_type { elem_type: 1 shape { dim { dim_param: "batch size" denotation: "B" } dim { dim_value: 4 denotation: "C" } dim { dim_param: "h2" } dim { dim_value: 5 } } } } }
			value_info { name: "c" doc_string: "features" type { tensor_type { elem_type: 1 shape { dim { } dim { dim_value: 4 } dim { } dim { } } } } }
			value_info { name: "d" type { tensor_type { elem_type: 1 } } }
			quantization_annotation { tensor_name: "d" } quantization_annotation { tensor_name: "c" }
		}`)
	m := decoded(t, before)
	g := m.Graph
	conv, drop, add := g.Nodes[0], g.Nodes[1], g.Nodes[2]
	n := g.Value("x").Type.Shape[0]

	g.SetConst(g.Value("w"), graph.TensorOf([]float32{1, 2, 3}, 3, 1, 1, 1))
	conv.SetAttr(graph.IntAttr("group", 0))
	conv.Attr("pads").Ints[1] = 1
	g.Value("c").Type = graph.TensorType(graph.Float32, graph.Shape{n, graph.Size(3), graph.Size(1), graph.Unknown})
	relu, err := g.NewNode("Relu", "", 17, []*graph.Value{g.Value("c")}, []*graph.Value{g.Fresh("r")})
	if err != nil {
		t.Fatal(err)
	}
	relu.Name = "relu"
	add.SetInput(0, relu.Out(0))
	if err := g.Remove(drop); err != nil {
		t.Fatal(err)
	}
	if err := g.Sort(); err != nil {
		t.Fatal(err)
	}
	g.Value("y").Type.Shape = graph.Shape{n, graph.Size(3), graph.Symbol("h").Add(graph.Size(2)), graph.Unknown}
	m.Metadata = append(m.Metadata[1:], graph.Property{Key: "new", Value: "3"})
	m.Opsets["com.example"] = 1

	want := parse(t, `ir_version: 8 opset_import { version: 17 } opset_import { domain: "com.example" version: 1 }
		producer_name: "p" metadata_props { key: "stays" value: "2" } metadata_props { key: "new" value: "3" }
		graph {
			name: "g"
			input { name: "x" type { tensor_type { elem_type: 1 shape { dim { dim_param: "batch size" denotation: "B" } dim { dim_value: 1 } dim { dim_value: 1 } dim { } } } } }
			initializer { name: "w" doc_string: "weights" dims: [3, 1, 1, 1] data_type: 1 raw_data: "\000\000\200?\000\000\000@\000\000@@" }
			initializer { name: "same" dims: 1 data_type: 1 float_data: 8 }
			node { name: "conv" doc_string: "first" op_type: "Conv" input: "x" input: "w" output: "c" attribute { name: "group" type: INT i: 0 } attribute { name: "pads" type: INTS ints: [0, 1, 0, 0] } }
			node { name: "relu" op_type: "Relu" input: "c" output: "r" }
			node { name: "add" op_type: "Add" input: "r" input: "same" output: "y" }
			output { name: "y" type { tensor_type { elem_type: 1 shape { dim { dim_param: "batch size" denotation: "B" } dim { dim_value: 3 denotation: "C" } dim { dim_param: "h2" } dim { } } } } }
			value_info { name: "c" doc_string: "features" type { tensor_type { elem_type: 1 shape { dim { dim_param: "batch size" } dim { dim_value: 3 } dim { dim_value: 1 } dim { } } } } }
			quantization_annotation { tensor_name: "c" }
		}`)
	mustEqual(t, want, encoded(t, m))
	mustEqual(t, before, encoded(t, decoded(t, before))) // the edit did not change the original
}

// The original and a clone share what was read; editing one leaves the other alone.
func TestEditedCloneLeavesTheOriginalAlone(t *testing.T) {
	want := everything(t)
	m := decoded(t, want)
	clone, _ := m.Clone()
	for _, n := range clone.Graph.Nodes {
		for _, a := range n.Attrs {
			a.Name += "!"
			a.Int, a.Float, a.String = 1, 1, "changed"
			for i := range a.Floats {
				a.Floats[i] = 9
			}
			for i := range a.Strings {
				a.Strings[i] = "changed"
			}
		}
		n.Name, n.Domain = n.Name+"!", "changed"
	}
	for _, v := range clone.Graph.Values() {
		if v.Const == nil {
			v.Type = graph.TensorType(graph.Int64, graph.ShapeOf(1, 2, 3))
		} else {
			clone.Graph.SetConst(v, graph.TensorOf([]int64{1}, 1))
		}
	}
	clone.Graph.Name, clone.IRVersion, clone.Metadata = "changed", 9, nil
	changed := encoded(t, clone)
	if changed.Graph.Node[0].GetName() != "k!" || changed.Graph.Node[1].Attribute[2].GetI() != 1 {
		t.Errorf("the edit was not written: %s", prototext.Format(changed.Graph.Node[1]))
	}
	mustEqual(t, want, encoded(t, m))
}

// A model that came from no file is written with its types.
func TestNewModelIsWritten(t *testing.T) {
	m := graph.NewModel(17)
	g := m.Graph
	x, err := g.NewValue("x")
	if err != nil {
		t.Fatal(err)
	}
	x.Type = graph.TensorType(graph.Float32, graph.Shape{graph.Symbol("N"), graph.Unknown})
	g.AddInput(x)
	y := g.Fresh("y")
	w := g.AddConst("w", graph.TensorOf([]string{"s"}, 1))
	if _, err := g.NewNode("Op", "com.example", 1, []*graph.Value{x, nil, w}, []*graph.Value{y},
		graph.FloatAttr("f", 0), graph.IntAttr("i", 0), graph.StringAttr("s", ""), graph.IntsAttr("is"),
		graph.TensorAttr("t", graph.TensorOf([]bool{true}))); err != nil {
		t.Fatal(err)
	}
	g.Outputs = []*graph.Value{y}
	m.Opsets["com.example"] = 1
	mustEqual(t, parse(t, `ir_version: 8 opset_import { domain: "" version: 17 } opset_import { domain: "com.example" version: 1 }
		graph { name: "graph"
			input { name: "x" type { tensor_type { elem_type: 1 shape { dim { dim_param: "N" } dim { } } } } }
			initializer { name: "w" dims: 1 data_type: 8 string_data: "s" }
			node { op_type: "Op" domain: "com.example" input: "x" input: "" input: "w" output: "y"
				attribute { name: "f" type: FLOAT f: 0 } attribute { name: "i" type: INT i: 0 } attribute { name: "s" type: STRING s: "" }
				attribute { name: "is" type: INTS } attribute { name: "t" type: TENSOR t { data_type: 9 raw_data: "\001" } } }
			output { name: "y" } }`), encoded(t, m))
}

func TestInconsistentGraphIsNotWritten(t *testing.T) {
	m := decoded(t, everything(t))
	m.Graph.Nodes = m.Graph.Nodes[1:]
	_, err := Encode(m)
	mustFail(t, err, "the graph is inconsistent")
}

// Up to IR version 3 weights had to be declared among the inputs. They are constants all the same,
// and are written as the version requires.
func TestWeightsDeclaredAsInputs(t *testing.T) {
	text := func(ir, inputs, weights string) string {
		return `ir_version: ` + ir + ` opset_import { version: 9 } graph { ` + inputs + weights +
			`node { op_type: "Gemm" input: "x" input: "w" input: "b" output: "y" } output { name: "y" } }`
	}
	const x, w, b = `input { name: "x" } `, `input { name: "w" doc_string: "d" type { tensor_type { elem_type: 1 shape { dim { dim_value: 1 } } } } } `, `input { name: "b" } `
	const weights = `initializer { name: "b" dims: 1 data_type: 1 float_data: 1 } initializer { name: "w" dims: 1 data_type: 1 float_data: 1 } `
	for _, inputs := range []string{w + x + b, b + w + x, x + w + b, x + w, x} { // some files omit some
		want := parse(t, text("3", inputs, weights))
		m := decoded(t, want)
		if g := m.Graph; len(g.Inputs) != 1 || g.Inputs[0].Name != "x" || g.Value("w").IsInput() {
			t.Errorf("%s: want the one input x, have %d", inputs, len(g.Inputs))
		}
		mustEqual(t, want, encoded(t, m))
	}

	m := decoded(t, parse(t, text("3", w+x+b, weights)))
	gemm := m.Graph.Nodes[0]
	gemm.TruncateInputs(2)
	if err := m.Graph.RemoveValue(m.Graph.Value("b")); err != nil {
		t.Fatal(err)
	}
	m.Graph.SetConst(m.Graph.Value("w"), graph.TensorOf([]int8{1, 2}, 2))
	gemm.SetInput(2, m.Graph.AddConst("c", graph.TensorOf([]int8{3}, 1)))
	want := parse(t, `ir_version: 3 opset_import { version: 9 } graph {
		input { name: "w" doc_string: "d" type { tensor_type { elem_type: 3 shape { dim { dim_value: 2 } } } } } input { name: "x" }
		input { name: "c" type { tensor_type { elem_type: 3 shape { dim { dim_value: 1 } } } } }
		initializer { name: "w" dims: 2 data_type: 3 raw_data: "\001\002" } initializer { name: "c" dims: 1 data_type: 3 raw_data: "\003" }
		node { op_type: "Gemm" input: "x" input: "w" input: "c" output: "y" } output { name: "y" } }`)
	mustEqual(t, want, encoded(t, m))

	// From version 4 on such an initializer is a default that may be fed.
	m = decoded(t, parse(t, text("4", w+x+b, weights)))
	if len(m.Graph.Inputs) != 3 || !m.Graph.Value("w").IsInput() {
		t.Errorf("want three inputs, have %d", len(m.Graph.Inputs))
	}
}
