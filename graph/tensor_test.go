package graph

import (
	"bytes"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestElementsAndBytesAreTwoFormsOfOneTensor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOf(rapid.Int16()).Draw(t, "elements")
		a := TensorOf(x, len(x))
		b, err := FromRaw(Int16, []int{len(x)}, slices.Clone(a.Raw()))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(Data[int16](b), x) {
			t.Errorf("have %v, want %v", Data[int16](b), x)
		}
		for i, v := range x {
			if raw := a.Raw()[2*i:]; raw[0] != byte(v) || raw[1] != byte(uint16(v)>>8) {
				t.Errorf("element %d is %d, its bytes % x", i, v, raw[:2])
			}
		}
	})
}

// roundTripRaw holds that the bytes of x survive becoming elements of type T.
func roundTripRaw[T Element](t *rapid.T, x *Tensor) {
	y := TensorOf(Data[T](x), x.Shape()...)
	if !bytes.Equal(y.Raw(), x.Raw()) {
		t.Errorf("%v: % x became % x", x.DType(), x.Raw(), y.Raw())
	}
}

func TestEveryElementTypeKeepsItsBits(t *testing.T) {
	by := map[DType]func(*rapid.T, *Tensor){
		Float32: roundTripRaw[float32], Float64: roundTripRaw[float64], Int8: roundTripRaw[int8], Int16: roundTripRaw[int16],
		Int32: roundTripRaw[int32], Int64: roundTripRaw[int64], Uint8: roundTripRaw[uint8], Uint16: roundTripRaw[uint16],
		Uint32: roundTripRaw[uint32], Uint64: roundTripRaw[uint64], Bool: roundTripRaw[bool],
		Float16: roundTripRaw[Float16Bits], BFloat16: roundTripRaw[BFloat16Bits],
		Complex64: roundTripRaw[complex64], Complex128: roundTripRaw[complex128],
	}
	rapid.Check(t, func(t *rapid.T) {
		for d := Float32; int(d) < len(dtypes); d++ {
			if f := by[d]; f != nil {
				f(t, drawTensor(t, d))
			} else if d != String && newSlice(d, 1) != nil {
				t.Errorf("%v is not tested", d)
			}
		}
	})
}

func TestBytesThatLieUnaligned(t *testing.T) {
	buffer := make([]byte, 17)
	for i := range buffer {
		buffer[i] = byte(i)
	}
	for at := range 8 { // one of them is aligned
		x, err := FromRaw(Float64, []int{1}, buffer[at:at+8])
		if err != nil {
			t.Fatal(err)
		}
		have := math.Float64bits(Data[float64](x)[0])
		for i := range 8 {
			if byte(have>>(8*i)) != byte(at+i) {
				t.Errorf("at %d: have %x", at, have)
			}
		}
	}
}

func TestABoolIsOneWhateverItsByte(t *testing.T) {
	x, err := FromRaw(Bool, []int{3}, []byte{0, 1, 200})
	if err != nil {
		t.Fatal(err)
	}
	if have := Data[bool](x); !slices.Equal(have, []bool{false, true, true}) {
		t.Errorf("have %v", have)
	}
}

func TestFromRawRefuses(t *testing.T) {
	for _, c := range []struct {
		name  string
		d     DType
		shape []int
		bytes int
		want  string
	}{
		{"too few bytes", Float32, []int{2, 2}, 15, "float[2 2]: want 16 bytes, have 15"},
		{"too many", Int8, []int{}, 2, "want 1 bytes, have 2"},
		{"half a byte more", Int4, []int{3}, 1, "want 2 bytes, have 1"},
		{"strings", String, []int{1}, 1, "element type string has no raw form"},
		{"no type", Undefined, []int{1}, 1, "element type undefined has no raw form"},
		{"an unknown type", DType(99), []int{1}, 1, "dtype(99) has no raw form"},
		{"a negative extent", Float32, []int{-1}, 0, "negative dimension"},
		{"extents that overflow", Float32, []int{math.MaxInt, 2}, 0, "overflows"},
		{"bytes that overflow", Complex128, []int{math.MaxInt / 2}, 0, "number of bytes overflows"},
	} {
		_, err := FromRaw(c.d, c.shape, make([]byte, c.bytes))
		if err == nil {
			t.Errorf("%s: accepted", c.name)
			continue
		}
		wantError(t, err, c.want)
	}
	if x, err := FromRaw(Float32, []int{0, math.MaxInt}, nil); err != nil || x.Len() != 0 {
		t.Errorf("no elements among large extents: %v", err)
	}
}

func TestReshapedSharesElements(t *testing.T) {
	x := TensorOf([]int32{1, 2, 3, 4, 5, 6}, 2, 3)
	y := x.Reshaped(3, 1, 2)
	if !slices.Equal(y.Shape(), []int{3, 1, 2}) || &Data[int32](x)[0] != &Data[int32](y)[0] {
		t.Errorf("have shape %v, or a copy", y.Shape())
	}
	defer func() {
		if recover() == nil {
			t.Error("6 elements were viewed as 5")
		}
	}()
	x.Reshaped(5)
}

func TestConversions(t *testing.T) {
	for _, x := range []*Tensor{
		TensorOf([]int8{-1, 2}, 2), TensorOf([]int16{-1, 2}, 2), TensorOf([]int32{-1, 2}, 2), TensorOf([]int64{-1, 2}, 2),
	} {
		if v, ok := Ints(x); !ok || !slices.Equal(v, []int64{-1, 2}) {
			t.Errorf("%v: have %v", x.DType(), v)
		}
		if v, ok := Floats(x); !ok || !slices.Equal(v, []float64{-1, 2}) {
			t.Errorf("%v: have %v", x.DType(), v)
		}
	}
	for d, want := range map[DType]bool{Float32: true, Float64: true, Float16: true, BFloat16: true, Int64: false, Bool: false, String: false} {
		x, ok := FromFloats(d, []float64{1.5, -0.25}, 2)
		if ok != want {
			t.Errorf("FromFloats of %v: %t", d, ok)
		}
		if !ok {
			continue
		}
		if v, _ := Floats(x); !slices.Equal(v, []float64{1.5, -0.25}) {
			t.Errorf("%v: have %v", d, v)
		}
	}
	for _, d := range []DType{String, Complex64, Int4, Float8E4M3FN} {
		if _, ok := Floats(NewTensor(d, 1)); ok {
			t.Errorf("%v was converted to float64", d)
		}
	}
}

func TestEveryHalfFloatSurvivesFloat32(t *testing.T) {
	for i := range 1 << 16 {
		h, b := Float16Bits(i), BFloat16Bits(i)
		if f := h.Float32(); f == f && ToFloat16(f) != h {
			t.Errorf("float16 %04x is %v, which rounds to %04x", i, f, ToFloat16(f))
		}
		if f := b.Float32(); f == f && ToBFloat16(f) != b {
			t.Errorf("bfloat16 %04x is %v, which rounds to %04x", i, f, ToBFloat16(f))
		}
	}
}

// TestRoundingToHalfFloats holds the rounding against the definition: the nearest of the numbers
// that the type has, the even one of two that are as near.
func TestRoundingToHalfFloats(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.Float32Range(-65519, 65519).Draw(t, "f")
		i := rapid.Uint16Range(0, 0x7bfe).Draw(t, "between")
		lo, hi := Float16Bits(i).Float32(), Float16Bits(i+1).Float32()
		for _, f := range []float32{f, (lo + hi) / 2, math.Nextafter32((lo+hi)/2, 0), math.Nextafter32((lo+hi)/2, hi)} {
			have := ToFloat16(f)
			err := math.Abs(float64(have.Float32()) - float64(f))
			for _, near := range []Float16Bits{have - 1, have + 1} {
				g := near.Float32()
				if near&0x7c00 == 0x7c00 || (g < 0) != (f < 0) {
					continue
				}
				other := math.Abs(float64(g) - float64(f))
				if other < err || other == err && have&1 == 1 {
					t.Errorf("%v rounds to %v, but %v is as near or nearer", f, have.Float32(), g)
				}
			}
		}
	})
	for f, want := range map[float32]Float16Bits{
		65519: 0x7bff, 65520: 0x7c00, 1e30: 0x7c00, -65520: 0xfc00, float32(math.Inf(1)): 0x7c00, 1e-9: 0, -1e-9: 0x8000,
		0x1p-24: 1, 0x1p-25: 0, 0x1.8p-25: 1,
	} {
		if have := ToFloat16(f); have != want {
			t.Errorf("%v: have %04x, want %04x", f, have, want)
		}
	}
	nan := float32(math.NaN())
	if f := ToFloat16(nan).Float32(); f == f {
		t.Errorf("NaN became %v", f)
	}
	if f := ToBFloat16(nan).Float32(); f == f {
		t.Errorf("NaN became the bfloat16 %v", f)
	}
	for f, want := range map[float32]BFloat16Bits{1: 0x3f80, 1.00390625: 0x3f80, 1.01171875: 0x3f82, math.MaxFloat32: 0x7f80} {
		if have := ToBFloat16(f); have != want {
			t.Errorf("bfloat16 of %v: have %04x, want %04x", f, have, want)
		}
	}
}

func TestDTypes(t *testing.T) {
	for d := DType(1); int(d) < len(dtypes); d++ {
		back, err := ParseDType(d.String())
		if err != nil || back != d || !d.Valid() {
			t.Errorf("%d is called %v, which is %d: %v", d, d, back, err)
		}
		if x := NewTensor(d, 3); x.DType() != d || x.Len() != 3 || d != String && len(x.Raw()) != RawLen(d, 3) {
			t.Errorf("three elements of %v have %d bytes", d, len(x.Raw()))
		}
	}
	if _, err := ParseDType("undefined"); err == nil || Undefined.Valid() || DType(-1).Valid() || DType(99).Bits() != 0 {
		t.Error("a type that is none was accepted")
	}
}
