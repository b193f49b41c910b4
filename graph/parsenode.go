package graph

import (
	"slices"
	"strings"
)

// node reads one node and adds it to g.
func (p *parser) node(g *Graph) {
	label := ""
	if p.accept("[") {
		label = p.name("a node's name").text
		p.expect("]")
	}
	outs := p.names()
	at := p.tok
	p.expect("=")
	domain, op, overload := p.qualified()
	attrs := p.attributes(g)
	p.expect("(")
	ins := p.names()
	p.expect(")")
	if after := p.tok; p.is("<") {
		if attrs != nil {
			p.failAt(after, "want attributes before or behind the inputs, have both")
		}
		attrs = p.attributes(g)
	}
	if p.err != nil {
		return
	}
	version, ok := p.opsets[domain]
	if !ok {
		p.failAt(at, "operator %s: its domain %s is not in opset_import", op, quoted(domain))
		return
	}
	inputs := make([]*Value, len(ins))
	for i, t := range ins {
		if t.text == "" {
			continue
		}
		if inputs[i] = g.Lookup(t.text); inputs[i] == nil {
			p.failAt(t, "input %s is read before anything computes it", quoted(t.text))
			return
		}
	}
	outputs := make([]*Value, len(outs))
	for i, t := range outs {
		if t.text != "" {
			outputs[i] = p.define(g, t)
		}
	}
	if p.err != nil {
		return
	}
	n, err := g.NewNode(op, domain, version, inputs, outputs, attrs...)
	if err != nil {
		p.failAt(at, "%v", err)
		return
	}
	n.Name, n.Overload = label, overload
}

// names reads the names of a node's inputs or outputs. An omitted one is "" or nothing before a comma. A trailing comma
// is ignored.
func (p *parser) names() []token {
	var names []token
	for p.err == nil {
		t := p.tok
		named := t.kind == identToken || t.kind == stringToken
		if named {
			p.advance()
		} else {
			t = token{at: t.at}
		}
		comma := p.accept(",")
		if named || comma {
			names = append(names, t)
		}
		if !comma {
			break
		}
	}
	return names
}

// qualified reads an operator with its domain before the last dot, and an overload after a colon.
func (p *parser) qualified() (domain, op, overload string) {
	parts := []string{p.name("an operator").text}
	for p.accept(".") {
		parts = append(parts, p.name("an operator").text)
	}
	if p.accept(":") {
		overload = p.name("an overload").text
	}
	last := len(parts) - 1
	return plainDomain(strings.Join(parts[:last], ".")), parts[last], overload
}

// attrTypes are the names of attribute kinds in the text form.
var attrTypes = map[string]AttrKind{
	"float": AttrFloat, "int": AttrInt, "string": AttrString, "tensor": AttrTensor, "graph": AttrGraph,
	"floats": AttrFloats, "ints": AttrInts, "strings": AttrStrings, "tensors": AttrTensors, "graphs": AttrGraphs,
}

// attributes reads a list of attributes in < and >, or nothing.
func (p *parser) attributes(g *Graph) []*Attr {
	var attrs []*Attr
	if !p.accept("<") {
		return nil
	}
	p.list(">", func() {
		name := p.name("an attribute's name")
		a := p.attribute(g, name.text)
		if slices.ContainsFunc(attrs, func(b *Attr) bool { return b.Name == a.Name }) {
			p.failAt(name, "attribute %s appears twice", quoted(a.Name))
		}
		attrs = append(attrs, a)
	})
	return attrs
}

func (p *parser) attribute(g *Graph, name string) *Attr {
	want := AttrOpaque
	if p.accept(":") {
		t := p.name("an attribute's type")
		kind, ok := attrTypes[t.text]
		if !ok && p.err == nil {
			p.failAt(t, "want an attribute's type such as int or floats, have %v", t)
		}
		want = kind
	}
	p.expect("=")
	at := p.tok
	if p.inFunction && p.accept("@") {
		return &Attr{Name: name, Kind: want, Ref: p.name("an attribute's name").text}
	}
	if !p.accept("[") {
		a := p.attrValue(g, want)
		a.Name = name
		if want != AttrOpaque && a.Kind != want {
			p.failAt(at, "attribute %s is not of type %s", name, attrTypeName(want))
		}
		return a
	}
	a := &Attr{Name: name, Kind: want}
	if want != AttrOpaque && !isListKind(want) {
		p.failAt(at, "attribute %s: want one %s, have a list", name, attrTypeName(want))
	}
	p.list("]", func() {
		at := p.tok
		p.appendTo(a, p.attrValue(g, elemKind(a.Kind)), at)
	})
	if a.Kind == AttrOpaque {
		p.failAt(at, "attribute %s: want a type for an empty list, as in %s: ints = []", name, name)
	}
	return a
}

// appendTo adds the value x to the list a, whose kind is not determined while it is empty.
func (p *parser) appendTo(a, x *Attr, at token) {
	if a.Kind == AttrOpaque {
		a.Kind = x.Kind + AttrFloats - AttrFloat
	}
	if a.Kind == AttrFloats && x.Kind == AttrInt { // as 1 in a list with 0.5
		x.Kind, x.Float = AttrFloat, float32(x.Int)
	}
	if p.err == nil && x.Kind != elemKind(a.Kind) {
		p.failAt(at, "attribute %s is a list of %s: want one more, have a %s", a.Name, attrTypeName(a.Kind), attrTypeName(x.Kind))
	}
	switch x.Kind {
	case AttrFloat:
		a.Floats = append(a.Floats, x.Float)
	case AttrInt:
		a.Ints = append(a.Ints, x.Int)
	case AttrString:
		a.Strings = append(a.Strings, x.String)
	case AttrTensor:
		a.Tensors = append(a.Tensors, x.Tensor)
	case AttrGraph:
		a.Graphs = append(a.Graphs, x.Graph)
	}
}

// attrValue reads one value. A whole number is a float if that is wanted.
func (p *parser) attrValue(g *Graph, want AttrKind) *Attr {
	t := p.tok
	switch {
	case p.atType():
		typ := p.typ()
		if p.tok.kind == identToken || p.tok.kind == stringToken {
			p.advance() // the tensor's own name, which has no meaning
		}
		eq := p.tok
		p.accept("=")
		return &Attr{Kind: AttrTensor, Tensor: p.contents(eq, typ)}
	case t.kind == numberToken && want != AttrFloat && !strings.ContainsAny(t.text, ".eEnN"):
		return &Attr{Kind: AttrInt, Int: p.int("an attribute", 64)}
	case t.kind == numberToken, isFloatWord(t):
		f, err := parseFloat(t.text, 32)
		if err != nil {
			p.fail("a number that float32 can hold")
		}
		p.advance()
		return &Attr{Kind: AttrFloat, Float: float32(f)}
	case t.kind == stringToken:
		p.advance()
		if p.is("(") {
			return &Attr{Kind: AttrGraph, Graph: p.namedGraph(t, g)}
		}
		return &Attr{Kind: AttrString, String: t.text}
	case t.kind == identToken:
		return &Attr{Kind: AttrGraph, Graph: p.graph(g)}
	}
	p.fail("a number, a string, a tensor or a graph")
	return &Attr{}
}

// isFloatWord reports whether t is an identifier that stands for a number.
func isFloatWord(t token) bool {
	switch strings.ToLower(t.text) {
	case "inf", "infinity", "nan":
		return t.kind == identToken
	}
	return false
}

func isListKind(k AttrKind) bool { return k >= AttrFloats && k <= AttrGraphs }

// elemKind is the kind of the elements of a list of kind k.
func elemKind(k AttrKind) AttrKind {
	if isListKind(k) {
		return k - AttrFloats + AttrFloat
	}
	return AttrOpaque
}

func attrTypeName(k AttrKind) string {
	for name, kind := range attrTypes {
		if kind == k {
			return name
		}
	}
	return "value of unknown kind"
}
