package onnx

import (
	"bytes"
	"testing"

	"google.golang.org/protobuf/encoding/prototext"

	"github.com/pollard-dev/pollard/convert/onnx/internal/onnxpb"
	"github.com/pollard-dev/pollard/graph"
)

// Each element type in the field that the format assigns to it and, with the same elements, as
// raw_data.
func TestTensorEncodings(t *testing.T) {
	for _, c := range []struct {
		dtype      graph.DType
		dims       []int64
		typed, raw string
	}{
		{graph.Float32, []int64{2}, `float_data: [1, -2]`, "\x00\x00\x80\x3f\x00\x00\x00\xc0"},
		{graph.Uint8, []int64{3}, `int32_data: [0, 1, 255]`, "\x00\x01\xff"},
		{graph.Int8, []int64{3}, `int32_data: [0, 1, -128]`, "\x00\x01\x80"},
		{graph.Uint16, []int64{2}, `int32_data: [1, 65535]`, "\x01\x00\xff\xff"},
		{graph.Int16, []int64{2}, `int32_data: [1, -2]`, "\x01\x00\xfe\xff"},
		{graph.Int32, []int64{2}, `int32_data: [1, -2]`, "\x01\x00\x00\x00\xfe\xff\xff\xff"},
		{graph.Int64, []int64{1}, `int64_data: [-2]`, "\xfe\xff\xff\xff\xff\xff\xff\xff"},
		{graph.Bool, []int64{3}, `int32_data: [1, 0, 1]`, "\x01\x00\x01"},
		{graph.Float16, []int64{2}, `int32_data: [15360, 49152]`, "\x00\x3c\x00\xc0"},
		{graph.Float64, []int64{1}, `double_data: [1]`, "\x00\x00\x00\x00\x00\x00\xf0\x3f"},
		{graph.Uint32, []int64{1}, `uint64_data: [4294967295]`, "\xff\xff\xff\xff"},
		{graph.Uint64, []int64{1}, `uint64_data: [18446744073709551615]`, "\xff\xff\xff\xff\xff\xff\xff\xff"},
		{graph.Complex64, []int64{1}, `float_data: [1, -2]`, "\x00\x00\x80\x3f\x00\x00\x00\xc0"},
		{graph.Complex128, []int64{1}, `double_data: [1, 0]`, "\x00\x00\x00\x00\x00\x00\xf0\x3f\x00\x00\x00\x00\x00\x00\x00\x00"},
		{graph.BFloat16, []int64{2}, `int32_data: [16256, 49152]`, "\x80\x3f\x00\xc0"},
		{graph.Float8E4M3FN, []int64{2}, `int32_data: [56, 255]`, "\x38\xff"},
		{graph.Float8E4M3FNUZ, []int64{1}, `int32_data: [64]`, "\x40"},
		{graph.Float8E5M2, []int64{1}, `int32_data: [60]`, "\x3c"},
		{graph.Float8E5M2FNUZ, []int64{1}, `int32_data: [64]`, "\x40"},
		{graph.Float8E8M0, []int64{1}, `int32_data: [127]`, "\x7f"},
		{graph.Uint4, []int64{3}, `int32_data: [33, 3]`, "\x21\x03"}, // 1, 2, 3
		{graph.Int4, []int64{2, 2}, `int32_data: [225, 248]`, "\xe1\xf8"},
		{graph.Float4E2M1, []int64{1}, `int32_data: [2]`, "\x02"},
		{graph.Uint2, []int64{5}, `int32_data: [228, 1]`, "\xe4\x01"}, // 0, 1, 2, 3, 1
		{graph.Int2, []int64{4}, `int32_data: [228]`, "\xe4"},
		{graph.Float32, []int64{}, `float_data: 1`, "\x00\x00\x80\x3f"},
		{graph.Float32, []int64{2, 0}, ``, ""},
	} {
		t.Run(c.dtype.String(), func(t *testing.T) {
			typed := &onnxpb.TensorProto{}
			if err := prototext.Unmarshal([]byte(c.typed), typed); err != nil {
				t.Fatal(err)
			}
			raw := &onnxpb.TensorProto{RawData: []byte(c.raw)}
			for _, p := range []*onnxpb.TensorProto{typed, raw} {
				p.Dims, p.DataType = c.dims, new(int32(c.dtype))
				have, err := DecodeTensor(bytesOf(t, p))
				if err != nil {
					t.Fatal(err)
				}
				if have.DType() != c.dtype || !bytes.Equal(have.Raw(), []byte(c.raw)) {
					t.Errorf("%v: want % x, have %v % x", p, c.raw, have.DType(), have.Raw())
				}
				mustEqual(t, p, written(have, nil))
				mustEqual(t, &onnxpb.TensorProto{Dims: c.dims, DataType: p.DataType, RawData: []byte(c.raw)},
					written(have.Reshaped(have.Shape()...), nil)) // a new tensor of the same contents
			}
		})
	}
}

// written returns the message that a tensor becomes, with its contents.
func written(t *graph.Tensor, header *onnxpb.TensorProto) *onnxpb.TensorProto {
	ex := newExporter()
	p := ex.tensor(t, header)
	if p.RawData != nil {
		p.RawData = ex.cuts[0]
	}
	return p
}

func TestStringTensors(t *testing.T) {
	p := &onnxpb.TensorProto{Dims: []int64{2}, DataType: new(int32(8)), StringData: [][]byte{[]byte("a\xff"), {}}}
	have, err := DecodeTensor(bytesOf(t, p))
	if err != nil {
		t.Fatal(err)
	}
	if s := graph.Data[string](have); s[0] != "a\xff" || s[1] != "" {
		t.Errorf("have %q", s)
	}
	mustEqual(t, p, written(have, nil))
	mustEqual(t, p, written(have.Reshaped(2), nil))
}

// New contents of an initializer keep its documentation.
func TestNewContentsKeepDocumentation(t *testing.T) {
	m := decoded(t, everything(t))
	m.Graph.SetConst(m.Graph.Value("w"), graph.TensorOf([]float32{5}, 1))
	m.Graph.SetConst(m.Graph.Value("thin"), graph.TensorOf([]float32{7}, 1, 1))
	have := encoded(t, m).Graph
	want := &onnxpb.TensorProto{}
	if err := prototext.Unmarshal([]byte(`name: "w" doc_string: "weights" dims: 1 data_type: 1 raw_data: "\000\000\240@" metadata_props { key: "k" value: "v" }`), want); err != nil {
		t.Fatal(err)
	}
	mustEqual(t, want, have.Initializer[0])
	if len(have.SparseInitializer) != 0 || have.Initializer[len(have.Initializer)-1].GetName() != "thin" {
		t.Errorf("a sparse initializer with new contents is written dense")
	}
	if n := have.Input[1].Type.GetTensorType().Shape.Dim[0].GetDimValue(); n != 1 {
		t.Errorf("input w: want 1 element declared, have %d", n)
	}
}
