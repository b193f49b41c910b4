package graph

import (
	"fmt"
	"slices"
)

// Function is an operator that the model itself defines by a graph (https://onnx.ai/onnx/repo-docs/IR.html#functions). A
// node calls it by domain, name and overload. Functions are not changed once they are made: clones of a model share
// them.
type Function struct {
	Name, Domain, Overload string
	// Params names the attributes that a call may give and that have no default.
	Params []string
	// Defaults are the attributes that have a value if a call does not give them.
	Defaults []*Attr
	// Opsets are the versions in force in the body, by domain.
	Opsets map[string]int
	// Body computes the outputs from the inputs. It has no initializers. Its nodes and those of its subgraphs may have
	// attributes with Ref.
	Body *Graph

	// Extra is for importers: doc string, metadata, unknown fields.
	Extra any
}

// functionID identifies a function, in its definition and in calls.
type functionID struct{ domain, name, overload string }

func (f *Function) id() functionID { return functionID{f.Domain, f.Name, f.Overload} }

// String returns the function's name as calls write it: "local.twice", or with an overload "local.twice:float".
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

// Function returns the function of m that n calls, or nil if n is another operator. A function takes precedence over an
// operator of the same name.
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
