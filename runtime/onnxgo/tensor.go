package onnxgo

import (
	"fmt"
	"maps"
	"slices"

	"github.com/owulveryck/onnx-go"
	"gorgonia.org/tensor"

	"github.com/pollard-dev/pollard/graph"
)

// fromTensor copies a gorgonia tensor.
func fromTensor(t tensor.Tensor) (*graph.Tensor, error) {
	if t == nil {
		return nil, fmt.Errorf("no tensor was set")
	}
	dims := slices.Clone([]int(t.Shape()))
	if v := scalar(t.Data()); v != nil {
		return v.Reshaped(dims...), nil
	}
	if d, ok := t.(*tensor.Dense); ok && (d.RequiresIterator() || d.DataOrder().IsColMajor()) {
		t = d.Materialize()
	}
	switch v := t.Data().(type) {
	case []float32:
		return wrap(v, dims)
	case []float64:
		return wrap(v, dims)
	case []int8:
		return wrap(v, dims)
	case []int16:
		return wrap(v, dims)
	case []int32:
		return wrap(v, dims)
	case []int64:
		return wrap(v, dims)
	case []int:
		wide := make([]int64, len(v))
		for i, x := range v {
			wide[i] = int64(x)
		}
		return wrap(wide, dims)
	case []uint8:
		return wrap(v, dims)
	case []uint16:
		return wrap(v, dims)
	case []uint32:
		return wrap(v, dims)
	case []uint64:
		return wrap(v, dims)
	case []bool:
		return wrap(v, dims)
	case []string:
		return wrap(v, dims)
	case []complex64:
		return wrap(v, dims)
	case []complex128:
		return wrap(v, dims)
	}
	return nil, fmt.Errorf("tensors of %v are not supported", t.Dtype())
}

func wrap[T graph.Element](v []T, dims []int) (*graph.Tensor, error) {
	n := 1
	for _, d := range dims {
		n *= d
	}
	if n != len(v) {
		return nil, fmt.Errorf("tensor of shape %v holds %d elements", dims, len(v))
	}
	return graph.TensorOf(slices.Clone(v), dims...), nil
}

// scalar wraps the single number that a gorgonia scalar holds instead of a slice.
func scalar(data any) *graph.Tensor {
	switch v := data.(type) {
	case float32:
		return graph.TensorOf([]float32{v})
	case float64:
		return graph.TensorOf([]float64{v})
	case int8:
		return graph.TensorOf([]int8{v})
	case int16:
		return graph.TensorOf([]int16{v})
	case int32:
		return graph.TensorOf([]int32{v})
	case int64:
		return graph.TensorOf([]int64{v})
	case int:
		return graph.TensorOf([]int64{int64(v)})
	case uint8:
		return graph.TensorOf([]uint8{v})
	case uint16:
		return graph.TensorOf([]uint16{v})
	case uint32:
		return graph.TensorOf([]uint32{v})
	case uint64:
		return graph.TensorOf([]uint64{v})
	case bool:
		return graph.TensorOf([]bool{v})
	case string:
		return graph.TensorOf([]string{v})
	case complex64:
		return graph.TensorOf([]complex64{v})
	case complex128:
		return graph.TensorOf([]complex128{v})
	}
	return nil
}

// toTensor returns a result as a gorgonia tensor that shares its elements.
func toTensor(t *graph.Tensor) (tensor.Tensor, error) {
	switch t.DType() {
	case graph.Float32:
		return dense[float32](t)
	case graph.Float64:
		return dense[float64](t)
	case graph.Int8:
		return dense[int8](t)
	case graph.Int16:
		return dense[int16](t)
	case graph.Int32:
		return dense[int32](t)
	case graph.Int64:
		return dense[int64](t)
	case graph.Uint8:
		return dense[uint8](t)
	case graph.Uint16:
		return dense[uint16](t)
	case graph.Uint32:
		return dense[uint32](t)
	case graph.Uint64:
		return dense[uint64](t)
	case graph.Bool:
		return dense[bool](t)
	case graph.String:
		return dense[string](t)
	case graph.Complex64:
		return dense[complex64](t)
	case graph.Complex128:
		return dense[complex128](t)
	}
	return nil, fmt.Errorf("elements of type %v are not supported by gorgonia's tensors", t.DType())
}

func dense[T graph.Element](t *graph.Tensor) (tensor.Tensor, error) {
	v := graph.Data[T](t)
	switch {
	case t.Len() == 0:
		return nil, fmt.Errorf("%v%v: tensors without elements are not supported by gorgonia's tensors", t.DType(), t.Shape())
	case t.Rank() == 0:
		return tensor.New(tensor.FromScalar(v[0])), nil
	}
	return tensor.New(tensor.WithShape(t.Shape()...), tensor.WithBacking(v)), nil
}

// attributes converts onnx-go's attributes to ours, ordered by name.
func attributes(o onnx.Operation) ([]*graph.Attr, error) {
	var attrs []*graph.Attr
	for _, name := range slices.Sorted(maps.Keys(o.Attributes)) {
		a := &graph.Attr{Name: name}
		switch v := o.Attributes[name].(type) {
		case float32:
			a.Kind, a.Float = graph.AttrFloat, v
		case int64:
			a.Kind, a.Int = graph.AttrInt, v
		case string:
			a.Kind, a.String = graph.AttrString, v
		case []float32:
			a.Kind, a.Floats = graph.AttrFloats, v
		case []int64:
			a.Kind, a.Ints = graph.AttrInts, v
		case []string:
			a.Kind, a.Strings = graph.AttrStrings, v
		case tensor.Tensor:
			t, err := fromTensor(v)
			if err != nil {
				return nil, &onnx.ErrNotImplemented{Operator: o.Name, AttributeName: name, AttributeValue: v, Message: err.Error()}
			}
			a.Kind, a.Tensor = graph.AttrTensor, t
		default:
			return nil, &onnx.ErrNotImplemented{Operator: o.Name, AttributeName: name, AttributeValue: v, Message: "attributes of this type are not supported"}
		}
		attrs = append(attrs, a)
	}
	return attrs, nil
}
