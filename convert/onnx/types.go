package onnx

import (
	"fmt"
	"math"
	"slices"

	"github.com/pollard-dev/pollard/convert/onnx/internal/onnxpb"
	"github.com/pollard-dev/pollard/graph"
)

// valueType reads a declared type. What is not a tensor gives the zero Type. A
// negative extent, which some exporters write for one they do not know, is unknown.
func valueType(p *onnxpb.TypeProto) (graph.Type, error) {
	t := p.GetTensorType()
	if t == nil {
		return graph.Type{}, nil
	}
	d := graph.DType(t.GetElemType())
	if d != graph.Undefined && !d.Valid() {
		return graph.Type{}, fmt.Errorf("unknown element type %d", t.GetElemType())
	}
	if t.Shape == nil {
		return graph.TensorType(d, nil), nil
	}
	shape := make(graph.Shape, len(t.Shape.Dim))
	for i, x := range t.Shape.Dim {
		shape[i] = graph.Unknown
		switch v := x.Value.(type) {
		case *onnxpb.TensorShapeProto_Dimension_DimValue:
			if v.DimValue > math.MaxInt {
				return graph.Type{}, fmt.Errorf("dimension %d does not fit", v.DimValue)
			}
			if v.DimValue >= 0 {
				shape[i] = graph.Size(int(v.DimValue))
			}
		case *onnxpb.TensorShapeProto_Dimension_DimParam:
			shape[i] = symbol(v.DimParam)
		}
	}
	return graph.TensorType(d, shape), nil
}

// sameType reports whether both say the same, known elements aside. Unlike
// graph.Shape.Equal it takes unknown for the same as unknown.
func sameType(a, b graph.Type) bool {
	return a.DType == b.DType && (a.Shape == nil) == (b.Shape == nil) && slices.Equal(a.Shape, b.Shape)
}

// typeProto writes t in the place of the declaration p, which may be nil and is
// not changed. What t does not say (denotations, a type that is no tensor) is taken from p.
func typeProto(p *onnxpb.TypeProto, t graph.Type) *onnxpb.TypeProto {
	if t.DType == graph.Undefined {
		return p
	}
	q := &onnxpb.TypeProto{}
	old := p.GetTensorType()
	tensor := &onnxpb.TypeProto_Tensor{ElemType: new(int32(t.DType))}
	if p != nil {
		q.Denotation = p.Denotation
		keepUnknown(q, p)
	}
	if old != nil {
		keepUnknown(tensor, old)
	}
	if t.Shape != nil {
		tensor.Shape = &onnxpb.TensorShapeProto{}
		sameRank := old.GetShape() != nil && len(old.Shape.Dim) == len(t.Shape)
		for i, d := range t.Shape {
			var was *onnxpb.TensorShapeProto_Dimension
			if sameRank {
				was = old.Shape.Dim[i]
			}
			tensor.Shape.Dim = append(tensor.Shape.Dim, dimension(was, d))
		}
		if old.GetShape() != nil {
			keepUnknown(tensor.Shape, old.Shape)
		}
	}
	q.Value = &onnxpb.TypeProto_TensorType{TensorType: tensor}
	return q
}

// dimension writes extent d in the place of was, which may be nil.
func dimension(was *onnxpb.TensorShapeProto_Dimension, d graph.Dim) *onnxpb.TensorShapeProto_Dimension {
	q := &onnxpb.TensorShapeProto_Dimension{}
	if was != nil {
		q.Denotation = was.Denotation
		keepUnknown(q, was)
	}
	if n, known := d.Value(); known {
		if n >= 0 {
			q.Value = &onnxpb.TensorShapeProto_Dimension_DimValue{DimValue: int64(n)}
		}
		return q
	}
	if name, ok := dimParam(d); ok {
		q.Value = &onnxpb.TensorShapeProto_Dimension_DimParam{DimParam: name}
	} else if was != nil {
		// A formula has no standing in the format; the name the file gave this extent has.
		if v, named := was.Value.(*onnxpb.TensorShapeProto_Dimension_DimParam); named {
			q.Value = v
		}
	}
	return q
}
