package op

import (
	"math"
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

// coded returns a tensor of a type of 8 or 4 bits with these bytes.
func coded(d graph.DType, raw ...byte) *graph.Tensor {
	t, err := graph.FromRaw(d, []int{len(raw) * 8 / d.Bits()}, raw)
	if err != nil {
		panic(err)
	}
	return t
}

// The numbers are those of the tables of https://onnx.ai/onnx/technical/float8.html and float4.html.
func TestMinifloats(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct {
		d        graph.DType
		x        float64
		saturate bool
		code     byte
		back     float64
	}{
		{graph.Float8E4M3FN, 448, true, 0x7e, 448}, {graph.Float8E4M3FN, 1e6, true, 0x7e, 448}, {graph.Float8E4M3FN, 1e6, false, 0x7f, nan},
		{graph.Float8E4M3FN, 464, false, 0x7e, 448}, {graph.Float8E4M3FN, 465, false, 0x7f, nan}, {graph.Float8E4M3FN, -inf, true, 0xfe, -448},
		{graph.Float8E4M3FN, 1.0625, true, 0x38, 1}, {graph.Float8E4M3FN, 1.1875, true, 0x3a, 1.25}, {graph.Float8E4M3FN, 0x1p-9, true, 1, 0x1p-9},
		{graph.Float8E4M3FNUZ, 240, true, 0x7f, 240}, {graph.Float8E4M3FNUZ, 1e6, false, 0x80, nan}, {graph.Float8E4M3FNUZ, -0x1p-12, true, 0, 0},
		{graph.Float8E5M2, 57344, true, 0x7b, 57344}, {graph.Float8E5M2, 1e6, false, 0x7c, inf}, {graph.Float8E5M2, 1e6, true, 0x7b, 57344},
		{graph.Float8E5M2, nan, true, 0x7e, nan}, {graph.Float8E5M2FNUZ, nan, true, 0x80, nan}, {graph.Float8E5M2FNUZ, 57344, true, 0x7f, 57344},
		{graph.Float4E2M1, 5, true, 6, 4}, {graph.Float4E2M1, 0.25, true, 0, 0}, {graph.Float4E2M1, -0.75, true, 10, -1}, {graph.Float4E2M1, inf, true, 7, 6},
		{graph.Float8E8M0, 3, true, 129, 4}, {graph.Float8E8M0, 0, true, 0, 0x1p-127}, {graph.Float8E8M0, inf, false, 0xff, nan},
	} {
		y, err := toMinifloats(c.d, []float64{c.x}, []int{1}, rounding{c.saturate, "up"})
		if err != nil {
			t.Fatal(err)
		}
		back, _ := minifloatNumbers(y)
		if y.Raw()[0] != c.code || back[0] != c.back && !(math.IsNaN(back[0]) && math.IsNaN(c.back)) {
			t.Errorf("%v of %v, saturate %v: code %#x, %v, want %#x, %v", c.d, c.x, c.saturate, y.Raw()[0], back[0], c.code, c.back)
		}
	}
}

// Every number of a type is its own nearest.
func TestMinifloatsThereAndBack(t *testing.T) {
	for d, f := range minifloats {
		raw := make([]byte, 256)
		for i := range raw {
			raw[i] = byte(i)
		}
		x := coded(d, raw...)
		v, _ := minifloatNumbers(x)
		y, err := toMinifloats(d, v, x.Shape(), rounding{mode: "nearest"})
		if err != nil {
			t.Fatal(err)
		}
		back, _ := minifloatNumbers(y)
		for i := range v {
			if v[i] != back[i] && !math.IsNaN(v[i]) {
				t.Errorf("%v: %v becomes %v", d, v[i], back[i])
			}
			if math.IsNaN(v[i]) != math.IsNaN(back[i]) && f.nan >= 0 {
				t.Errorf("%v: %v becomes %v", d, v[i], back[i])
			}
		}
	}
}
