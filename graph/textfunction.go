package graph

// function writes f, after the model's graph.
func (w *writer) function(f *Function) {
	w.printf("<\n   domain: %s", quoted(f.Domain))
	w.opsets(f.Opsets)
	if f.Overload != "" {
		w.printf(",\n   overload: %s", quoted(f.Overload))
	}
	w.printf("\n>\n%s ", id(f.Name))
	if len(f.Params)+len(f.Defaults) > 0 {
		w.printf("<")
		for i, name := range f.Params {
			w.printf("%s%s", comma(i), id(name))
		}
		for i, a := range f.Defaults {
			w.printf("%s%s", comma(i+len(f.Params)), id(a.Name))
			w.attr(a, "")
		}
		w.printf("> ")
	}
	w.body(f.Body, "")
	w.printf("\n")
}
