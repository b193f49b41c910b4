package onnx

import (
	"errors"
	"fmt"

	"github.com/pollard-dev/pollard/convert/onnx/internal/onnxpb"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/memory"
)

// A sparse initializer may expand up to the memory limit, but not from next to nothing: beyond
// freeDense bytes, each byte of its values and indices may stand for at most maxExpansion bytes of
// the dense tensor. A few bytes of a file must not allocate all memory.
const freeDense, maxExpansion = 128 << 20, 1 << 12

// maxDense returns how many bytes a sparse form with contents bytes of values and indices may
// expand to.
func maxDense(contents int64) int64 { return max(freeDense, memory.Product(maxExpansion, contents)) }

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
	d := values.DType()
	shape, n, err := extents(d, p.Dims)
	if err != nil {
		return nil, err
	}
	size := d.Bits() / 8
	if size == 0 {
		return nil, fmt.Errorf("elements of type %v are not supported", d)
	}
	dense := int64(n) * int64(size)
	if dense > maxDense(values.Bytes()+indices.Bytes()) {
		return nil, fmt.Errorf("shape %v: would take %s when dense, with %d elements stored", shape, memory.Text(dense), values.Len())
	}
	if err := memory.Hold(fmt.Sprintf("dense %v%v", d, shape), dense); err != nil {
		return nil, err
	}
	at, err := positions(indices, values.Len(), shape, n)
	if err != nil {
		return nil, err
	}
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

// positions returns the flat position of each of count values among n elements. indices has shape
// [count], or [count, rank] with one index an axis.
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
