package onnx

import (
	"slices"

	"github.com/pollard-dev/pollard/convert/onnx/internal/onnxpb"
	"github.com/pollard-dev/pollard/graph"
)

// The types below are what the importer leaves in the Extra fields of package graph. Clones of a
// model share them, so they are never modified after import.

// modelExtra is the model as read, without its graph and functions.
type modelExtra struct {
	proto *onnxpb.ModelProto
	// external lists the files of external data that the tensors view.
	external []string
}

// functionExtra is the function as read, without its nodes and the attributes with a default.
type functionExtra struct{ proto *onnxpb.FunctionProto }

// graphExtra is the graph as read, without everything that is a node, a value or a tensor of the
// representation.
type graphExtra struct {
	proto *onnxpb.GraphProto
	// infos holds the entries of value_info that name no value of the graph.
	infos []placed[*onnxpb.ValueInfoProto]
	// captured holds the declarations of outputs that are values of outer graphs.
	captured map[string]*onnxpb.ValueInfoProto
	// known holds the names that the graph's values had when it was read.
	known map[string]bool
}

// placed is an entry of a list with its position there.
type placed[T any] struct {
	at    int
	entry T
}

// valueExtra is what the file declares about a value. All lists may be empty.
type valueExtra struct {
	input   *onnxpb.ValueInfoProto
	inputAt int // position among the inputs
	outputs []*onnxpb.ValueInfoProto
	infos   []placed[*onnxpb.ValueInfoProto]
	// header is the initializer's tensor without contents; its documentation survives new contents.
	header *onnxpb.TensorProto
	// typ is the value's type right after import. While the value has it, the declarations are
	// written as they were read.
	typ graph.Type
}

// nodeExtra is the node as read, without its attributes.
type nodeExtra struct{ proto *onnxpb.NodeProto }

// attrExtra is the attribute as read, without its graphs, and the kind it was read as.
type attrExtra struct {
	proto *onnxpb.AttributeProto
	kind  graph.AttrKind
}

// tensorExtra is the tensor as read; exactly one of its fields is set.
type tensorExtra struct {
	proto  *onnxpb.TensorProto
	sparse *onnxpb.SparseTensorProto
}

// External lists the files of external data that the tensors of m, as it was read, view. None of
// them may be overwritten.
func External(m *graph.Model) []string {
	if extra, ok := m.Extra.(*modelExtra); ok {
		return slices.Clone(extra.external)
	}
	return nil
}
