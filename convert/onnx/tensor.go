package onnx

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/pollard-dev/pollard/convert/onnx/internal/onnxpb"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/memory"
)

// tensor reads a TensorProto. The result views its raw_data, float_data and the like. Integers too
// wide for their type, such as 300 in a uint8 tensor of int32_data, lose their high bits, as in
// ONNX's own library.
func (im *importer) tensor(p *onnxpb.TensorProto) (*graph.Tensor, error) {
	d := graph.DType(p.GetDataType())
	if !d.Valid() {
		return nil, fmt.Errorf("unknown element type %d", p.GetDataType())
	}
	shape, n, err := extents(d, p.Dims)
	if err != nil {
		return nil, err
	}
	var t *graph.Tensor
	switch {
	case p.Segment != nil:
		return nil, errors.New("tensors in segments are not supported")
	case isExternal(p):
		var raw []byte
		if d == graph.String {
			return nil, errors.New("strings cannot lie in external data")
		}
		if raw, err = im.external.bytes(p.ExternalData, graph.RawLen(d, n)); err == nil {
			t, err = graph.FromRaw(d, shape, raw)
		}
	case len(p.RawData) > 0 || p.RawData != nil && n == 0 && d != graph.String:
		t, err = graph.FromRaw(d, shape, p.RawData)
	default:
		t, err = typed(p, d, shape, n)
	}
	if err != nil {
		return nil, err
	}
	t.Extra = &tensorExtra{proto: p}
	return t, nil
}

// extents checks the dims of a tensor of type d and returns them as ints, with their product. It
// refuses sizes that exceed any address space; smaller ones may still be more than the message has.
func extents(d graph.DType, dims []int64) (shape []int, n int, err error) {
	shape = make([]int, len(dims))
	for i, x := range dims {
		if x < 0 {
			return nil, 0, fmt.Errorf("shape %v: negative dimension", dims)
		}
		if x > math.MaxInt {
			return nil, 0, fmt.Errorf("shape %v: number of elements overflows", dims)
		}
		shape[i] = int(x)
	}
	if bytes := memory.Product(memory.Product(dims...), int64(max(1, d.Bits()/8))); bytes >= math.MaxInt {
		return nil, 0, fmt.Errorf("shape %v: number of elements overflows", dims)
	}
	return shape, int(memory.Product(dims...)), nil
}

// typed reads the elements from the field that the format assigns to their type.
func typed(p *onnxpb.TensorProto, d graph.DType, shape []int, n int) (*graph.Tensor, error) {
	switch d {
	case graph.Float32:
		return wrap(p.FloatData, shape, n)
	case graph.Float64:
		return wrap(p.DoubleData, shape, n)
	case graph.Int32:
		return wrap(p.Int32Data, shape, n)
	case graph.Int64:
		return wrap(p.Int64Data, shape, n)
	case graph.Uint64:
		return wrap(p.Uint64Data, shape, n)
	case graph.Uint32:
		return wrap(convert(p.Uint64Data, func(v uint64) uint32 { return uint32(v) }), shape, n)
	case graph.String:
		return wrap(convert(p.StringData, func(b []byte) string { return string(b) }), shape, n)
	case graph.Complex64:
		return wrap(pairs(p.FloatData, func(re, im float32) complex64 { return complex(re, im) }), shape, n)
	case graph.Complex128:
		return wrap(pairs(p.DoubleData, func(re, im float64) complex128 { return complex(re, im) }), shape, n)
	case graph.Int8:
		return wrap(convert(p.Int32Data, func(v int32) int8 { return int8(v) }), shape, n)
	case graph.Int16:
		return wrap(convert(p.Int32Data, func(v int32) int16 { return int16(v) }), shape, n)
	case graph.Uint8:
		return wrap(convert(p.Int32Data, func(v int32) uint8 { return uint8(v) }), shape, n)
	case graph.Uint16:
		return wrap(convert(p.Int32Data, func(v int32) uint16 { return uint16(v) }), shape, n)
	case graph.Bool:
		return wrap(convert(p.Int32Data, func(v int32) bool { return v != 0 }), shape, n)
	case graph.Float16:
		return wrap(convert(p.Int32Data, func(v int32) graph.Float16Bits { return graph.Float16Bits(v) }), shape, n)
	case graph.BFloat16:
		return wrap(convert(p.Int32Data, func(v int32) graph.BFloat16Bits { return graph.BFloat16Bits(v) }), shape, n)
	}
	// The 8-bit floats and types narrower than a byte: int32_data holds bytes.
	return graph.FromRaw(d, shape, convert(p.Int32Data, func(v int32) byte { return byte(v) }))
}

// wrap is graph.TensorOf with an error for a wrong number of elements.
func wrap[T graph.Element](data []T, shape []int, n int) (*graph.Tensor, error) {
	if len(data) != n {
		return nil, fmt.Errorf("shape %v: want %d elements, have %d", shape, n, len(data))
	}
	return graph.TensorOf(data, shape...), nil
}

func convert[D, S any](s []S, f func(S) D) []D {
	d := make([]D, len(s))
	for i, v := range s {
		d[i] = f(v)
	}
	return d
}

func pairs[S, D any](s []S, f func(a, b S) D) []D {
	d := make([]D, len(s)/2)
	for i := range d {
		d[i] = f(s[2*i], s[2*i+1])
	}
	return d
}

// tensor writes t as it was read, if that is known and wanted, else in raw_data. header, which may
// be nil, supplies documentation for a tensor that has none of its own.
func (ex *exporter) tensor(t *graph.Tensor, header *onnxpb.TensorProto) *onnxpb.TensorProto {
	q := inlineTensor(t, header)
	switch {
	case ex.data.takes(t):
		q = tensorHeader(q)
		q.DataLocation = onnxpb.TensorProto_EXTERNAL.Enum()
		q.ExternalData = ex.data.place(t.Raw())
	case q.RawData != nil:
		q.RawData = ex.standIn(q.RawData)
	}
	return q
}

// inlineTensor returns t with its contents in the message itself.
func inlineTensor(t *graph.Tensor, header *onnxpb.TensorProto) *onnxpb.TensorProto {
	read, _ := t.Extra.(*tensorExtra)
	if read != nil && read.proto != nil {
		header = read.proto
	}
	q := tensorHeader(header)
	q.DataType, q.Dims = keepInt32(q.DataType, int32(t.DType())), dimsOf(t)
	switch {
	case read != nil && read.proto != nil && !isExternal(read.proto):
		copyContents(q, read.proto)
	case t.DType() == graph.String:
		q.StringData = convert(graph.Data[string](t), func(s string) []byte { return []byte(s) })
	default:
		q.RawData = t.Raw()
	}
	return q
}

func dimsOf(t *graph.Tensor) []int64 {
	return convert(t.Shape(), func(d int) int64 { return int64(d) })
}

// tensorHeader copies p without its contents; a nil p gives an empty tensor.
func tensorHeader(p *onnxpb.TensorProto) *onnxpb.TensorProto {
	if p == nil {
		return &onnxpb.TensorProto{}
	}
	q := &onnxpb.TensorProto{
		Dims: p.Dims, DataType: p.DataType, Name: p.Name, DocString: p.DocString, MetadataProps: p.MetadataProps,
	}
	keepUnknown(q, p)
	return q
}

func copyContents(q, p *onnxpb.TensorProto) {
	q.Segment, q.DataLocation, q.ExternalData = p.Segment, p.DataLocation, p.ExternalData
	q.FloatData, q.DoubleData, q.Int32Data, q.Int64Data = p.FloatData, p.DoubleData, p.Int32Data, p.Int64Data
	q.Uint64Data, q.StringData, q.RawData = p.Uint64Data, p.StringData, p.RawData
}

// entry returns a key-value pair.
func entry(key, value string) *onnxpb.StringStringEntryProto {
	return &onnxpb.StringStringEntryProto{Key: &key, Value: &value}
}

func intEntry(key string, value int64) *onnxpb.StringStringEntryProto {
	return entry(key, strconv.FormatInt(value, 10))
}
