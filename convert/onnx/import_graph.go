package onnx

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/convert/onnx/internal/onnxpb"
	"github.com/pollard-dev/pollard/graph"
)

// graph reads a graph within outer, which is nil for the main graph. It creates all values first,
// so nodes may come in any order.
func (im *importer) graph(p *onnxpb.GraphProto, outer *graph.Graph) (*graph.Graph, error) {
	g := graph.New(p.GetName())
	g.Outer = outer
	b := &graphReader{im: im, g: g, p: p, extras: map[*graph.Value]*valueExtra{}}
	for _, read := range []func() error{
		b.inputs, b.initializers, b.sparse, b.nodeOutputs, b.declarations, b.nodes, b.outputs,
	} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	if err := g.Sort(); err != nil {
		return nil, err
	}
	b.finish()
	return g, nil
}

// graphReader reads one graph.
type graphReader struct {
	im     *importer
	g      *graph.Graph
	p      *onnxpb.GraphProto
	extras map[*graph.Value]*valueExtra
	infos  []placed[*onnxpb.ValueInfoProto]
}

// extra returns the record of what the file says about v.
func (b *graphReader) extra(v *graph.Value) *valueExtra {
	e := b.extras[v]
	if e == nil {
		e = &valueExtra{}
		b.extras[v] = e
	}
	return e
}

func (b *graphReader) inputs() error {
	for i, info := range b.p.Input {
		v, err := b.g.NewValue(info.GetName())
		if err != nil {
			return fmt.Errorf("input %d: %w", i, err)
		}
		if v.Type, err = valueType(info.Type); err == nil && b.g.Outer == nil {
			err = checkExtents(info.Type)
		}
		if err != nil {
			return fmt.Errorf("input %q: %w", v.Name, err)
		}
		b.g.AddInput(v)
		e := b.extra(v)
		e.input, e.inputAt = info, i
	}
	return nil
}

func (b *graphReader) initializers() error {
	for i, p := range b.p.Initializer {
		t, err := b.im.tensor(p)
		if err != nil {
			return fmt.Errorf("initializer %q: %w", p.GetName(), err)
		}
		if err := b.constant(p.GetName(), t, p); err != nil {
			return fmt.Errorf("initializer %d: %w", i, err)
		}
	}
	if b.g.Outer == nil && b.im.declaredWeights {
		b.g.Inputs = slices.DeleteFunc(b.g.Inputs, func(v *graph.Value) bool { return v.Const != nil })
	}
	return nil
}

func (b *graphReader) sparse() error {
	for i, p := range b.p.SparseInitializer {
		t, err := b.im.dense(p)
		if err != nil {
			return fmt.Errorf("sparse initializer %q: %w", p.GetValues().GetName(), err)
		}
		if err := b.constant(p.GetValues().GetName(), t, p.Values); err != nil {
			return fmt.Errorf("sparse initializer %d: %w", i, err)
		}
	}
	return nil
}

// constant makes t the contents of the named value, which may be an input.
func (b *graphReader) constant(name string, t *graph.Tensor, p *onnxpb.TensorProto) error {
	v := b.g.Value(name)
	if v == nil {
		var err error
		if v, err = b.g.NewValue(name); err != nil {
			return err
		}
	}
	if v.Const != nil {
		return fmt.Errorf("duplicate initializer %q", name)
	}
	b.g.SetConst(v, t)
	b.extra(v).header = tensorHeader(p)
	return nil
}

func (b *graphReader) nodeOutputs() error {
	for i, n := range b.p.Node {
		for _, name := range n.Output {
			if name == "" {
				continue
			}
			if _, err := b.g.NewValue(name); err != nil {
				return fmt.Errorf("node %s: %w", protoLabel(i, n), err)
			}
		}
	}
	return nil
}

// declarations reads the value_info of values inside the graph.
func (b *graphReader) declarations() error {
	for i, info := range b.p.ValueInfo {
		at := placed[*onnxpb.ValueInfoProto]{i, info}
		v := b.g.Value(info.GetName())
		if v == nil {
			b.infos = append(b.infos, at)
			continue
		}
		e := b.extra(v)
		e.infos = append(e.infos, at)
		if err := b.declare(v, info); err != nil {
			return fmt.Errorf("value_info %q: %w", v.Name, err)
		}
	}
	return nil
}

// declare adopts the declared type of v if it says more than the type v has.
func (b *graphReader) declare(v *graph.Value, info *onnxpb.ValueInfoProto) error {
	t, err := valueType(info.Type)
	if err != nil || v.Const != nil || v.Type.Shape != nil {
		return err
	}
	if t.Shape != nil || v.Type.DType == graph.Undefined {
		v.Type = t
	}
	return nil
}

func (b *graphReader) nodes() error {
	for i, p := range b.p.Node {
		if err := b.node(p); err != nil {
			return fmt.Errorf("node %s: %w", protoLabel(i, p), err)
		}
	}
	return nil
}

// protoLabel labels a node that is not yet in a graph, as graph.Node.Label does.
func protoLabel(i int, p *onnxpb.NodeProto) string {
	name := p.GetName()
	for _, out := range p.Output {
		if name == "" {
			name = out
		}
	}
	if name == "" {
		name = fmt.Sprintf("#%d", i)
	}
	op := graph.Node{Op: p.GetOpType(), Domain: onnxDomain(p.GetDomain())}
	return fmt.Sprintf("%q (%s)", name, op.OpName())
}

func (b *graphReader) outputs() error {
	for i, info := range b.p.Output {
		if info.GetName() == "" {
			return fmt.Errorf("output %d has no name", i)
		}
		v := b.g.Lookup(info.GetName())
		if v == nil {
			return fmt.Errorf("output %q: nothing computes it", info.GetName())
		}
		b.g.Outputs = append(b.g.Outputs, v)
		if v.Graph() != b.g {
			continue // kept in the graph's own extra
		}
		e := b.extra(v)
		e.outputs = append(e.outputs, info)
		if err := b.declare(v, info); err != nil {
			return fmt.Errorf("output %q: %w", v.Name, err)
		}
	}
	return nil
}

// finish stores what was gathered in the graph's Extra fields.
func (b *graphReader) finish() {
	known := map[string]bool{}
	for _, v := range b.g.Values() {
		known[v.Name] = true
		if e := b.extras[v]; e != nil {
			e.typ = v.Type
			e.typ.Shape = v.Type.Shape.Clone()
			v.Extra = e
		}
	}
	p := b.p
	captured := map[string]*onnxpb.ValueInfoProto{}
	for i, v := range b.g.Outputs {
		if v.Graph() != b.g {
			captured[v.Name] = p.Output[i]
		}
	}
	p.Node, p.Initializer, p.SparseInitializer = nil, nil, nil
	p.Input, p.Output, p.ValueInfo = nil, nil, nil
	b.g.Extra = &graphExtra{proto: p, infos: b.infos, known: known, captured: captured}
}
