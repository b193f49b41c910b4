package op_test

import (
	"math"
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

func TestClip(t *testing.T) {
	x := f32([]float32{-2, 0.5, 3})
	inf := float32(math.Inf(1))
	applyAll(t, "Clip", []applied{
		{"bounds as attributes", "", 6, []*graph.Attr{graph.FloatAttr("min", -1), graph.FloatAttr("max", 1)}, []*graph.Tensor{x}, []*graph.Tensor{f32([]float32{-1, 0.5, 1})}, ""},
		{"bounds as inputs", "", 11, nil, []*graph.Tensor{x, scalar[float32](-1), scalar[float32](1)}, []*graph.Tensor{f32([]float32{-1, 0.5, 1})}, ""},
		{"no lower bound", "", 13, nil, []*graph.Tensor{x, nil, scalar[float32](1)}, []*graph.Tensor{f32([]float32{-2, 0.5, 1})}, ""},
		{"no bound", "", 13, nil, []*graph.Tensor{f32([]float32{-inf, inf})}, []*graph.Tensor{f32([]float32{-inf, inf})}, ""},
		{"min above max gives max", "", 13, nil, []*graph.Tensor{x, scalar[float32](2), scalar[float32](1)}, []*graph.Tensor{f32([]float32{1, 1, 1})}, ""},
		{"integers", "", 12, nil, []*graph.Tensor{i64([]int64{-5, 1 << 60}), scalar[int64](0)}, []*graph.Tensor{i64([]int64{0, 1 << 60})}, ""},
		{"bound of another type", "", 12, nil, []*graph.Tensor{x, scalar[int64](0)}, nil, "want one float"},
		{"bound that is no scalar", "", 12, nil, []*graph.Tensor{x, x}, nil, "want a scalar"},
	})
}

func TestPow(t *testing.T) {
	applyAll(t, "Pow", []applied{
		{"floats", "", 7, nil, []*graph.Tensor{f32([]float32{4, 9, 2}), f32([]float32{0.5, 0.5, -1})}, []*graph.Tensor{f32([]float32{2, 3, 0.5})}, ""},
		{"the base gives the type", "", 12, nil, []*graph.Tensor{i64([]int64{2, 3}), f32([]float32{2.5})}, []*graph.Tensor{i64([]int64{5, 15})}, ""},
		{"integers beyond the precision of floats", "", 15, nil, []*graph.Tensor{i64([]int64{3, -2, 5, -1}), i64([]int64{39, 3, -1, -3})},
			[]*graph.Tensor{i64([]int64{4052555153018976267, -8, 0, -1})}, ""},
		{"0 to a negative power", "", 15, nil, []*graph.Tensor{i64([]int64{0}), i64([]int64{-1})}, nil, "0 to the power of -1"},
	})
}

func TestMod(t *testing.T) {
	a, b := i64([]int64{-4, 7, 5, 4, -7, 8}), i64([]int64{2, -3, 8, -2, 3, 5})
	fmod := []*graph.Attr{graph.IntAttr("fmod", 1)}
	applyAll(t, "Mod", []applied{
		{"sign of the divisor", "", 10, nil, []*graph.Tensor{a, b}, []*graph.Tensor{i64([]int64{0, -2, 5, 0, 2, 3})}, ""},
		{"sign of the dividend", "", 13, fmod, []*graph.Tensor{a, b}, []*graph.Tensor{i64([]int64{0, 1, 5, 0, -1, 3})}, ""},
		{"floats", "", 13, fmod, []*graph.Tensor{f32([]float32{-4.5, 4.5}), f32([]float32{2})}, []*graph.Tensor{f32([]float32{-0.5, 0.5})}, ""},
		{"floats without fmod", "", 13, nil, []*graph.Tensor{f32([]float32{1}), f32([]float32{2})}, nil, "fmod: want 1"},
		{"by zero", "", 13, nil, []*graph.Tensor{i64([]int64{1}), i64([]int64{0})}, nil, "division by zero"},
	})
}

func TestPRelu(t *testing.T) {
	x := f32([]float32{-1, 2, -3, 4, -5, -6}, 1, 3, 2)
	applyAll(t, "PRelu", []applied{
		{"a slope for each channel", "", 7, nil, []*graph.Tensor{x, f32([]float32{0.5, 2, 0}, 3, 1)}, []*graph.Tensor{f32([]float32{-0.5, 2, -6, 4, 0, 0}, 1, 3, 2)}, ""},
		{"integers", "", 9, nil, []*graph.Tensor{i64([]int64{-2, 2}), scalar[int64](3)}, []*graph.Tensor{i64([]int64{-6, 2})}, ""},
		{"slope that would widen x", "", 16, nil, []*graph.Tensor{f32([]float32{1}), f32([]float32{1, 2})}, nil, "slope: shape [2] does not broadcast to [1]"},
	})
}

func TestMean(t *testing.T) {
	applyAll(t, "Mean", []applied{
		{"of three, broadcast", "", 8, nil, []*graph.Tensor{f32([]float32{3, 6}), f32([]float32{0, 3}), scalar[float32](0)}, []*graph.Tensor{f32([]float32{1, 3})}, ""},
		{"of one", "", 13, nil, []*graph.Tensor{f32([]float32{3})}, []*graph.Tensor{f32([]float32{3})}, ""},
		{"one left out", "", 13, nil, []*graph.Tensor{f32([]float32{3}), nil}, nil, "input 1 is required"},
	})
}
