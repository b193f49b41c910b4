package op_test

import (
	"math"
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

func TestShape(t *testing.T) {
	between := func(start, end int) []*graph.Attr {
		return []*graph.Attr{graph.IntAttr("start", start), graph.IntAttr("end", end)}
	}
	x := ramp(0, 2, 3, 4)
	applyAll(t, "Shape", []applied{
		{name: "all", in: []*graph.Tensor{x}, want: []*graph.Tensor{i64([]int64{2, 3, 4})}},
		{name: "from the end", attrs: between(-2, -1), in: []*graph.Tensor{x}, want: []*graph.Tensor{i64([]int64{3})}},
		{name: "clamped", attrs: between(-9, 9), in: []*graph.Tensor{x}, want: []*graph.Tensor{i64([]int64{2, 3, 4})}},
		{name: "none", attrs: between(2, 1), in: []*graph.Tensor{x}, want: []*graph.Tensor{i64([]int64{}, 0)}},
		{name: "not before opset 15", version: 13, attrs: between(1, 2), in: []*graph.Tensor{x}, want: []*graph.Tensor{i64([]int64{2, 3, 4})}},
		{name: "count", op: "Size", in: []*graph.Tensor{x}, want: []*graph.Tensor{scalar[int64](24)}},
	})
	coupleEach(t, "Shape", []coupled{
		{name: "what is read is pinned", attrs: between(0, 2), in: []any{"N 6 1 4"}, types: "int64[2]{N,6}",
			want: "in0.2=v0(1), in0.3=v1(4), pin in0.0, pin in0.1, pin out0.0"},
		{name: "count", op: "Size", in: []any{"N 6"}, types: "int64[]{6*N}", want: "pin in0.0, pin in0.1"},
		{name: "unknown rank", in: []any{graph.TensorType(graph.Float32, nil)}, types: "int64[?]"},
	})
}

func TestRange(t *testing.T) {
	applyAll(t, "Range", []applied{
		{name: "up", in: []*graph.Tensor{scalar[float32](1), scalar[float32](2), scalar[float32](0.4)}, want: []*graph.Tensor{f32([]float32{1, 1.4, 1.8})}},
		{name: "down", in: []*graph.Tensor{scalar[int64](5), scalar[int64](0), scalar[int64](-2)}, want: []*graph.Tensor{i64([]int64{5, 3, 1})}},
		{name: "nothing", in: []*graph.Tensor{scalar[int64](5), scalar[int64](5), scalar[int64](1)}, want: []*graph.Tensor{i64([]int64{}, 0)}},
		{name: "no step", in: []*graph.Tensor{scalar[int64](5), scalar[int64](6), scalar[int64](0)}, err: "delta"},
		{name: "endless", in: []*graph.Tensor{scalar[int64](0), scalar[int64](math.MaxInt64), scalar[int64](1)}, err: "want at most"},
	})
	n := graph.Type{DType: graph.Int64, Shape: graph.Shape{}, Elems: dims(t, "N")}
	coupleEach(t, "Range", []coupled{
		{name: "as long as an extent", in: []any{scalar[int64](0), n, scalar[int64](1)}, types: "int64[N]", want: "pin out0.0"},
		{name: "as long as a function of one", in: []any{scalar[int64](2), n, scalar[int64](1)}, types: "int64[(range(2,N,1))]"},
		{name: "known elements", in: []any{scalar[int64](2), scalar[int64](5), scalar[int64](1)}, types: "int64[3]{2,3,4}"},
	})
}
