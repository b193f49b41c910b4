package onnx

import (
	"errors"
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/convert/onnx/internal/onnxpb"
	"github.com/pollard-dev/pollard/graph"
)

// node appends a node to the graph. Errors do not name the node.
func (b *graphReader) node(p *onnxpb.NodeProto) error {
	if p.GetOpType() == "" {
		return errors.New("it has no operator")
	}
	domain := onnxDomain(p.GetDomain())
	version, imported := b.im.version(domain)
	if !imported && domain == "" {
		return errors.New("the model imports no opset of ONNX's own domain")
	}
	inputs := make([]*graph.Value, len(p.Input))
	for i, name := range p.Input {
		if name == "" {
			continue
		}
		if inputs[i] = b.g.Lookup(name); inputs[i] == nil {
			return fmt.Errorf("input %d %q: nothing computes it", i, name)
		}
	}
	outputs := make([]*graph.Value, len(p.Output))
	for i, name := range p.Output {
		outputs[i] = b.g.Value(name)
	}
	var attrs []*graph.Attr
	for _, a := range p.Attribute {
		if slices.ContainsFunc(attrs, func(c *graph.Attr) bool { return c.Name == a.GetName() }) {
			return fmt.Errorf("attribute %q is given twice", a.GetName())
		}
		attr, err := b.im.attr(a, b.g)
		if err != nil {
			return fmt.Errorf("attribute %q: %w", a.GetName(), err)
		}
		attrs = append(attrs, attr)
	}
	n, err := b.g.NewNode(p.GetOpType(), domain, version, inputs, outputs, attrs...)
	if err != nil {
		return err
	}
	n.Name, n.Overload = p.GetName(), p.GetOverload()
	p.Attribute = nil
	n.Extra = &nodeExtra{p}
	return nil
}

// version returns the version of a domain for the nodes being read.
func (im *importer) version(domain string) (int, bool) {
	version, imported := im.opsets[domain]
	if around, there := im.around[domain]; there && !imported {
		im.opsets[domain], version, imported = around, around, true
	}
	return version, imported
}

// attr reads an attribute of a node of g.
func (im *importer) attr(p *onnxpb.AttributeProto, g *graph.Graph) (a *graph.Attr, err error) {
	if ref := p.GetRefAttrName(); ref != "" && im.inFunction { // elsewhere it refers to nothing
		a = &graph.Attr{Name: p.GetName(), Ref: ref}
		if k := graph.AttrKind(p.GetType()); k <= graph.AttrGraphs {
			a.Kind = k
		}
		a.Extra = &attrExtra{p, a.Kind}
		return a, refuseExternal(func(v visitor) { v.attributes([]*onnxpb.AttributeProto{p}) })
	}
	a = &graph.Attr{Name: p.GetName(), Kind: attrKind(p)}
	defer func() { a.Extra = &attrExtra{p, a.Kind} }()
	switch a.Kind {
	case graph.AttrOpaque:
		err = refuseExternal(func(v visitor) { v.attributes([]*onnxpb.AttributeProto{p}) })
	case graph.AttrFloat:
		a.Float = p.GetF()
	case graph.AttrInt:
		a.Int = p.GetI()
	case graph.AttrString:
		a.String = string(p.S)
	case graph.AttrFloats: // copied, because attributes are modified in place
		a.Floats = slices.Clone(p.Floats)
	case graph.AttrInts:
		a.Ints = slices.Clone(p.Ints)
	case graph.AttrStrings:
		a.Strings = convert(p.Strings, func(b []byte) string { return string(b) })
	case graph.AttrTensor:
		if p.T == nil {
			return a, errors.New("its type is TENSOR and it holds none")
		}
		a.Tensor, err = im.tensor(p.T)
	case graph.AttrTensors:
		for _, t := range p.Tensors {
			tensor, err := im.tensor(t)
			if err != nil {
				return a, err
			}
			a.Tensors = append(a.Tensors, tensor)
		}
	case graph.AttrGraph:
		if p.G == nil {
			return a, errors.New("its type is GRAPH and it holds none")
		}
		a.Graph, err = im.graph(p.G, g)
		p.G = nil
	case graph.AttrGraphs:
		for _, s := range p.Graphs {
			sub, err := im.graph(s, g)
			if err != nil {
				return a, err
			}
			a.Graphs = append(a.Graphs, sub)
		}
		p.Graphs = nil
	}
	return a, err
}

// attrKind returns what the attribute holds. Files of IR version 1 give no type and mean the field
// that is set.
func attrKind(p *onnxpb.AttributeProto) graph.AttrKind {
	if p.GetRefAttrName() != "" {
		return graph.AttrOpaque
	}
	if k := graph.AttrKind(p.GetType()); k != 0 {
		if k > graph.AttrGraphs {
			return graph.AttrOpaque
		}
		return k
	}
	switch {
	case p.F != nil:
		return graph.AttrFloat
	case p.I != nil:
		return graph.AttrInt
	case p.S != nil:
		return graph.AttrString
	case p.T != nil:
		return graph.AttrTensor
	case p.G != nil:
		return graph.AttrGraph
	case p.Floats != nil:
		return graph.AttrFloats
	case p.Ints != nil:
		return graph.AttrInts
	case p.Strings != nil:
		return graph.AttrStrings
	case p.Tensors != nil:
		return graph.AttrTensors
	case p.Graphs != nil:
		return graph.AttrGraphs
	}
	return graph.AttrOpaque
}
