package graph

import (
	"encoding/binary"
	"fmt"
	"math"
	"sync"
	"unsafe"
)

// Float16Bits and BFloat16Bits hold the bits of half-precision numbers. Floats converts them.
type (
	Float16Bits  uint16
	BFloat16Bits uint16
)

// Element lists the Go types that tensors store. Types narrower than a byte and the 8-bit floats have none and are
// reached through Raw.
type Element interface {
	float32 | float64 | int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64 | bool |
		string | Float16Bits | BFloat16Bits | complex64 | complex128
}

// Tensor is a dense row-major array. Its contents are shared by everything that holds it and must not be written to once
// it belongs to a graph. The bytes may lie in a read-only mapping of the model's file.
type Tensor struct {
	dtype DType
	shape []int
	n     int

	mu    sync.Mutex // guards the conversion between the two forms below
	raw   []byte     // little-endian, sub-byte types packed low bits first
	typed any        // []T with T the Go type of dtype

	forget func() // see OnForget

	// Extra is for importers: how the tensor was stored, so that an unchanged one is written as it was read.
	Extra any
}

// NewTensor returns a tensor of zeros (empty strings, false).
func NewTensor(d DType, shape ...int) *Tensor {
	n, err := count(shape)
	if err != nil {
		panic("graph: " + err.Error())
	}
	t := &Tensor{dtype: d, shape: append([]int{}, shape...), n: n}
	if t.typed = newSlice(d, n); t.typed == nil {
		t.raw = make([]byte, RawLen(d, n))
	}
	return t
}

// FromRaw returns a tensor of little-endian bytes in the layout of raw_data, without copying them. It fails if their
// number does not match the shape, or if the shape overflows.
func FromRaw(d DType, shape []int, raw []byte) (*Tensor, error) {
	n, err := count(shape)
	if err != nil {
		return nil, err
	}
	if d == String || d.Bits() == 0 {
		return nil, fmt.Errorf("element type %v has no raw form", d)
	}
	if n > math.MaxInt/max(1, d.Bits()/8) {
		return nil, fmt.Errorf("shape %v: number of bytes overflows", shape)
	}
	if want := RawLen(d, n); want != len(raw) {
		return nil, fmt.Errorf("%v%v: want %d bytes, have %d", d, shape, want, len(raw))
	}
	return &Tensor{dtype: d, shape: append([]int{}, shape...), n: n, raw: raw}, nil
}

// Select returns the given positions of the first axis, in that order, in a new tensor.
func (t *Tensor) Select(positions []int) (*Tensor, error) {
	raw := t.Raw()
	if raw == nil || t.dtype.Bits()%8 != 0 || len(t.shape) == 0 {
		return nil, fmt.Errorf("cannot select among positions of %v%v", t.dtype, ShapeOf(t.shape...))
	}
	n := t.shape[0]
	width := len(raw) / max(1, n)
	chosen := make([]byte, 0, width*len(positions))
	for _, i := range positions {
		if i < 0 || i >= n {
			return nil, fmt.Errorf("want positions below %d, have %d", n, i)
		}
		chosen = append(chosen, raw[i*width:(i+1)*width]...)
	}
	return FromRaw(t.dtype, append([]int{len(positions)}, t.shape[1:]...), chosen)
}

// RawLen is the number of bytes n elements of type d take in raw form.
func RawLen(d DType, n int) int {
	bits := d.Bits()
	if bits >= 8 {
		return n * (bits / 8)
	}
	return (n*bits + 7) / 8
}

// TensorOf returns a tensor of the given shape, or a scalar without one, that holds data without copying it. It panics
// if the lengths disagree.
func TensorOf[T Element](data []T, shape ...int) *Tensor {
	n, err := count(shape)
	if err != nil || n != len(data) {
		panic(fmt.Sprintf("graph: TensorOf: %d elements for shape %v", len(data), shape))
	}
	return &Tensor{dtype: dtypeOf[T](), shape: append([]int{}, shape...), n: n, typed: data}
}

// DType is the element type.
func (t *Tensor) DType() DType { return t.dtype }

// Shape is the extents, outermost first. The caller must not change the slice.
func (t *Tensor) Shape() []int { return t.shape }

// Len is the number of elements.
func (t *Tensor) Len() int { return t.n }

// Rank is the number of axes.
func (t *Tensor) Rank() int { return len(t.shape) }

// Reshaped returns a tensor of another shape that shares t's elements. It panics if the numbers of elements differ.
func (t *Tensor) Reshaped(shape ...int) *Tensor {
	n, err := count(shape)
	if err != nil || n != t.n {
		panic(fmt.Sprintf("graph: cannot view %v%v as %v", t.dtype, t.shape, shape))
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return &Tensor{dtype: t.dtype, shape: append([]int{}, shape...), n: n, raw: t.raw, typed: t.typed}
}

// Data returns the elements as Go values. It panics unless T is the Go type of t.DType(). The slice is the tensor's own,
// and read-only unless the caller has just made the tensor.
func Data[T Element](t *Tensor) []T {
	if want := dtypeOf[T](); t.dtype != want {
		panic(fmt.Sprintf("graph: Data[%v] of a %v tensor", want, t.dtype))
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.typed == nil {
		t.typed = decode[T](t.raw, t.n)
	}
	return t.typed.([]T)
}

// Part returns the elements with indices from to to-1, like Data, but does not retain a conversion. Converted elements
// are written to buf, or to a new slice if buf is too small. It is for going through large tensors once.
func Part[T Element](t *Tensor, from, to int, buf []T) []T {
	if want := dtypeOf[T](); t.dtype != want {
		panic(fmt.Sprintf("graph: Part[%v] of a %v tensor", want, t.dtype))
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.typed != nil {
		return t.typed.([]T)[from:to]
	}
	var zero T
	size := int(unsafe.Sizeof(zero))
	raw := t.raw[from*size : to*size]
	if _, isBool := any(zero).(bool); isBool || !littleEndian || cap(buf) < to-from {
		return decode[T](raw, to-from)
	}
	buf = buf[:to-from]
	if len(buf) > 0 {
		copy(unsafe.Slice((*byte)(unsafe.Pointer(&buf[0])), len(raw)), raw)
	}
	return buf
}

// SharesWith reports whether both tensors have their first element at the same address. Strings and sequences never do.
func (t *Tensor) SharesWith(u *Tensor) bool {
	a, b := t.Raw(), u.Raw()
	return len(a) > 0 && len(b) > 0 && unsafe.SliceData(a) == unsafe.SliceData(b)
}

// Bytes is the size of the elements. A string counts as its Go header.
func (t *Tensor) Bytes() int64 {
	if t.dtype == String {
		return 16 * int64(t.n)
	}
	return int64(RawLen(t.dtype, t.n))
}

// OnForget sets what Forget does. Importers use it to release memory that only repeats what a file has.
func (t *Tensor) OnForget(f func()) { t.forget = f }

// Forget is a hint that the elements will not be read soon. They can still be read.
func (t *Tensor) Forget() {
	if t.forget != nil {
		t.forget()
	}
}

// Raw returns the elements as little-endian bytes, which are read-only. It is nil for strings and sequences.
func (t *Tensor) Raw() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.raw == nil && t.typed != nil {
		t.raw = encode(t.typed)
	}
	return t.raw
}

// littleEndian reports whether Go values of this machine have the byte order of raw_data.
var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// decode views raw as []T if alignment and byte order allow it, and copies otherwise.
func decode[T Element](raw []byte, n int) []T {
	var zero T
	size := int(unsafe.Sizeof(zero))
	if n == 0 {
		return []T{}
	}
	p := unsafe.Pointer(unsafe.SliceData(raw))
	if _, isBool := any(zero).(bool); !isBool && littleEndian && uintptr(p)%unsafe.Alignof(zero) == 0 {
		return unsafe.Slice((*T)(p), n)
	}
	out := make([]T, n)
	if b, ok := any(out).([]bool); ok {
		for i := range b { // a byte other than 0 and 1 is not a Go bool
			b[i] = raw[i] != 0
		}
		return out
	}
	if littleEndian {
		copy(unsafe.Slice((*byte)(unsafe.Pointer(&out[0])), n*size), raw)
		return out
	}
	if _, err := binary.Decode(raw, binary.LittleEndian, out); err != nil {
		panic("graph: " + err.Error()) // lengths were checked when the tensor was made
	}
	return out
}

// encode is the inverse of decode; it is nil for strings.
func encode(typed any) []byte {
	switch s := typed.(type) {
	case []string, []*Tensor:
		return nil
	case []float32:
		return bytesOf(s)
	case []float64:
		return bytesOf(s)
	case []int8:
		return bytesOf(s)
	case []int16:
		return bytesOf(s)
	case []int32:
		return bytesOf(s)
	case []int64:
		return bytesOf(s)
	case []uint8:
		return s
	case []uint16:
		return bytesOf(s)
	case []uint32:
		return bytesOf(s)
	case []uint64:
		return bytesOf(s)
	case []bool:
		return bytesOf(s)
	case []Float16Bits:
		return bytesOf(s)
	case []BFloat16Bits:
		return bytesOf(s)
	case []complex64:
		return bytesOf(s)
	case []complex128:
		return bytesOf(s)
	}
	panic(fmt.Sprintf("graph: no raw form of %T", typed))
}

func bytesOf[T Element](s []T) []byte {
	if len(s) == 0 {
		return []byte{}
	}
	if littleEndian {
		return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(s[0])))
	}
	raw, err := binary.Append(nil, binary.LittleEndian, s)
	if err != nil {
		panic("graph: " + err.Error())
	}
	return raw
}

// Position returns the index along every axis of element i of a tensor in row-major order.
func Position(i int, dims []int) []int {
	at := make([]int, len(dims))
	for d := len(dims) - 1; d >= 0; d-- {
		at[d] = i % dims[d]
		i /= dims[d]
	}
	return at
}
