package graph

// function reads a function, which comes after the model's graph.
func (p *parser) function() {
	f := &Function{Opsets: map[string]int{}}
	if p.accept("<") {
		p.list(">", func() {
			key := p.name("a key of the function's header")
			p.expect(":")
			switch key.text {
			case "domain":
				f.Domain = plainDomain(p.str("a domain"))
			case "overload":
				f.Overload = p.str("an overload")
			case "doc_string":
				p.str(key.text)
			case "opset_import":
				p.expect("[")
				p.list("]", func() { p.opset(f.Opsets) })
			default:
				p.failAt(key, "want a key of the function's header such as domain or opset_import, have %v", key)
			}
		})
	}
	name := p.name("the name of a function")
	f.Name = name.text
	p.opsets, p.inFunction = f.Opsets, true
	if p.accept("<") {
		p.list(">", func() { p.parameter(f) })
	}
	f.Body = p.namedGraph(name, nil)
	p.m.Functions = append(p.m.Functions, f)
}

// parameter reads an attribute of f: a name, followed by = and a default if it has one.
func (p *parser) parameter(f *Function) {
	name := p.name("an attribute's name")
	if p.is("=") || p.is(":") {
		f.Defaults = append(f.Defaults, p.attribute(nil, name.text))
	} else if p.err == nil {
		f.Params = append(f.Params, name.text)
	}
}
