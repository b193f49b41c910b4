package graph

import "fmt"

// AttrKind is the type of an attribute. The numbers are those of
// AttributeProto.AttributeType in the ONNX specification.
type AttrKind int32

// The attribute kinds this IR models. Others (sparse tensors, type protos) are
// carried in Attr.Extra with kind AttrOpaque.
const (
	AttrOpaque  AttrKind = 0
	AttrFloat   AttrKind = 1
	AttrInt     AttrKind = 2
	AttrString  AttrKind = 3
	AttrTensor  AttrKind = 4
	AttrGraph   AttrKind = 5
	AttrFloats  AttrKind = 6
	AttrInts    AttrKind = 7
	AttrStrings AttrKind = 8
	AttrTensors AttrKind = 9
	AttrGraphs  AttrKind = 10
)

// Attr is one attribute of a node. Only the field that Kind names is meaningful.
// Attributes are values of their node alone: they may be changed in place.
type Attr struct {
	Name string
	Kind AttrKind

	Float   float32
	Int     int64
	String  string
	Tensor  *Tensor
	Graph   *Graph
	Floats  []float32
	Ints    []int64
	Strings []string
	Tensors []*Tensor
	Graphs  []*Graph

	// Ref makes it stand for the attribute of that name of whatever calls the function it is in, and then it
	// holds nothing; Kind is what that one is declared as, AttrOpaque where nothing says so.
	Ref string

	// Extra is the importer's: doc string, unknown fields, what Kind cannot say.
	Extra any
}

// graphs lists the graphs that a holds.
func (a *Attr) graphs() []*Graph {
	switch {
	case a.Ref != "":
		return nil
	case a.Kind == AttrGraph:
		return []*Graph{a.Graph}
	case a.Kind == AttrGraphs:
		return a.Graphs
	}
	return nil
}

// IntAttr makes an integer attribute.
func IntAttr(name string, v int) *Attr { return &Attr{Name: name, Kind: AttrInt, Int: int64(v)} }

// IntsAttr makes an attribute that lists integers.
func IntsAttr(name string, v ...int) *Attr {
	a := &Attr{Name: name, Kind: AttrInts, Ints: make([]int64, len(v))}
	for i, x := range v {
		a.Ints[i] = int64(x)
	}
	return a
}

// FloatAttr makes a floating-point attribute.
func FloatAttr(name string, v float32) *Attr { return &Attr{Name: name, Kind: AttrFloat, Float: v} }

// StringAttr makes a string attribute.
func StringAttr(name, v string) *Attr { return &Attr{Name: name, Kind: AttrString, String: v} }

// TensorAttr makes a tensor attribute.
func TensorAttr(name string, t *Tensor) *Attr { return &Attr{Name: name, Kind: AttrTensor, Tensor: t} }

// Attr is the node's attribute of that name, or nil.
func (n *Node) Attr(name string) *Attr {
	for _, a := range n.Attrs {
		if a.Name == name {
			return a
		}
	}
	return nil
}

// SetAttr adds the attribute, or puts it in the place of the one with its name.
func (n *Node) SetAttr(a *Attr) {
	for i, b := range n.Attrs {
		if b.Name == a.Name {
			n.Attrs[i] = a
			return
		}
	}
	n.Attrs = append(n.Attrs, a)
}

// Int is the integer attribute of that name, or def when the node has none.
func (n *Node) Int(name string, def int) int {
	if a := n.Attr(name); a != nil && a.Kind == AttrInt {
		return Saturate(a.Int)
	}
	return def
}

// Ints is the integer-list attribute of that name, or nil when the node has none.
func (n *Node) Ints(name string) []int {
	a := n.Attr(name)
	if a == nil || a.Kind != AttrInts {
		return nil
	}
	v := make([]int, len(a.Ints))
	for i, x := range a.Ints {
		v[i] = Saturate(x)
	}
	return v
}

// Float is the floating-point attribute of that name, or def when the node has none.
func (n *Node) Float(name string, def float32) float32 {
	if a := n.Attr(name); a != nil && a.Kind == AttrFloat {
		return a.Float
	}
	return def
}

// Str is the string attribute of that name, or def when the node has none.
func (n *Node) Str(name, def string) string {
	if a := n.Attr(name); a != nil && a.Kind == AttrString {
		return a.String
	}
	return def
}

// wrongKind is the error for an attribute of another kind than the operator defines.
func wrongKind(a *Attr, want AttrKind) error {
	return fmt.Errorf("attribute %s: want kind %d, have %d", a.Name, want, a.Kind)
}

// RequireAttrKind reports an error when the node has the attribute with another kind.
func (n *Node) RequireAttrKind(name string, want AttrKind) error {
	if a := n.Attr(name); a != nil && a.Kind != want {
		return wrongKind(a, want)
	}
	return nil
}
