package onnx

import (
	"fmt"

	"github.com/pollard-dev/pollard/convert/onnx/internal/onnxpb"
	"github.com/pollard-dev/pollard/graph"
)

// functions reads the model's own functions into m.
func (im *importer) functions(list []*onnxpb.FunctionProto, m *graph.Model) error {
	for i, p := range list {
		f, err := im.function(p)
		if err != nil {
			return fmt.Errorf("function %d %q: %w", i, p.GetName(), err)
		}
		m.Functions = append(m.Functions, f)
	}
	if len(list) == 0 {
		return nil
	}
	return m.Check()
}

// function reads p and keeps what its body does not say.
func (im *importer) function(p *onnxpb.FunctionProto) (*graph.Function, error) {
	inside := &importer{external: im.external, around: im.opsets, inFunction: true}
	var err error
	if inside.opsets, err = readOpsets(p.OpsetImport); err != nil {
		return nil, err
	}
	f := &graph.Function{
		Name: p.GetName(), Domain: onnxDomain(p.GetDomain()), Overload: p.GetOverload(),
		Params: p.Attribute, Opsets: inside.opsets,
	}
	for _, a := range p.AttributeProto {
		attr, err := inside.attr(a, nil)
		if err != nil {
			return nil, fmt.Errorf("attribute %q: %w", a.GetName(), err)
		}
		f.Defaults = append(f.Defaults, attr)
	}
	body := &onnxpb.GraphProto{Name: p.Name, Node: p.Node, ValueInfo: p.ValueInfo, Input: named(p.Input), Output: named(p.Output)}
	if f.Body, err = inside.graph(body, nil); err != nil {
		return nil, err
	}
	p.Node, p.AttributeProto = nil, nil
	f.Extra = &functionExtra{p}
	return f, nil
}

// named declares values of which only the names are known.
func named(names []string) []*onnxpb.ValueInfoProto {
	infos := make([]*onnxpb.ValueInfoProto, len(names))
	for i := range names {
		infos[i] = &onnxpb.ValueInfoProto{Name: &names[i]}
	}
	return infos
}
