package graph

// IsHalf reports whether d is float16 or bfloat16.
func (d DType) IsHalf() bool { return d == Float16 || d == BFloat16 }

// Widened returns the numbers of t as float32, which holds all of them. It copies halves, and returns t
// itself if it has another type.
func Widened(t *Tensor) *Tensor {
	if t == nil || !t.dtype.IsHalf() {
		return t
	}
	v := make([]float32, t.n)
	Widen(v, t, 0)
	return TensorOf(v, t.shape...)
}

// Widen writes elements of t, which holds halves, from the given one on, to v as float32.
func Widen(v []float32, t *Tensor, from int) {
	if t.dtype == Float16 {
		for i, h := range Data[Float16Bits](t)[from:][:len(v)] {
			v[i] = h.Float32()
		}
		return
	}
	for i, h := range Data[BFloat16Bits](t)[from:][:len(v)] {
		v[i] = h.Float32()
	}
}

// Narrow rounds the numbers v to halves, ties to even, and writes them to t from element from on. The
// caller must have just made t.
func Narrow(t *Tensor, from int, v []float32) {
	if t.dtype == Float16 {
		h := Data[Float16Bits](t)[from:][:len(v)]
		for i, x := range v {
			h[i] = ToFloat16(x)
		}
		return
	}
	h := Data[BFloat16Bits](t)[from:][:len(v)]
	for i, x := range v {
		h[i] = ToBFloat16(x)
	}
}

// Narrowed returns the numbers of t, a float32 tensor, as halves of type d. It returns t itself if it
// has another type, or if d is not a type of halves.
func Narrowed(t *Tensor, d DType) *Tensor {
	if t == nil || t.dtype != Float32 || !d.IsHalf() {
		return t
	}
	h := NewTensor(d, t.shape...)
	Narrow(h, 0, Data[float32](t))
	return h
}
