package onnx

import (
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/convert/onnx/internal/onnxpb"
	"github.com/pollard-dev/pollard/graph"
)

// valueType reads a declared type. It returns the zero Type for anything but a tensor or a sequence
// of tensors. A negative extent, which some exporters write for an unknown one, is unknown.
func valueType(p *onnxpb.TypeProto) (graph.Type, error) {
	t := p.GetTensorType()
	if elem := p.GetSequenceType().GetElemType(); elem.GetTensorType() != nil {
		item, err := valueType(elem)
		return graph.SequenceType(item, graph.Unknown), err
	}
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
				return graph.Type{}, fmt.Errorf("extent %d is larger than this machine can address", v.DimValue)
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

// checkExtents refuses extents below -1, the value that exporters write for unknown ones.
func checkExtents(p *onnxpb.TypeProto) error {
	dims := p.GetTensorType().GetShape().GetDim()
	for i, x := range dims {
		if x.GetDimValue() < -1 {
			t, err := valueType(p)
			if err != nil {
				return err
			}
			t.Shape[i] = graph.Size(int(max(x.GetDimValue(), math.MinInt)))
			return fmt.Errorf("shape %v: want no negative extent, have %d", t.Shape, x.GetDimValue())
		}
	}
	return nil
}

// typeProto writes t in place of the declaration p, which may be nil and is not changed. What t
// does not say (denotations, a type that is not a tensor) is taken from p.
func typeProto(p *onnxpb.TypeProto, t graph.Type) *onnxpb.TypeProto {
	if t.DType == graph.Undefined || t.DType == graph.None { // the format declares the type of what is absent
		return p
	}
	if t.DType == graph.Sequence {
		return sequenceProto(p, t)
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

// sequenceProto writes the sequence type t in place of the declaration p, which may be nil.
func sequenceProto(p *onnxpb.TypeProto, t graph.Type) *onnxpb.TypeProto {
	q, old := &onnxpb.TypeProto{}, p.GetSequenceType()
	seq := &onnxpb.TypeProto_Sequence{ElemType: typeProto(old.GetElemType(), t.ItemType())}
	if p != nil {
		q.Denotation = p.Denotation
		keepUnknown(q, p)
	}
	if old != nil {
		keepUnknown(seq, old)
	}
	q.Value = &onnxpb.TypeProto_SequenceType{SequenceType: seq}
	return q
}

// dimension writes extent d in place of was, which may be nil.
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
		// The format has no formulas; use the name that the file gave this extent.
		if v, named := was.Value.(*onnxpb.TensorShapeProto_Dimension_DimParam); named {
			q.Value = v
		}
	}
	return q
}
