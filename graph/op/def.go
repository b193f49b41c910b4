package op

import (
	"fmt"
	"slices"
	"sort"

	"github.com/pollard-dev/pollard/graph"
)

// Def is the whole meaning of one operator over a range of opset versions.
//
// Its functions may rely on what Check enforces: the numbers of inputs and outputs are within bounds, and required
// inputs are there. They report only what is wrong ("strides: want 2 values, have 3"); the caller names the node.
type Def struct {
	Name   string // as in NodeProto.op_type
	Domain string // "" is ONNX's own
	Doc    string // one line and the address of the operator's page

	// Since and Until are the first and the last opset version that is understood. A node of another version is treated
	// as an unknown operator.
	Since, Until int

	// MinIn, MaxIn, MinOut and MaxOut bound the numbers of inputs and outputs; a maximum of variadic is no bound. The
	// first MinIn inputs must be present, and all inputs if their number has no bound. The same goes for the first
	// MinOut outputs, unless their number has no bound.
	MinIn, MaxIn   int
	MinOut, MaxOut int
	// Gaps says that inputs after the first MinIn may be omitted although their number has no bound.
	Gaps bool

	// Quantized lists the inputs whose integers represent real numbers, and so are weights if they are constant.
	Quantized []int

	// Rounds says that outputs are rounded to whole steps, so that the smallest difference of inputs may become a large
	// one of outputs.
	Rounds bool

	// Described says that a user described the operator: Eval is a stand-in. See Describe.
	Described bool

	// Elementwise says that each element of the output is computed from one element of each input, which
	// are broadcast.
	Elementwise bool

	// Tolerance is how far a correct implementation may be from Eval on float32.
	Tolerance Tolerance

	// Accept reports anything in the node that the functions below do not understand, such as an attribute of an old
	// version. nil accepts everything.
	Accept func(*graph.Node) error
	// Refuse reports why a node that Accept accepts, so that its types are known, can still not be evaluated.
	Refuse func(*graph.Node) error

	// Infer returns the type of every output, as far as it follows from the inputs' types and constants; the rest is
	// unknown. An error means that the node cannot run, whatever the inputs.
	Infer func(*graph.Node) ([]graph.Type, error)

	// Couple states which positions of which axes are the same. nil pins every axis. It is called with inferred types on
	// all inputs and outputs.
	Couple func(*graph.Node) (Coupling, error)

	// Resize adapts attributes and constant inputs that state shapes after a cut; the caller cuts weights. The types of
	// the node's values are still those before the cut. nil: there is nothing to adapt.
	Resize func(*graph.Node, Kept) error

	// Takes returns which whole numbers input i may hold. nil: any. It is asked where inputs are made up, and may leave out
	// some that the operator takes as well.
	Takes func(n *graph.Node, i int) Interval

	// Cost counts the work for the present types of the node's values. nil: none.
	Cost func(*graph.Node) Cost

	// Eval computes the outputs from the inputs, with nil for omitted ones. It never changes an input, and may return
	// one as an output only if the operator is the identity on it. The memory it needs is checked against the limit of
	// the process first; see Hold.
	//
	// For an operator with subgraphs the inputs are followed by what these capture, as graph.Node.Reads lists them.
	// Constants among these may be omitted.
	Eval func(*graph.Node, []*graph.Tensor) ([]*graph.Tensor, error)

	// Grad adds the nodes of the vector-Jacobian product to the graph; see Backward. nil: gradients end here.
	Grad func(*Backward) error

	// Control computes a node with subgraphs from its own inputs and runs these with the given function. If it is set,
	// Eval is made from it.
	Control func(*graph.Node, []*graph.Tensor, Subgraph) ([]*graph.Tensor, error)
}

// variadic is a maximum that is no bound.
const variadic = 1 << 30

// Latest is the newest opset version of ONNX's own domain that the definitions have been checked against (ONNX 1.23).
const Latest = 28

// Tolerance bounds |got - want| by Abs + Rel * |want|.
type Tolerance struct{ Abs, Rel float64 }

// Exact is the tolerance of operators that only move or compare elements.
var Exact = Tolerance{}

// Cost is the work of one run of a node.
type Cost struct {
	// MACs is the number of multiply-accumulates, or Unknown if an extent that it depends on is.
	MACs graph.Dim
}

type key struct{ domain, name string }

var defs = map[key][]*Def{}

// register adds d to the operators that Lookup finds. The init function of the operator's file calls it. It panics on a
// mistake in d.
func register(d Def) {
	k := key{d.Domain, d.Name}
	switch {
	case d.Control != nil:
		d.Eval = evalControl(d.Control)
	case d.Eval != nil:
		d.Eval = bounded(&d, d.Eval)
	}
	for _, e := range defs[k] {
		if d.Since <= e.Until && e.Since <= d.Until {
			panic(fmt.Sprintf("op: %s: versions %d to %d are defined twice", d.Name, d.Since, d.Until))
		}
	}
	switch {
	case d.Infer == nil || d.Eval == nil:
		panic("op: " + d.Name + ": Infer and Eval are required")
	case d.Since < 1 || d.Until < d.Since:
		panic("op: " + d.Name + ": bad versions")
	case d.MaxIn < d.MinIn || d.MaxOut < d.MinOut || d.MaxOut < 1:
		panic("op: " + d.Name + ": bad bounds")
	}
	defs[k] = append(defs[k], &d)
}

// Lookup returns the definition of n's operator at n's opset version, or nil if there is none.
func Lookup(n *graph.Node) *Def {
	if n.Overload != "" {
		return nil // only functions have overloads
	}
	for _, d := range defs[key{n.Domain, n.Op}] {
		if d.Since <= n.Version && n.Version <= d.Until {
			return d
		}
	}
	return nil
}

// All lists every definition, by domain, name and version.
func All() []*Def {
	var all []*Def
	for _, ds := range defs {
		all = append(all, ds...)
	}
	sort.Slice(all, func(i, j int) bool {
		a, b := all[i], all[j]
		if a.Domain != b.Domain {
			return a.Domain < b.Domain
		}
		if a.Name != b.Name {
			return a.Name < b.Name
		}
		return a.Since < b.Since
	})
	return all
}

// Why explains why Lookup finds nothing for n: "operator X is not supported" or "X at opset 26: supported are 7 to 25".
func Why(n *graph.Node) string {
	ds := defs[key{n.Domain, n.Op}]
	switch {
	case n.Overload != "":
		return "overload " + n.Overload + " of " + n.OpName() + " is not defined"
	case len(ds) == 0:
		return "operator " + n.OpName() + " is not supported"
	}
	since, until := ds[0].Since, ds[0].Until
	for _, d := range ds {
		since, until = min(since, d.Since), max(until, d.Until)
	}
	return fmt.Sprintf("operator %s at opset %d is not supported: only opsets %d to %d are", n.OpName(), n.Version, since, until)
}

// Check reports whether n has the inputs and outputs that d requires, and nothing that d does not accept.
func (d *Def) Check(n *graph.Node) error {
	if err := d.complete(n); err != nil || d.Accept == nil {
		return err
	}
	return d.Accept(n)
}

// complete reports whether n has the inputs and outputs that d requires.
func (d *Def) complete(n *graph.Node) error {
	in, out := n.Inputs(), n.Outputs()
	if len(in) < d.MinIn || len(in) > d.MaxIn {
		return fmt.Errorf("want %s inputs, have %d", bounds(d.MinIn, d.MaxIn), len(in))
	}
	required := d.MinIn
	if d.MaxIn >= variadic && !d.Gaps {
		required = len(in)
	}
	if i := slices.Index(in[:required], nil); i >= 0 {
		return fmt.Errorf("input %d is required and missing", i)
	}
	if len(out) < d.MinOut || len(out) > d.MaxOut {
		return fmt.Errorf("want %s outputs, have %d", bounds(d.MinOut, d.MaxOut), len(out))
	}
	if d.MaxOut < variadic { // of more, any may be left out
		if i := slices.Index(out[:d.MinOut], nil); i >= 0 {
			return fmt.Errorf("output %d is required and missing", i)
		}
	}
	return nil
}

func bounds(lo, hi int) string {
	switch {
	case lo == hi:
		return fmt.Sprint(lo)
	case hi >= variadic:
		return fmt.Sprintf("at least %d", lo)
	}
	return fmt.Sprintf("%d to %d", lo, hi)
}
