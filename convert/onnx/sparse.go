package onnx

import (
	"errors"
	"fmt"

	"github.com/pollard-dev/pollard/convert/onnx/internal/onnxpb"
	"github.com/pollard-dev/pollard/graph"
)

// maxDense bounds the bytes that a sparse initializer takes when it is made dense:
// a few bytes of a file must not ask for all memory.
const maxDense = 1 << 30

// dense reads a sparse initializer. The result remembers its sparse form.
func (im *importer) dense(p *onnxpb.SparseTensorProto) (*graph.Tensor, error) {
	if p.Values == nil || p.Indices == nil {
		return nil, errors.New("it needs values and indices")
	}
	values, err := im.tensor(p.Values)
	if err != nil {
		return nil, fmt.Errorf("values: %w", err)
	}
	indices, err := im.tensor(p.Indices)
	if err != nil {
		return nil, fmt.Errorf("indices: %w", err)
	}
	shape, n, err := extents(p.Dims)
	if err != nil {
		return nil, err
	}
	d := values.DType()
	switch size := d.Bits() / 8; {
	case size == 0:
		return nil, fmt.Errorf("elements of type %v are not supported", d)
	case n > maxDense/size:
		return nil, fmt.Errorf("shape %v: more than %d bytes when dense", shape, maxDense)
	}
	at, err := positions(indices, values.Len(), shape, n)
	if err != nil {
		return nil, err
	}
	size := d.Bits() / 8
	raw, from := make([]byte, n*size), values.Raw()
	for i, k := range at {
		copy(raw[k*size:], from[i*size:(i+1)*size])
	}
	t, err := graph.FromRaw(d, shape, raw)
	if err != nil {
		return nil, err
	}
	t.Extra = &tensorExtra{sparse: p}
	return t, nil
}

// positions gives the flat position of each of count values among n elements. Indices
// have shape [count], or [count, rank] with one index an axis.
func positions(indices *graph.Tensor, count int, shape []int, n int) ([]int, error) {
	if indices.DType() != graph.Int64 {
		return nil, fmt.Errorf("indices: want int64, have %v", indices.DType())
	}
	have := indices.Shape()
	flat := len(have) == 1 && have[0] == count
	if !flat && (len(have) != 2 || have[0] != count || have[1] != len(shape)) {
		return nil, fmt.Errorf("indices: want shape [%d] or [%d %d], have %v", count, count, len(shape), have)
	}
	data := graph.Data[int64](indices)
	at := make([]int, count)
	for i := range at {
		if flat {
			if data[i] < 0 || data[i] >= int64(n) {
				return nil, fmt.Errorf("index %d lies outside of %d elements", data[i], n)
			}
			at[i] = int(data[i])
			continue
		}
		for axis, extent := range shape {
			k := data[i*len(shape)+axis]
			if k < 0 || k >= int64(extent) {
				return nil, fmt.Errorf("index %d lies outside of axis %d of shape %v", k, axis, shape)
			}
			at[i] = at[i]*extent + int(k)
		}
	}
	return at, nil
}
