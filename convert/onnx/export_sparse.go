package onnx

import (
	"encoding/binary"
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/pollard-dev/pollard/convert/onnx/internal/onnxpb"
	"github.com/pollard-dev/pollard/graph"
)

// sparseIR is the first IR version with sparse initializers. They need no particular opset:
// operators see a dense tensor. See https://onnx.ai/onnx/repo-docs/IR.html and SparseTensorProto in
// the definition of the format.
const sparseIR = 6

// sparse returns the initializer v as an entry of sparse_initializer, or nil if it is to be dense.
// One that was read sparse stays sparse, unchanged if its contents were in the message and stay
// there.
func (ex *exporter) sparse(v *graph.Value) *onnxpb.SparseTensorProto {
	read, _ := v.Const.Extra.(*tensorExtra)
	wasSparse := read != nil && read.sparse != nil
	if wasSparse && (ex.data == nil || proto.Size(read.sparse) < minExternal) && !isExternal(read.sparse.Values) && !isExternal(read.sparse.Indices) {
		return sparseNamed(read.sparse, v.Name)
	}
	if !wasSparse && (ex.sparsely == nil || !ex.sparsely(v)) {
		return nil
	}
	values, at := nonZeros(v.Const)
	if values == nil || !wasSparse && !sparseIsSmaller(v, values, at) {
		return nil
	}
	p := &onnxpb.SparseTensorProto{Values: ex.tensor(values, extraOf(v).header), Indices: ex.tensor(at, nil), Dims: dimsOf(v.Const)}
	p.Values.Name = &v.Name // names the sparse tensor, which has no name itself
	return p
}

// sparseIsSmaller compares the sizes of both forms of v, names included. For float32, a stored
// element takes 12 bytes sparse and 4 dense.
func sparseIsSmaller(v *graph.Value, values, at *graph.Tensor) bool {
	if len(values.Raw())+len(at.Raw()) >= len(v.Const.Raw()) {
		return false
	}
	header := extraOf(v).header
	p := &onnxpb.SparseTensorProto{Values: inlineTensor(values, header), Indices: inlineTensor(at, nil), Dims: dimsOf(v.Const)}
	dense := inlineTensor(v.Const, header)
	p.Values.Name, dense.Name = &v.Name, &v.Name
	return proto.Size(p) < proto.Size(dense)
}

// nonZeros returns the elements of t that are not zero and the flat position of each, in ascending
// order as the format requires. Minus zero is kept, so that no bit changes. Both are nil if t has
// no sparse form that can be read back: elements that are not whole bytes or are wider than eight,
// no axes, no elements, or more elements than the reader makes dense.
func nonZeros(t *graph.Tensor) (values, at *graph.Tensor) {
	size, raw := t.DType().Bits()/8, t.Raw()
	if size == 0 || size > 8 || t.Rank() == 0 || t.Len() == 0 {
		return nil, nil
	}
	n := 0
	eachNonZero(raw, size, func(int) { n++ })
	if int64(len(raw)) > maxDense(int64(n)*int64(size+8)) {
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

// eachNonZero calls visit for the elements, of size bytes, in which some byte is not zero.
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

// irVersion returns the IR version of m, raised if necessary to the first with sparse initializers.
func (ex *exporter) irVersion(m *graph.Model) int64 {
	if m.IRVersion >= sparseIR || ex.sparsely == nil {
		return m.IRVersion
	}
	trial := newExporter() // its result is discarded
	trial.sparsely = ex.sparsely
	if trial.hasSparse(m.Graph) {
		return sparseIR
	}
	return m.IRVersion
}

// hasSparse reports whether some initializer of g or of its subgraphs is written sparse.
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

// sparseNamed returns p under another name, which its values carry.
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
