package graph

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// everything uses each part of the syntax that the IR has room for.
const everything = `# a comment
< ir_version: 8, producer_name: "dropped", opset_import: ["" : 13, "com.x" : 1],
  metadata_props: ["author" : "a \"quoted\" \\ name"] >
"main graph" (float[N,3,H,W] x, int64[?,"2*N"] ids, float a, float[] b, float[2] w = {0.5, -1}) => (float[N] y, z, x)
< float[2,2] k = {1, -0, 1e-40, inf}, # contents
  int8[3] i = {-128, 0, 127}, bool[2] t = {0, 1}, float16[2] h = {15360, 64512}, string[2] s = {"a", "b # no comment"},
  double d = {0.1}, uint64[1] u = {18446744073709551615}, int4[3] n = {-8, 7, -1}, uint2[5] q = {0, 1, 2, 3, 1},
  complex64[1] c = {1.5, -2}, float[0,3] none = {}, float[N,"/conv1/out_0"] "/conv1/Conv_output_0" >
{
   [conv1] "/conv1/Conv_output_0" = Conv <strides = [1,1], auto_pad = "VALID", alpha = 1.0, beta: float = 2, many = [0.5, 1], none: ints = []> (x, w, )
   p, "", r = com.x.Split(x, , "onnx::Conv_12")
   y = If (b) <then_branch = yes () => (float[N] o) { o = Relu("/conv1/Conv_output_0") },
      else_branch = "the other" () => (float[N] o) <float[1] o = {2}> {},
      bodies = [one () => () {}, two () => () {}]>
   z = Constant <value = int64[2] {1, 2}, list = [float {1}, float {nan}], texts = ["a", "b"]> ()
   "float" = "my.domain"."Op-3"(y)
}
`

func TestParseReadsEverything(t *testing.T) {
	text := strings.ReplaceAll(everything, `"com.x" : 1]`, `"com.x" : 1, "my.domain" : 2]`)
	text = strings.ReplaceAll(text, `, , "onnx::Conv_12")`, `, , b)`)
	m, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	g := m.Graph
	if g.Name != "main graph" || m.Opsets["com.x"] != 1 || m.Metadata[0].Value != `a "quoted" \ name` {
		t.Errorf("header: have %q, %v, %v", g.Name, m.Opsets, m.Metadata)
	}
	for name, want := range map[string]string{
		"x": "float[N,3,H,W]", "ids": "int64[?,2*N]", "a": "float[]", "b": "float[...]", "y": "float[N]", "z": "undefined[...]",
		"w": "float[2]", "n": "int4[3]", "/conv1/Conv_output_0": "float[N,/conv1/out_0]",
	} {
		if v := g.Value(name); v == nil || v.Type.String() != want {
			t.Errorf("value %q: have %v, want type %s", name, v, want)
		}
	}
	if two := g.Value("ids").Type.Shape[1]; two != Size(2).Mul(Symbol("N")) {
		t.Errorf("the extent 2*N is %#v", two)
	}
	k := Data[float32](g.Value("k").Const)
	if k[0] != 1 || math.Float32bits(k[1]) != 1<<31 || k[2] != 1e-40 || !math.IsInf(float64(k[3]), 1) {
		t.Errorf("contents of k: have %v", k)
	}
	if raw := g.Value("n").Const.Raw(); raw[0] != 0x78 || raw[1] != 0x0f {
		t.Errorf("int4 {-8, 7, -1}: have bytes % x, want 78 0f: low bits first", raw)
	}
	conv := g.Nodes[0]
	if conv.Name != "conv1" || conv.Version != 13 || len(conv.Inputs()) != 2 || conv.Float("beta", 0) != 2 ||
		conv.Attr("many").Floats[1] != 1 || conv.Attr("none").Kind != AttrInts {
		t.Errorf("conv: have %+v", conv)
	}
	split := g.Nodes[1]
	if split.Domain != "com.x" || split.Out(1) != nil || split.Out(2).Name != "r" || split.In(1) != nil || split.In(2).Name != "b" {
		t.Errorf("split: have %+v", split)
	}
	yes := g.Nodes[2].Attr("then_branch").Graph
	if yes.Outer != g || yes.Nodes[0].In(0) != g.Value("/conv1/Conv_output_0") || len(g.Nodes[2].Attr("bodies").Graphs) != 2 {
		t.Errorf("branch: have %+v", yes)
	}
	last := g.Nodes[4]
	if last.Domain != "my.domain" || last.Op != "Op-3" || last.Out(0).Name != "float" {
		t.Errorf("quoted operator: have %s %v", last.OpName(), last.Out(0))
	}
	roundTrip(t, m)
}

// fataler is what *testing.T and *rapid.T share.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// roundTrip parses what Text writes and compares.
func roundTrip(t fataler, m *Model) {
	t.Helper()
	text := m.Text()
	back, err := Parse(text)
	if err != nil {
		t.Fatalf("Parse of Text: %v\n%s", err, text)
	}
	if err := Diff(m, back); err != nil {
		t.Fatalf("Parse(Text(m)) is another model: %v\n%s", err, text)
	}
	if again := back.Text(); again != text {
		t.Fatalf("the text changes:\n%s\n%s", text, again)
	}
}

func TestTextIsWhatPeopleRead(t *testing.T) {
	m, err := Parse(`<ir_version:8,opset_import:["":13]>g(float[N,2]x)=>(float[N,1]y)<float[2,1]w={0.5,3},float[N,2]h>{h=Relu(x)[last]y=Gemm<alpha=2.0>(h,w)}`)
	if err != nil {
		t.Fatal(err)
	}
	want := `<
   ir_version: 8,
   opset_import: ["" : 13]
>
g (float[N,2] x) => (float[N,1] y)
<float[2,1] w = {0.5, 3},
 float[N,2] h>
{
   h = Relu(x)
   [last] y = Gemm<alpha = 2.0>(h, w)
}
`
	if have := m.Text(); have != want {
		t.Errorf("have\n%s\nwant\n%s", have, want)
	}
	short := m.textWith(textOptions{maxElems: 1, noTypes: true})
	if !strings.Contains(short, "<float[2,1] w = {...}>\n") {
		t.Errorf("shortened: have\n%s", short)
	}
	if _, err := Parse(short); err == nil || !strings.Contains(err.Error(), "were left out") {
		t.Errorf("a shortened text: have error %v", err)
	}
}

func TestParseErrors(t *testing.T) {
	head := `<ir_version: 8, opset_import: ["" : 13]> `
	deep := strings.Repeat("g () => () { = If() <b = ", maxNesting+1)
	for _, c := range []struct{ text, want string }{
		{"", `1:1: want the name of a graph, have the end`},
		{"g", `1:2: want "(", have the end`},
		{"g () => ()\n  {\n  y = Relu(x) }", `3:5: operator Relu: its domain "" is not in opset_import`},
		{"<ir: 8> g () => () {}", `1:2: want a key of the model's header such as ir_version or opset_import, have ir`},
		{`<opset_import: ["" : 1, "ai.onnx" : 2]> g () => () {}`, `1:25: domain "" is imported twice`},
		{head + "g () => () { y = Relu(x) }", `1:64: input "x" is read before anything computes it`},
		{head + "g (float x) => (y) { }", `1:58: output "y": nothing computes it`},
		{head + "g (float x, float x) => () {}", `1:60: duplicate value name "x"`},
		{head + "g (float x) => () { x = Relu(x) }", `duplicate value name "x"`},
		{head + "g () => () <float h> {}", `value "h": want contents or a node that computes it, have neither`},
		{head + "g () => () <float[2] w = {1}> {}", `float[2]: want 2 elements, have 1`},
		{head + "g () => () <float[N] w = {1}> {}", `contents: want a type with numbers for extents, have float[N]`},
		{head + "g () => () <float[] w = {1}> {}", `have float[...]`},
		{head + "g () => () <float[4611686018427387904,4611686018427387904] w = {}> {}", `want a type with numbers for extents`},
		{head + "g () => () <int8[1] w = {128}> {}", `want a number of type int8, have 128`},
		{head + "g () => () <uint4[1] w = {16}> {}", `want a number of type uint4, have 16`},
		{head + "g () => () <float[1] w = {1e39}> {}", `want a number of type float, have 1e39`},
		{head + "g () => () <bool[1] w = {2}> {}", `want a number of type bool, have 2`},
		{head + "g () => () <float[1] w = {1}, float[1] w = {1}> {}", `value "w" has contents already`},
		{head + `g () => () <float w = ["location" : "f"]> {}`, `external data is not supported`},
		{head + "g () => () <w = {1}> {}", `contents of "w": want a type before its name`},
		{head + "g (optional(float) x) => () {}", `want ")", have float`},
		{head + "g () => () { = A<a = []>() }", `attribute a: want a type for an empty list`},
		{head + "g () => () { = A<a = [1, \"b\"]>() }", `attribute a is a list of ints: want one more, have a string`},
		{head + "g () => () { = A<a: int = 1.5>() }", `attribute a is not of type int`},
		{head + "g () => () { = A<a: int = [1]>() }", `attribute a: want one int, have a list`},
		{head + "g () => () { = A<a: no = 1>() }", `want an attribute's type such as int or floats, have no`},
		{head + "g () => () { = A<a = 1, a = 2>() }", `attribute "a" appears twice`},
		{head + "g () => () { = A<a = @b>() }", `want a number, a string, a tensor or a graph, have "@"`},
		{head + "g () => () { = A<a = 99999999999999999999>() }", `want an attribute (a whole number of at most 64 bits)`},
		{head + "g () => () { = A:() }", `want an overload, have "("`},
		{head + "g () => () {} f (x) => (y) {}", `output "y": nothing computes it`},
		{head + "g () => () {} f (x) => (x) {} f (x) => (x) {}", `function f is defined twice`},
		{head + "g () => () {} f <a, a = 1> (x) => (x) {}", `function f: attribute "a": want a name of its own`},
		{head + "g () => () {} f <a = @b> (x) => (x) {}", `function f: attribute a has another one for its default`},
		{head + "g () => () {} f (x) => (x) <float w = {1}> {}", `function f: its body has initializers`},
		{head + "g () => () {} f (x) => (y) { y = Relu(x) }", `operator Relu: its domain "" is not in opset_import`},
		{head + "g () => () {} <name: 1> f (x) => (y) {}", `want a key of the function's header such as domain or opset_import, have name`},
		{head + "g () => () {} <domain: \"d\"", `want ">", have the end`},
		{head + "g () => () { \"never closed", `want the closing quote of this string, have the end`},
		{head + "g () => () { $", `want a word, a number, a string or punctuation, have "$"`},
		{head + deep, `want graphs nested at most 64 deep`},
	} {
		_, err := Parse(c.text)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.120s\nhave error %v\nwant %s", c.text, err, c.want)
		}
	}
}

func TestAnyNameSurvivesTheText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
			"float", "seq", "inf", "NaN", "undefined", "x", "/conv1/Conv_output_0", "onnx::Conv_12", `a"b\c`, "1", "\n#", "é", "\xff",
		}))
		m := NewModel(13)
		m.Graph.Name = name.Draw(t, "graph")
		domain := plainDomain(name.Draw(t, "domain"))
		m.Opsets[domain] = 13
		in, err := m.Graph.NewValue("i" + name.Draw(t, "input"))
		if err != nil {
			t.Fatal(err)
		}
		m.Graph.AddInput(in)
		in.Type = TensorType(Float32, Shape{Symbol("s" + name.Draw(t, "symbol")), Unknown, Size(-1)})
		out, err := m.Graph.NewValue("o" + name.Draw(t, "output"))
		if err != nil {
			t.Fatal(err)
		}
		n, err := m.Graph.NewNode(strings.ReplaceAll(name.Draw(t, "operator"), ".", "_"), domain, 13,
			[]*Value{nil, in, nil}, []*Value{nil, out}, StringAttr(name.Draw(t, "attribute"), name.Draw(t, "string")))
		if err != nil {
			t.Fatal(err)
		}
		n.Name = name.Draw(t, "node")
		m.Metadata = []Property{{name.Draw(t, "key"), name.Draw(t, "value")}}
		roundTrip(t, m)
	})
}

func TestAnyTensorSurvivesTheText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := DType(rapid.IntRange(1, len(dtypes)-1).Draw(t, "type"))
		if d == String {
			t.Skip("strings are among the names")
		}
		x := drawTensor(t, d)
		m := NewModel(13)
		m.Graph.AddConst("w", x)
		back, err := Parse(m.Text())
		if err != nil {
			t.Fatal(err)
		}
		y := back.Graph.Value("w").Const
		if hasNaN(x) { // text knows one NaN only
			return
		}
		if err := diffTensors(x, y); err != nil {
			t.Fatalf("%v: % x and % x", err, x.Raw(), y.Raw())
		}
	})
}

// drawTensor makes a tensor of any bits of type d. Unused bits of the last byte are zero and bools are 0 or 1.
func drawTensor(t *rapid.T, d DType) *Tensor {
	shape := rapid.SliceOfN(rapid.IntRange(0, 3), 0, 3).Draw(t, "shape")
	n, _ := count(shape)
	raw := []byte{}
	for i := range n {
		bits := d.Bits()
		if d == Complex128 {
			raw = appendBits(raw, 64, i, rapid.Uint64().Draw(t, "real"))
			bits = 64
		}
		v := rapid.Uint64().Draw(t, "bits")
		if d == Bool {
			v &= 1
		}
		raw = appendBits(raw, bits, i, v)
	}
	x, err := FromRaw(d, shape, raw)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func hasNaN(x *Tensor) bool {
	size := x.DType().Bits()
	switch x.DType() {
	case Complex64:
		size = 32
	case Complex128:
		size = 64
	case Float32, Float64:
	default:
		return false
	}
	for i := range len(x.Raw()) * 8 / size {
		v := bitsAt(x.Raw(), size, i)
		if size == 32 && math.IsNaN(float64(math.Float32frombits(uint32(v)))) || size == 64 && math.IsNaN(math.Float64frombits(v)) {
			return true
		}
	}
	return false
}

func FuzzParse(f *testing.F) {
	f.Add(everything)
	f.Add(`<ir_version: 8, opset_import: ["" : 13]> g (float[N,"2*N"] x) => (y) <float[1] w = {1}> { [n] y = Add<a = [1, 2]>(x, w) }`)
	f.Fuzz(func(t *testing.T, text string) {
		m, err := Parse(text)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("the error has more than one line: %q", err)
			}
			return
		}
		back, err := Parse(m.Text())
		if err != nil {
			t.Fatalf("Parse of Text: %v\n%s", err, m.Text())
		}
		if back.Text() != m.Text() {
			t.Fatalf("the text changes:\n%s\n%s", m.Text(), back.Text())
		}
	})
}
