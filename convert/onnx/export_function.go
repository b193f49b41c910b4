package onnx

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pollard-dev/pollard/convert/onnx/internal/onnxpb"
	"github.com/pollard-dev/pollard/graph"
)

// function writes f. Nothing changes functions, so everything but the nodes is as it was read.
func (ex *exporter) function(f *graph.Function) (q *onnxpb.FunctionProto, err error) {
	if read, ok := f.Extra.(*functionExtra); ok {
		q = copyFunction(read.proto)
	} else {
		q = newFunction(f)
	}
	for _, n := range f.Body.Nodes {
		p, err := ex.node(n)
		if err != nil {
			return nil, fmt.Errorf("node %s: %w", n.Label(), err)
		}
		q.Node = append(q.Node, p)
	}
	for _, a := range f.Defaults {
		p, err := ex.attr(a)
		if err != nil {
			return nil, fmt.Errorf("attribute %q: %w", a.Name, err)
		}
		q.AttributeProto = append(q.AttributeProto, p)
	}
	return q, nil
}

// copyFunction returns a shallow copy of p, which has no nodes and no defaults.
func copyFunction(p *onnxpb.FunctionProto) *onnxpb.FunctionProto {
	q := &onnxpb.FunctionProto{
		Name: p.Name, Domain: p.Domain, Overload: p.Overload, DocString: p.DocString, OpsetImport: p.OpsetImport,
		Input: p.Input, Output: p.Output, Attribute: p.Attribute, ValueInfo: p.ValueInfo, MetadataProps: p.MetadataProps,
	}
	keepUnknown(q, p)
	return q
}

// newFunction returns the message of a function that came from no file, without nodes and defaults.
func newFunction(f *graph.Function) *onnxpb.FunctionProto {
	q := &onnxpb.FunctionProto{
		Name: &f.Name, Domain: &f.Domain, Overload: keep(nil, f.Overload), Attribute: f.Params,
		Input: names(f.Body.Inputs), Output: names(f.Body.Outputs),
	}
	for _, domain := range slices.Sorted(maps.Keys(f.Opsets)) {
		q.OpsetImport = append(q.OpsetImport, &onnxpb.OperatorSetIdProto{Domain: &domain, Version: new(int64(f.Opsets[domain]))})
	}
	for _, v := range f.Body.Values() {
		if v.Type.DType != graph.Undefined {
			q.ValueInfo = append(q.ValueInfo, valueInfo(v, nil))
		}
	}
	return q
}
