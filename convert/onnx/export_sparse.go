package onnx

import (
	"encoding/binary"
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/pollard-dev/pollard/convert/onnx/internal/onnxpb"
	"github.com/pollard-dev/pollard/graph"
)

// sparseIR is the first IR version with sparse initializers. No opset is needed: operators see a dense tensor. See
// https://onnx.ai/onnx/repo-docs/IR.html and SparseTensorProto in the format's own definition.
const sparseIR = 6

// sparse is how the initializer v is written in sparse_initializer; nil where it is to be dense. One that was read so stays so,
// to the letter where its contents were in the message and stay there.
func (ex *exporter) sparse(v *graph.Value) *onnxpb.SparseTensorProto {
	read, _ := v.Const.Extra.(*tensorExtra)
	was := read != nil && read.sparse != nil
	if was && (ex.data == nil || proto.Size(read.sparse) < minExternal) && !isExternal(read.sparse.Values) && !isExternal(read.sparse.Indices) {
		return sparseNamed(read.sparse, v.Name)
	}
	if !was && (ex.sparsely == nil || !ex.sparsely(v)) {
		return nil
	}
	values, at := nonZeros(v.Const)
	if values == nil || !was && !sparseIsSmaller(v, values, at) {
		return nil
	}
	p := &onnxpb.SparseTensorProto{Values: ex.tensor(values, extraOf(v).header), Indices: ex.tensor(at, nil), Dims: dimsOf(v.Const)}
	p.Values.Name = &v.Name // of the sparse tensor: it has none of its own
	return p
}

// sparseIsSmaller compares what both forms of v take, names and all: for float32 an element that stays takes 12 bytes, and 4 dense.
func sparseIsSmaller(v *graph.Value, values, at *graph.Tensor) bool {
	if len(values.Raw())+len(at.Raw()) >= len(v.Const.Raw()) {
		return false
	}
	header := extraOf(v).header
	p := &onnxpb.SparseTensorProto{Values: contained(values, header), Indices: contained(at, nil), Dims: dimsOf(v.Const)}
	dense := contained(v.Const, header)
	p.Values.Name, dense.Name = &v.Name, &v.Name
	return proto.Size(p) < proto.Size(dense)
}

// nonZeros gives the elements of t that are not zero, and the flat position of each, in ascending order as the format wants it.
// Minus zero is kept, so that nothing changes by a bit. Both are nil where t has no sparse form that can be read again: elements that are no
// whole number of bytes up to eight, no axes or no elements, more than the reader makes dense.
func nonZeros(t *graph.Tensor) (values, at *graph.Tensor) {
	size, raw := t.DType().Bits()/8, t.Raw()
	if size == 0 || size > 8 || t.Rank() == 0 || t.Len() == 0 {
		return nil, nil
	}
	n := 0
	eachNonZero(raw, size, func(int) { n++ })
	if int64(len(raw)) > mostDense(int64(n)*int64(size+8)) {
		return nil, nil
	}
	kept, positions := make([]byte, 0, n*size), make([]byte, 0, n*8)
	eachNonZero(raw, size, func(i int) {
		kept = append(kept, raw[i*size:(i+1)*size]...)
		positions = binary.LittleEndian.AppendUint64(positions, uint64(i))
	})
	values, err := graph.FromRaw(t.DType(), []int{n}, kept)
	if err != nil {
		return nil, nil
	}
	at, err = graph.FromRaw(graph.Int64, []int{n}, positions)
	if err != nil {
		return nil, nil
	}
	return values, at
}

// eachNonZero visits the elements of that size, of which some byte is not zero.
func eachNonZero(raw []byte, size int, visit func(i int)) {
	for i := range len(raw) / size {
		for _, b := range raw[i*size : (i+1)*size] {
			if b != 0 {
				visit(i)
				break
			}
		}
	}
}

// irVersion is m's, or the first that has sparse initializers where m is older and is to get some.
func (ex *exporter) irVersion(m *graph.Model) int64 {
	if m.IRVersion >= sparseIR || ex.sparsely == nil {
		return m.IRVersion
	}
	trial := newExporter() // for what it makes is thrown away
	trial.sparsely = ex.sparsely
	if trial.hasSparse(m.Graph) {
		return sparseIR
	}
	return m.IRVersion
}

// hasSparse reports whether some initializer of g or of a graph in it is written sparse.
func (ex *exporter) hasSparse(g *graph.Graph) bool {
	if slices.ContainsFunc(g.Initializers, func(v *graph.Value) bool { return ex.sparse(v) != nil }) {
		return true
	}
	for _, n := range g.Nodes {
		if slices.ContainsFunc(n.Subgraphs(), ex.hasSparse) {
			return true
		}
	}
	return false
}

// sparseNamed is p under that name, which its values carry.
func sparseNamed(p *onnxpb.SparseTensorProto, name string) *onnxpb.SparseTensorProto {
	if p.Values.GetName() == name {
		return p
	}
	values := tensorHeader(p.Values)
	copyContents(values, p.Values)
	values.Name = &name
	q := &onnxpb.SparseTensorProto{Values: values, Indices: p.Indices, Dims: p.Dims}
	keepUnknown(q, p)
	return q
}
