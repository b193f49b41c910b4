package graph

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// textOptions says what textWith leaves out, so that people can read the text.
type textOptions struct {
	// maxElems is the number of elements up to which a tensor's contents are written, or 0 for no bound. Longer ones are
	// {...}, which Parse rejects.
	maxElems int
	// noTypes leaves out the types of values other than inputs, outputs and initializers.
	noTypes bool
}

// Text writes the model in ONNX's text form (https://onnx.ai/onnx/repo-docs/Syntax.html). The same model always gives
// the same text, and Parse gives the same model again. Names that are not identifiers are quoted. What the text form
// cannot express is left out: Extra, and versions of nodes other than the imported version of their domain. An attribute
// of unknown kind is written so that Parse rejects it.
func (m *Model) Text() string { return m.textWith(textOptions{}) }

// textWith is Text with some things left out.
func (m *Model) textWith(o textOptions) string {
	w := &writer{textOptions: o}
	w.header(m)
	if m.Graph != nil {
		w.graph(m.Graph, "")
		w.WriteByte('\n')
	}
	for _, f := range m.Functions {
		w.function(f)
	}
	return w.String()
}

type writer struct {
	strings.Builder
	textOptions
}

func (w *writer) printf(format string, args ...any) { fmt.Fprintf(w, format, args...) }

func (w *writer) header(m *Model) {
	w.printf("<\n   ir_version: %d", m.IRVersion)
	w.opsets(m.Opsets)
	if len(m.Metadata) > 0 {
		w.printf(",\n   metadata_props: [")
		for i, p := range m.Metadata {
			w.printf("%s%s : %s", comma(i), quoted(p.Key), quoted(p.Value))
		}
		w.printf("]")
	}
	w.printf("\n>\n")
}

// opsets writes the line of a header that lists the versions in force.
func (w *writer) opsets(versions map[string]int) {
	w.printf(",\n   opset_import: [")
	for i, domain := range slices.Sorted(maps.Keys(versions)) {
		w.printf("%s%s : %d", comma(i), quoted(domain), versions[domain])
	}
	w.printf("]")
}

// graph writes g, with indent before each of its lines but the first.
func (w *writer) graph(g *Graph, indent string) {
	w.printf("%s ", id(g.Name))
	w.body(g, indent)
}

// body writes g without its name.
func (w *writer) body(g *Graph, indent string) {
	w.printf("(")
	for i, v := range g.Inputs {
		w.printf("%s%s", comma(i), declare(v))
	}
	w.printf(") => (")
	for i, v := range g.Outputs {
		w.printf("%s%s", comma(i), declare(v))
	}
	w.printf(")")
	w.values(g, indent)
	w.printf("{\n")
	for _, n := range g.Nodes {
		w.node(n, indent+"   ")
	}
	w.printf("%s}", indent)
}

// values writes the initializers of g and the types of its other values.
func (w *writer) values(g *Graph, indent string) {
	begin := "\n" + indent + "<"
	for _, v := range g.Initializers {
		w.printf("%s%s %s = ", begin, typeText(TypeOf(v.Const)), id(v.Name))
		w.contents(v.Const)
		begin = ",\n" + indent + " "
	}
	if !w.noTypes {
		for _, n := range g.Nodes {
			for _, v := range n.outputs {
				if v == nil || v.IsOutput() || (v.Type.DType == Undefined && v.Type.Shape == nil) {
					continue
				}
				w.printf("%s%s", begin, declare(v))
				begin = ",\n" + indent + " "
			}
		}
	}
	if begin[0] == ',' {
		w.printf(">\n%s", indent)
	} else {
		w.printf(" ")
	}
}

// node writes one line, or several if an attribute is a subgraph. Attributes then come after the inputs.
func (w *writer) node(n *Node, indent string) {
	w.printf("%s", indent)
	if n.Name != "" {
		w.printf("[%s] ", id(n.Name))
	}
	for i, v := range n.outputs {
		w.printf("%s%s", comma(i), idOf(v))
	}
	w.printf(" = ")
	if n.Domain != "" {
		w.printf("%s.", qualifiedID(n.Domain))
	}
	w.printf("%s", id(n.Op))
	if n.Overload != "" {
		w.printf(":%s", id(n.Overload))
	}
	subgraphs := len(n.Subgraphs()) > 0
	if !subgraphs {
		w.attrs(n, indent)
	}
	w.printf("(")
	for i, v := range n.inputs {
		w.printf("%s%s", comma(i), idOf(v))
	}
	w.printf(")")
	if subgraphs {
		w.attrs(n, indent)
	}
	w.printf("\n")
}

func (w *writer) attrs(n *Node, indent string) {
	if len(n.Attrs) == 0 {
		return
	}
	w.printf("<")
	for i, a := range n.Attrs {
		w.printf("%s%s", comma(i), id(a.Name))
		w.attr(a, indent)
	}
	w.printf(">")
}

// attr writes the value of a, after its name. Only an empty list needs its type.
func (w *writer) attr(a *Attr, indent string) {
	if a.Ref != "" {
		if a.Kind != AttrOpaque {
			w.printf(": %s", attrTypeName(a.Kind))
		}
		w.printf(" = @%s", id(a.Ref))
		return
	}
	n := 1
	one := func(int) { w.printf("?") } // for kinds that have no text
	switch a.Kind {
	case AttrFloat:
		one = func(int) { w.printf("%s", floatText(a.Float)) }
	case AttrInt:
		one = func(int) { w.printf("%d", a.Int) }
	case AttrString:
		one = func(int) { w.printf("%s", quoted(a.String)) }
	case AttrTensor:
		one = func(int) { w.tensor(a.Tensor) }
	case AttrGraph:
		one = func(int) { w.graph(a.Graph, indent+"   ") }
	case AttrFloats:
		n, one = len(a.Floats), func(i int) { w.printf("%s", floatText(a.Floats[i])) }
	case AttrInts:
		n, one = len(a.Ints), func(i int) { w.printf("%d", a.Ints[i]) }
	case AttrStrings:
		n, one = len(a.Strings), func(i int) { w.printf("%s", quoted(a.Strings[i])) }
	case AttrTensors:
		n, one = len(a.Tensors), func(i int) { w.tensor(a.Tensors[i]) }
	case AttrGraphs:
		n, one = len(a.Graphs), func(i int) { w.graph(a.Graphs[i], indent+"   ") }
	}
	if !isListKind(a.Kind) {
		w.printf(" = ")
		one(0)
		return
	}
	if n == 0 {
		w.printf(": %s", attrTypeName(a.Kind))
	}
	w.printf(" = [")
	for i := range n {
		w.printf("%s", comma(i))
		one(i)
	}
	w.printf("]")
}

func comma(i int) string {
	if i == 0 {
		return ""
	}
	return ", "
}

// declare returns a value's name, preceded by its type if that is known.
func declare(v *Value) string {
	if v.Type.DType == Undefined && v.Type.Shape == nil {
		return id(v.Name)
	}
	return typeText(v.Type) + " " + id(v.Name)
}

// typeText returns a type in the text form, in which a scalar has no brackets and an unknown rank empty ones.
func typeText(t Type) string {
	if t.DType == None {
		return "optional()"
	}
	if t.DType == Sequence {
		if t.Item == nil || t.Item.DType == Undefined && t.Item.Shape == nil {
			return "seq()"
		}
		return "seq(" + typeText(*t.Item) + ")"
	}
	if t.Shape == nil {
		return t.DType.String() + "[]"
	}
	if len(t.Shape) == 0 {
		return t.DType.String()
	}
	dims := make([]string, len(t.Shape))
	for i, d := range t.Shape {
		dims[i] = d.String()
		if d.Named() && !d.Known() {
			dims[i] = id(dims[i])
		}
	}
	return t.DType.String() + "[" + strings.Join(dims, ",") + "]"
}

// floatText returns the shortest text that reads back as f and not as a whole number.
func floatText(f float32) string {
	s := numberText(float64(f), 32)
	if !strings.ContainsAny(s, ".en") {
		s += ".0"
	}
	return s
}

func idOf(v *Value) string {
	if v == nil {
		return `""`
	}
	return id(v.Name)
}

// id returns a name as the text form writes it: quoted unless it is an identifier that means nothing else.
func id(name string) string {
	for i := range len(name) {
		if c := name[i]; !isLetter(c) && (i == 0 || !isDigit(c)) {
			return quoted(name)
		}
	}
	if name == "" || isTypeWord(name) || isFloatWord(token{kind: identToken, text: name}) {
		return quoted(name)
	}
	return name
}

// qualifiedID returns a dotted name, quoted as a whole if a part of it must be.
func qualifiedID(name string) string {
	for _, part := range strings.Split(name, ".") {
		if id(part) != part {
			return quoted(name)
		}
	}
	return name
}

// quoted returns s as the lexer reads it back.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
