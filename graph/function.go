package graph

import (
	"fmt"
	"slices"
)

// Function is an operator that the model itself defines by a graph
// (https://onnx.ai/onnx/repo-docs/IR.html#functions). A node calls it by its domain, name and overload. Functions
// are never changed once they are made: clones of a model share them.
type Function struct {
	Name, Domain, Overload string
	// Params names the attributes that a call may give and that are left out where it does not.
	Params []string
	// Defaults are the attributes that have a value where a call gives none.
	Defaults []*Attr
	// Opsets are the versions in force inside, by domain.
	Opsets map[string]int
	// Body computes the outputs from the inputs. It has no initializers; its nodes and those of subgraphs may have
	// attributes with Ref.
	Body *Graph

	// Extra is the importer's: doc string, metadata, unknown fields.
	Extra any
}

// functionID is what a call and a function have in common.
type functionID struct{ domain, name, overload string }

func (f *Function) id() functionID { return functionID{f.Domain, f.Name, f.Overload} }

// String is the function's name as a call has it: "local.twice", with an overload "local.twice:float".
func (f *Function) String() string { return f.id().String() }

func (id functionID) String() string {
	s := id.name
	if id.domain != "" {
		s = id.domain + "." + s
	}
	if id.overload != "" {
		s += ":" + id.overload
	}
	return s
}

// Function is the function of m that n calls; nil where n is another operator. A
// function stands before an operator of the same name.
func (m *Model) Function(n *Node) *Function {
	for _, f := range m.Functions {
		if f.id() == n.callee() {
			return f
		}
	}
	return nil
}

func (n *Node) callee() functionID { return functionID{n.Domain, n.Op, n.Overload} }

func (m *Model) checkFunctions() error {
	seen := map[functionID]bool{}
	for _, f := range m.Functions {
		if seen[f.id()] {
			return fmt.Errorf("function %s is defined twice", f)
		}
		seen[f.id()] = true
		if err := f.check(); err != nil {
			return fmt.Errorf("function %s: %w", f, err)
		}
	}
	return nil
}

func (f *Function) check() error {
	switch {
	case f.Name == "":
		return fmt.Errorf("it has no name")
	case f.Body == nil || f.Body.Outer != nil:
		return fmt.Errorf("want a body that stands alone")
	case len(f.Body.Initializers) > 0:
		return fmt.Errorf("its body has initializers")
	}
	names := slices.Clone(f.Params)
	for _, a := range f.Defaults {
		if a.Ref != "" {
			return fmt.Errorf("attribute %s has another one for its default", a.Name)
		}
		names = append(names, a.Name)
	}
	for i, name := range names {
		if name == "" || slices.Contains(names[:i], name) {
			return fmt.Errorf("attribute %q: want a name of its own", name)
		}
	}
	return f.Body.check()
}
