package onnx

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/pollard-dev/pollard/convert/onnx/internal/onnxpb"
	"github.com/pollard-dev/pollard/graph"
)

func (ex *exporter) graph(g *graph.Graph) (*onnxpb.GraphProto, error) {
	extra, ok := g.Extra.(*graphExtra)
	if !ok {
		extra = &graphExtra{proto: &onnxpb.GraphProto{}}
	}
	read := extra.proto
	q := &onnxpb.GraphProto{Name: keep(read.Name, g.Name), DocString: read.DocString, MetadataProps: read.MetadataProps}
	keepUnknown(q, read)
	for _, n := range g.Nodes {
		p, err := ex.node(n)
		if err != nil {
			return nil, fmt.Errorf("node %s: %w", n.Label(), err)
		}
		q.Node = append(q.Node, p)
	}
	ex.inputs(q, g)
	ex.initializers(q, g)
	ex.outputs(q, g, extra)
	q.ValueInfo = declarations(g, extra)
	for _, a := range read.QuantizationAnnotation {
		// Drop the annotations of values that an edit removed.
		if name := a.GetTensorName(); g.Value(name) != nil || !extra.known[name] {
			q.QuantizationAnnotation = append(q.QuantizationAnnotation, a)
		}
	}
	return q, nil
}

// extraOf returns what the file says about v, empty for a new value.
func extraOf(v *graph.Value) *valueExtra {
	if e, ok := v.Extra.(*valueExtra); ok {
		return e
	}
	return &valueExtra{}
}

// inputs declares the inputs and, if the IR version requires it, the initializers, in the order of
// the file.
func (ex *exporter) inputs(q *onnxpb.GraphProto, g *graph.Graph) {
	var weights []*graph.Value // that have to be declared although they are not inputs
	if g.Outer == nil && ex.declaredWeights {
		fed := map[*graph.Value]bool{}
		for _, v := range g.Inputs {
			fed[v] = true
		}
		for _, v := range g.Initializers {
			e := extraOf(v)
			if isNew := e.header == nil; !fed[v] && (isNew || e.input != nil) {
				weights = append(weights, v)
			}
		}
		slices.SortStableFunc(weights, func(v, w *graph.Value) int { return cmp.Compare(inputAt(v), inputAt(w)) })
	}
	for _, v := range g.Inputs {
		for len(weights) > 0 && inputAt(weights[0]) < inputAt(v) {
			q.Input = append(q.Input, valueInfo(weights[0], extraOf(weights[0]).input))
			weights = weights[1:]
		}
		q.Input = append(q.Input, valueInfo(v, extraOf(v).input))
	}
	for _, v := range weights {
		q.Input = append(q.Input, valueInfo(v, extraOf(v).input))
	}
}

// inputAt returns the position of v among the inputs declared in the file; new values come last.
func inputAt(v *graph.Value) int {
	if e := extraOf(v); e.input != nil {
		return e.inputAt
	}
	return math.MaxInt
}

func (ex *exporter) initializers(q *onnxpb.GraphProto, g *graph.Graph) {
	for _, v := range g.Initializers {
		if p := ex.sparse(v); p != nil {
			q.SparseInitializer = append(q.SparseInitializer, p)
			continue
		}
		p := ex.tensor(v.Const, extraOf(v).header)
		p.Name = keep(p.Name, v.Name)
		q.Initializer = append(q.Initializer, p)
	}
}

func (ex *exporter) outputs(q *onnxpb.GraphProto, g *graph.Graph, extra *graphExtra) {
	seen := map[*graph.Value]int{}
	for _, v := range g.Outputs {
		var read *onnxpb.ValueInfoProto
		if v.Graph() != g {
			read = extra.captured[v.Name]
			if read != nil {
				q.Output = append(q.Output, read)
				continue
			}
		} else if list := extraOf(v).outputs; seen[v] < len(list) {
			read = list[seen[v]]
			seen[v]++
		}
		q.Output = append(q.Output, valueInfo(v, read))
	}
}

// declarations returns the value_info of g: the values that the file declared and that still exist,
// with their current types, in the order of the file. New values are not declared.
func declarations(g *graph.Graph, extra *graphExtra) []*onnxpb.ValueInfoProto {
	type declaration = placed[*onnxpb.ValueInfoProto]
	var list []declaration
	for _, e := range extra.infos {
		if g.Value(e.entry.GetName()) == nil { // otherwise it described another value
			list = append(list, e)
		}
	}
	for _, v := range g.Values() {
		for _, e := range extraOf(v).infos {
			list = append(list, declaration{e.at, valueInfo(v, e.entry)})
		}
	}
	slices.SortStableFunc(list, func(a, b declaration) int { return cmp.Compare(a.at, b.at) })
	var infos []*onnxpb.ValueInfoProto
	for _, e := range list {
		infos = append(infos, e.entry)
	}
	return infos
}

// valueInfo declares v in place of read, which may be nil. If neither name nor type changed, it
// returns read.
func valueInfo(v *graph.Value, read *onnxpb.ValueInfoProto) *onnxpb.ValueInfoProto {
	if read == nil {
		return &onnxpb.ValueInfoProto{Name: &v.Name, Type: typeProto(nil, v.Type)}
	}
	same := v.Extra != nil && v.Type.Same(extraOf(v).typ)
	if same && read.GetName() == v.Name {
		return read
	}
	q := &onnxpb.ValueInfoProto{
		Name: keep(read.Name, v.Name), Type: read.Type, DocString: read.DocString, MetadataProps: read.MetadataProps,
	}
	keepUnknown(q, read)
	if !same {
		q.Type = typeProto(read.Type, v.Type)
	}
	return q
}
