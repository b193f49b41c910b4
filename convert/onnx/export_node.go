package onnx

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/pollard-dev/pollard/convert/onnx/internal/onnxpb"
	"github.com/pollard-dev/pollard/graph"
)

func (ex *exporter) node(n *graph.Node) (*onnxpb.NodeProto, error) {
	read := &onnxpb.NodeProto{}
	if e, ok := n.Extra.(*nodeExtra); ok {
		read = e.proto
	}
	q := &onnxpb.NodeProto{
		Input: names(n.Inputs()), Output: names(n.Outputs()),
		Name: keep(read.Name, n.Name), OpType: keep(read.OpType, n.Op), Domain: read.Domain,
		Overload: keep(read.Overload, n.Overload), DocString: read.DocString, MetadataProps: read.MetadataProps,
		DeviceConfigurations: read.DeviceConfigurations,
	}
	if onnxDomain(read.GetDomain()) != n.Domain {
		q.Domain = &n.Domain
	}
	keepUnknown(q, read)
	for _, a := range n.Attrs {
		p, err := ex.attr(a)
		if err != nil {
			return nil, fmt.Errorf("attribute %q: %w", a.Name, err)
		}
		q.Attribute = append(q.Attribute, p)
	}
	return q, nil
}

func names(values []*graph.Value) []string {
	list := make([]string, len(values))
	for i, v := range values {
		if v != nil {
			list[i] = v.Name
		}
	}
	return list
}

func (ex *exporter) attr(a *graph.Attr) (*onnxpb.AttributeProto, error) {
	extra, ok := a.Extra.(*attrExtra)
	if a.Ref != "" {
		if ok {
			return extra.proto, nil
		}
		q := &onnxpb.AttributeProto{Name: &a.Name, RefAttrName: &a.Ref}
		if a.Kind != graph.AttrOpaque {
			q.Type = onnxpb.AttributeProto_AttributeType(a.Kind).Enum()
		}
		return q, nil
	}
	if ok && extra.kind == a.Kind {
		q := copyAttr(extra.proto)
		q.Name = keep(q.Name, a.Name)
		return q, ex.attrContents(q, a, false)
	}
	if a.Kind == graph.AttrOpaque {
		return nil, errors.New("it holds nothing that can be written")
	}
	q := &onnxpb.AttributeProto{Name: &a.Name, Type: onnxpb.AttributeProto_AttributeType(a.Kind).Enum()}
	if ok { // of another kind now: keep only its documentation
		q.DocString = extra.proto.DocString
	}
	return q, ex.attrContents(q, a, true)
}

// copyAttr returns a shallow copy of p.
func copyAttr(p *onnxpb.AttributeProto) *onnxpb.AttributeProto {
	q := &onnxpb.AttributeProto{
		Name: p.Name, RefAttrName: p.RefAttrName, DocString: p.DocString, Type: p.Type,
		F: p.F, I: p.I, S: p.S, T: p.T, G: p.G, SparseTensor: p.SparseTensor, Tp: p.Tp,
		Floats: p.Floats, Ints: p.Ints, Strings: p.Strings, Tensors: p.Tensors, Graphs: p.Graphs,
		SparseTensors: p.SparseTensors, TypeProtos: p.TypeProtos,
	}
	keepUnknown(q, p)
	return q
}

// attrContents sets the field of q for the kind of a. Unless q is fresh, a single number or string
// that q already has is left alone: the field may be absent for its default.
func (ex *exporter) attrContents(q *onnxpb.AttributeProto, a *graph.Attr, fresh bool) (err error) {
	switch a.Kind {
	case graph.AttrFloat: // compare bits, so that NaN equals itself
		if fresh || math.Float32bits(q.GetF()) != math.Float32bits(a.Float) {
			q.F = &a.Float
		}
	case graph.AttrInt:
		if fresh || q.GetI() != a.Int {
			q.I = &a.Int
		}
	case graph.AttrString:
		if fresh || string(q.S) != a.String {
			q.S = []byte(a.String)
		}
	case graph.AttrFloats:
		q.Floats = slices.Clone(a.Floats)
	case graph.AttrInts:
		q.Ints = slices.Clone(a.Ints)
	case graph.AttrStrings:
		q.Strings = convert(a.Strings, func(s string) []byte { return []byte(s) })
	case graph.AttrTensor:
		if a.Tensor == nil {
			return errors.New("it holds no tensor")
		}
		q.T = ex.tensor(a.Tensor, nil)
	case graph.AttrTensors:
		q.Tensors = nil
		for _, t := range a.Tensors {
			q.Tensors = append(q.Tensors, ex.tensor(t, nil))
		}
	case graph.AttrGraph:
		if a.Graph == nil {
			return errors.New("it holds no graph")
		}
		q.G, err = ex.graph(a.Graph)
	case graph.AttrGraphs:
		q.Graphs = nil
		for _, g := range a.Graphs {
			sub, err := ex.graph(g)
			if err != nil {
				return err
			}
			q.Graphs = append(q.Graphs, sub)
		}
	}
	return err
}
