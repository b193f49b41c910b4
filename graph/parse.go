package graph

import (
	"fmt"
	"strconv"
)

// maxNesting bounds the depth of graphs in attributes of nodes.
const maxNesting = 64

// Parse reads a model in ONNX's text form (https://onnx.ai/onnx/repo-docs/Syntax.html). It is the inverse of Text. An
// error begins with line:column and says what was wanted there and what was found.
//
// As an extension, any name may be quoted, including that of a graph, an operator or a domain. The header's
// producer_name, producer_version, domain, model_version and doc_string, and a function's doc_string, are read and
// dropped: the IR leaves them to importers. Types other than tensors and sequences of tensors are rejected. Nodes must
// be in the order in which they run.
func Parse(text string) (*Model, error) {
	p := &parser{lex: lexer{text: text}, m: &Model{Opsets: map[string]int{}}}
	p.advance()
	if p.is("<") {
		p.header()
	}
	p.opsets = p.m.Opsets
	p.m.Graph = p.graph(nil)
	for p.err == nil && p.tok.kind != endToken {
		p.function()
	}
	if p.err != nil {
		return nil, p.err
	}
	if err := p.m.Check(); err != nil {
		return nil, err
	}
	return p.m, nil
}

// parser is a recursive-descent parser with one token of lookahead. After the first error it reads nothing more: tok is
// then the end of the text.
type parser struct {
	lex   lexer
	tok   token
	m     *Model
	depth int // of the graph being read
	// opsets are the versions in force at the present position.
	opsets     map[string]int
	inFunction bool
	err        error
}

func (p *parser) advance() {
	if p.err != nil {
		return
	}
	t, err := p.lex.next()
	if err != nil {
		p.fault(err)
		return
	}
	p.tok = t
}

// fault records the first error and skips to the end of the text.
func (p *parser) fault(err error) {
	if p.err == nil {
		p.err = err
		p.tok = token{kind: endToken, at: len(p.lex.text)}
	}
}

// fail reports that something other than the current token was wanted.
func (p *parser) fail(want string) {
	if p.err == nil {
		p.fault(p.lex.errorf(p.tok.at, "want %s, have %v", want, p.tok))
	}
}

// failAt reports an error at the token t.
func (p *parser) failAt(t token, format string, args ...any) {
	if p.err == nil {
		p.fault(p.lex.errorf(t.at, format, args...))
	}
}

func (p *parser) is(punct string) bool { return p.tok.kind == punctToken && p.tok.text == punct }

// accept reads the punctuation if it comes next.
func (p *parser) accept(punct string) bool {
	if p.err != nil || !p.is(punct) {
		return false
	}
	p.advance()
	return true
}

func (p *parser) expect(punct string) {
	if !p.accept(punct) {
		p.fail(quoted(punct))
	}
}

// list calls item for each item of a list separated by commas, up to the closing punctuation.
func (p *parser) list(end string, item func()) {
	if p.accept(end) {
		return
	}
	for p.err == nil {
		item()
		if !p.accept(",") {
			break
		}
	}
	p.expect(end)
}

// name reads an identifier or a quoted string; what says what it names.
func (p *parser) name(what string) token {
	t := p.tok
	if t.kind != identToken && t.kind != stringToken {
		p.fail(what)
		return token{at: t.at}
	}
	p.advance()
	return t
}

func (p *parser) str(what string) string {
	t := p.tok
	if t.kind != stringToken {
		p.fail(what + " in quotes")
		return ""
	}
	p.advance()
	return t.text
}

func (p *parser) int(what string, bits int) int64 {
	v, err := strconv.ParseInt(p.tok.text, 10, bits)
	if p.tok.kind != numberToken || err != nil {
		p.fail(fmt.Sprintf("%s (a whole number of at most %d bits)", what, bits))
		return 0
	}
	p.advance()
	return v
}

// header reads the model's header between < and >.
func (p *parser) header() {
	p.expect("<")
	p.list(">", func() {
		key := p.tok
		if key.kind != identToken {
			p.fail("a key of the model's header")
			return
		}
		p.advance()
		p.expect(":")
		switch key.text {
		case "ir_version":
			p.m.IRVersion = p.int("ir_version", 64)
		case "opset_import":
			p.expect("[")
			p.list("]", func() { p.opset(p.m.Opsets) })
		case "metadata_props":
			p.expect("[")
			p.list("]", func() {
				k := p.str("a key")
				p.expect(":")
				p.m.Metadata = append(p.m.Metadata, Property{k, p.str("a value")})
			})
		case "model_version":
			p.int("model_version", 64)
		case "producer_name", "producer_version", "domain", "doc_string":
			p.str(key.text)
		default:
			p.failAt(key, "want a key of the model's header such as ir_version or opset_import, have %v", key)
		}
	})
}

func (p *parser) opset(versions map[string]int) {
	t := p.tok
	domain := plainDomain(p.str("a domain"))
	p.expect(":")
	version := int(p.int("an opset version", 32))
	if _, twice := versions[domain]; twice {
		p.failAt(t, "domain %s is imported twice", quoted(domain))
	}
	versions[domain] = version
}

// plainDomain returns the IR's name of a domain, which is "" for ONNX's own.
func plainDomain(domain string) string {
	if domain == "ai.onnx" {
		return ""
	}
	return domain
}

// declaration is a name with a type, and possibly contents.
type declaration struct {
	name  token
	typ   Type
	fixed *Tensor
}

// graph reads a graph whose name comes next.
func (p *parser) graph(outer *Graph) *Graph {
	name := p.name("the name of a graph")
	return p.namedGraph(name, outer)
}

func (p *parser) namedGraph(name token, outer *Graph) *Graph {
	g := New(name.text)
	g.Outer = outer
	if p.depth++; p.depth > maxNesting {
		p.failAt(name, "want graphs nested at most %d deep", maxNesting)
	}
	defer func() { p.depth-- }()
	var outputs, types []declaration
	p.expect("(")
	p.list(")", func() {
		d := p.declaration()
		if v := p.define(g, d.name); v != nil {
			v.Type = d.typ
			g.AddInput(v)
			p.initialize(g, d)
		}
	})
	p.expect("=>")
	p.expect("(")
	p.list(")", func() { outputs = append(outputs, p.declared()) })
	if p.accept("<") {
		p.list(">", func() {
			if d := p.declaration(); d.fixed != nil {
				p.initialize(g, d)
			} else {
				types = append(types, d)
			}
		})
	}
	p.expect("{")
	for p.err == nil && !p.accept("}") {
		p.node(g)
	}
	p.finish(g, outputs, types)
	return g
}

// finish resolves the outputs and gives computed values their declared types.
func (p *parser) finish(g *Graph, outputs, types []declaration) {
	for _, d := range outputs {
		v := g.Lookup(d.name.text)
		if v == nil {
			p.failAt(d.name, "output %s: nothing computes it", quoted(d.name.text))
			return
		}
		if v.graph == g && v.def != nil {
			v.Type = d.typ
		}
		g.Outputs = append(g.Outputs, v)
	}
	for _, d := range types {
		v := g.Value(d.name.text)
		if v == nil || v.def == nil {
			p.failAt(d.name, "value %s: want contents or a node that computes it, have neither", quoted(d.name.text))
			return
		}
		v.Type = d.typ
	}
}

// define adds a value of that name to g.
func (p *parser) define(g *Graph, name token) *Value {
	if p.err != nil {
		return nil
	}
	v, err := g.NewValue(name.text)
	if err != nil {
		p.failAt(name, "%v", err)
	}
	return v
}

// initialize sets the contents of the value of d, which it makes unless it is an input.
func (p *parser) initialize(g *Graph, d declaration) {
	if d.fixed == nil || p.err != nil {
		return
	}
	v := g.Value(d.name.text)
	if v == nil {
		v = p.define(g, d.name)
	}
	if v == nil {
		return
	}
	if v.Const != nil {
		p.failAt(d.name, "value %s has contents already", quoted(v.Name))
		return
	}
	g.SetConst(v, d.fixed)
}

// declared reads a name and its type, which may be omitted.
func (p *parser) declared() declaration {
	var d declaration
	if p.atType() {
		d.typ = p.typ()
	}
	d.name = p.name("a value's name")
	return d
}

// declaration reads a declared name, and its contents if = follows.
func (p *parser) declaration() declaration {
	d := p.declared()
	if at := p.tok; p.accept("=") {
		if d.typ.DType == Undefined {
			p.failAt(d.name, "contents of %s: want a type before its name", quoted(d.name.text))
			return d
		}
		d.fixed = p.contents(at, d.typ)
	}
	return d
}
