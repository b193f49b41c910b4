package graph

import "math"

// dtypeOf returns the element type that Go type T stores.
func dtypeOf[T Element]() DType {
	var zero T
	switch any(zero).(type) {
	case float32:
		return Float32
	case float64:
		return Float64
	case int8:
		return Int8
	case int16:
		return Int16
	case int32:
		return Int32
	case int64:
		return Int64
	case uint8:
		return Uint8
	case uint16:
		return Uint16
	case uint32:
		return Uint32
	case uint64:
		return Uint64
	case bool:
		return Bool
	case string:
		return String
	case Float16Bits:
		return Float16
	case BFloat16Bits:
		return BFloat16
	case complex64:
		return Complex64
	case complex128:
		return Complex128
	}
	panic("graph: unreachable: not an Element")
}

// newSlice returns n zeros of d's Go type, or nil if d has none.
func newSlice(d DType, n int) any {
	switch d {
	case Float32:
		return make([]float32, n)
	case Float64:
		return make([]float64, n)
	case Int8:
		return make([]int8, n)
	case Int16:
		return make([]int16, n)
	case Int32:
		return make([]int32, n)
	case Int64:
		return make([]int64, n)
	case Uint8:
		return make([]uint8, n)
	case Uint16:
		return make([]uint16, n)
	case Uint32:
		return make([]uint32, n)
	case Uint64:
		return make([]uint64, n)
	case Bool:
		return make([]bool, n)
	case String:
		return make([]string, n)
	case Float16:
		return make([]Float16Bits, n)
	case BFloat16:
		return make([]BFloat16Bits, n)
	case Complex64:
		return make([]complex64, n)
	case Complex128:
		return make([]complex128, n)
	}
	return nil
}

// number lists the Elements that are real numbers in Go.
type number interface {
	float32 | float64 | int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64
}

// Ints converts a tensor of whole numbers (integers of 8 bits or more, or bool as 0 and 1) to int64; ok is false for any
// other type.
func Ints(t *Tensor) (v []int64, ok bool) {
	switch t.dtype {
	case Int64:
		return append([]int64{}, Data[int64](t)...), true
	case Int32:
		return convert[int64](Data[int32](t)), true
	case Int16:
		return convert[int64](Data[int16](t)), true
	case Int8:
		return convert[int64](Data[int8](t)), true
	case Uint64:
		return convert[int64](Data[uint64](t)), true
	case Uint32:
		return convert[int64](Data[uint32](t)), true
	case Uint16:
		return convert[int64](Data[uint16](t)), true
	case Uint8:
		return convert[int64](Data[uint8](t)), true
	case Bool:
		v = make([]int64, t.n)
		for i, b := range Data[bool](t) {
			if b {
				v[i] = 1
			}
		}
		return v, true
	}
	return nil, false
}

// Floats converts a tensor of real numbers of 8 bits or more, including half floats, to float64; ok is false for any
// other type.
func Floats(t *Tensor) (v []float64, ok bool) {
	switch t.dtype {
	case Float32:
		return convert[float64](Data[float32](t)), true
	case Float64:
		return append([]float64{}, Data[float64](t)...), true
	case Float16:
		v = make([]float64, t.n)
		for i, h := range Data[Float16Bits](t) {
			v[i] = float64(h.Float32())
		}
		return v, true
	case BFloat16:
		v = make([]float64, t.n)
		for i, h := range Data[BFloat16Bits](t) {
			v[i] = float64(h.Float32())
		}
		return v, true
	}
	ints, ok := Ints(t)
	return convert[float64](ints), ok
}

// FromFloats returns a tensor of type d (float32, float64, float16 or bfloat16) with each number rounded to it; ok is
// false for any other type.
func FromFloats(d DType, v []float64, shape ...int) (t *Tensor, ok bool) {
	switch d {
	case Float32:
		return TensorOf(convert[float32](v), shape...), true
	case Float64:
		return TensorOf(append([]float64{}, v...), shape...), true
	case Float16:
		h := make([]Float16Bits, len(v))
		for i, x := range v {
			h[i] = ToFloat16(float32(x))
		}
		return TensorOf(h, shape...), true
	case BFloat16:
		h := make([]BFloat16Bits, len(v))
		for i, x := range v {
			h[i] = ToBFloat16(float32(x))
		}
		return TensorOf(h, shape...), true
	}
	return nil, false
}

func convert[D, S number](s []S) []D {
	d := make([]D, len(s))
	for i, x := range s {
		d[i] = D(x)
	}
	return d
}

// Float32 returns the number that h represents.
func (h Float16Bits) Float32() float32 {
	sign := uint32(h>>15) << 31
	exp, man := uint32(h>>10)&0x1f, uint32(h)&0x3ff
	switch {
	case exp == 0x1f:
		return math.Float32frombits(sign | 0x7f800000 | man<<13)
	case exp != 0:
		return math.Float32frombits(sign | (exp+112)<<23 | man<<13)
	}
	f := float32(man) * (1.0 / (1 << 24)) // zero and the subnormals
	return math.Float32frombits(sign | math.Float32bits(f))
}

// ToFloat16 rounds f to the nearest half-precision number, ties to even;
// numbers beyond its range become infinite.
func ToFloat16(f float32) Float16Bits {
	b := math.Float32bits(f)
	sign := Float16Bits(b >> 16 & 0x8000)
	b &= 0x7fffffff
	switch {
	case b > 0x7f800000: // NaN stays one, quiet
		return sign | 0x7e00 | Float16Bits(b>>13&0x3ff)
	case b >= 0x477ff000: // 65520 and above round to infinity
		return sign | 0x7c00
	case b < 0x38800000: // below 2^-14: subnormal; adding 0.5 aligns and rounds
		return sign | Float16Bits(math.Float32bits(math.Float32frombits(b)+0.5)-0x3f000000)
	}
	return sign | Float16Bits((b+0xfff+(b>>13&1)-0x38000000)>>13)
}

// Float32 returns the number that h represents.
func (h BFloat16Bits) Float32() float32 { return math.Float32frombits(uint32(h) << 16) }

// ToBFloat16 rounds f to the nearest bfloat16, ties to even.
func ToBFloat16(f float32) BFloat16Bits {
	b := math.Float32bits(f)
	if b&0x7fffffff > 0x7f800000 {
		return BFloat16Bits(b>>16 | 0x40)
	}
	return BFloat16Bits((b + 0x7fff + (b >> 16 & 1)) >> 16)
}
