package onnx

import "github.com/pollard-dev/pollard/convert/onnx/internal/onnxpb"

// visitor is called for every tensor in a message, wherever fields says that one may lie.
type visitor func(*onnxpb.TensorProto)

// beside visits the parts of a model outside of its main graph.
func (v visitor) beside(m *onnxpb.ModelProto) {
	for _, t := range m.TrainingInfo {
		v.graph(t.Initialization)
		v.graph(t.Algorithm)
	}
	for _, f := range m.Functions {
		v.nodes(f.Node)
		v.attributes(f.AttributeProto)
	}
}

func (v visitor) graph(g *onnxpb.GraphProto) {
	if g == nil {
		return
	}
	v.nodes(g.Node)
	for _, t := range g.Initializer {
		v.tensor(t)
	}
	for _, s := range g.SparseInitializer {
		v.sparse(s)
	}
}

func (v visitor) nodes(nodes []*onnxpb.NodeProto) {
	for _, n := range nodes {
		v.attributes(n.Attribute)
	}
}

func (v visitor) attributes(attrs []*onnxpb.AttributeProto) {
	for _, a := range attrs {
		v.tensor(a.T)
		v.graph(a.G)
		v.sparse(a.SparseTensor)
		for _, t := range a.Tensors {
			v.tensor(t)
		}
		for _, g := range a.Graphs {
			v.graph(g)
		}
		for _, s := range a.SparseTensors {
			v.sparse(s)
		}
	}
}

func (v visitor) sparse(s *onnxpb.SparseTensorProto) {
	if s != nil {
		v.tensor(s.Values)
		v.tensor(s.Indices)
	}
}

func (v visitor) tensor(t *onnxpb.TensorProto) {
	if t != nil {
		v(t)
	}
}
