package graph

// AttrKind is the type of an attribute. The numbers are those of
// AttributeProto.AttributeType in the ONNX specification.
type AttrKind int32

// The attribute kinds that the IR models. Others (sparse tensors, type protos) are kept in Attr.Extra with kind
// AttrOpaque.
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

// Attr is one attribute of a node. Only the field that Kind names is meaningful. An attribute belongs to one node and
// may be changed in place.
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

	// Ref, inside a function, names an attribute of the call that this attribute stands for. The attribute itself then
	// holds nothing, and Kind is the declared kind of the other, or AttrOpaque if it is not declared.
	Ref string

	// Extra is for importers: doc string, unknown fields, what Kind cannot express.
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

// IntAttr returns an integer attribute.
func IntAttr(name string, v int) *Attr { return &Attr{Name: name, Kind: AttrInt, Int: int64(v)} }

// IntsAttr returns an attribute that lists integers.
func IntsAttr(name string, v ...int) *Attr {
	a := &Attr{Name: name, Kind: AttrInts, Ints: make([]int64, len(v))}
	for i, x := range v {
		a.Ints[i] = int64(x)
	}
	return a
}

// FloatAttr returns a floating-point attribute.
func FloatAttr(name string, v float32) *Attr { return &Attr{Name: name, Kind: AttrFloat, Float: v} }

// StringAttr returns a string attribute.
func StringAttr(name, v string) *Attr { return &Attr{Name: name, Kind: AttrString, String: v} }

// TensorAttr returns a tensor attribute.
func TensorAttr(name string, t *Tensor) *Attr { return &Attr{Name: name, Kind: AttrTensor, Tensor: t} }

// Attr returns the node's attribute of that name, or nil.
func (n *Node) Attr(name string) *Attr {
	for _, a := range n.Attrs {
		if a.Name == name {
			return a
		}
	}
	return nil
}

// SetAttr adds the attribute, or replaces the one with the same name.
func (n *Node) SetAttr(a *Attr) {
	for i, b := range n.Attrs {
		if b.Name == a.Name {
			n.Attrs[i] = a
			return
		}
	}
	n.Attrs = append(n.Attrs, a)
}

// Int returns the integer attribute of that name, or def if the node has none.
func (n *Node) Int(name string, def int) int {
	if a := n.Attr(name); a != nil && a.Kind == AttrInt {
		return Saturate(a.Int)
	}
	return def
}

// Ints returns the integer-list attribute of that name, or nil if the node has none.
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

// Float returns the floating-point attribute of that name, or def if the node has none.
func (n *Node) Float(name string, def float32) float32 {
	if a := n.Attr(name); a != nil && a.Kind == AttrFloat {
		return a.Float
	}
	return def
}

// Str returns the string attribute of that name, or def if the node has none.
func (n *Node) Str(name, def string) string {
	if a := n.Attr(name); a != nil && a.Kind == AttrString {
		return a.String
	}
	return def
}
