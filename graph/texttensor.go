package graph

import (
	"encoding/binary"
	"math"
	"strconv"
)

// tensor writes an attribute's tensor with its type.
func (w *writer) tensor(t *Tensor) {
	w.printf("%s ", typeText(TypeOf(t)))
	w.contents(t)
}

// contents writes the elements of t in braces; see parser.contents for their form.
func (w *writer) contents(t *Tensor) {
	if w.maxElems > 0 && t.Len() > w.maxElems {
		w.printf("{...}")
		return
	}
	w.printf("{")
	if t.DType() == String {
		for i, s := range Data[string](t) {
			w.printf("%s%s", comma(i), quoted(s))
		}
		w.printf("}")
		return
	}
	d, n, raw := t.DType(), t.Len(), t.Raw()
	switch d {
	case Complex64:
		d, n = Float32, 2*n
	case Complex128:
		d, n = Float64, 2*n
	}
	for i := range n {
		w.printf("%s%s", comma(i), elementText(d, bitsAt(raw, d.Bits(), i)))
	}
	w.printf("}")
}

// bitsAt returns element i of raw; see appendBits.
func bitsAt(raw []byte, bits, i int) uint64 {
	switch bits {
	case 64:
		return binary.LittleEndian.Uint64(raw[8*i:])
	case 32:
		return uint64(binary.LittleEndian.Uint32(raw[4*i:]))
	case 16:
		return uint64(binary.LittleEndian.Uint16(raw[2*i:]))
	case 8:
		return uint64(raw[i])
	}
	return uint64(raw[i*bits/8]>>(i*bits%8)) & (1<<bits - 1)
}

// elementText returns the number of type d with these bits.
func elementText(d DType, v uint64) string {
	switch {
	case d == Float32:
		return numberText(float64(math.Float32frombits(uint32(v))), 32)
	case d == Float64:
		return numberText(math.Float64frombits(v), 64)
	case d == Bool && v != 0:
		return "1"
	case isSigned(d):
		unused := 64 - d.Bits()
		return strconv.FormatInt(int64(v<<unused)>>unused, 10)
	}
	return strconv.FormatUint(v, 10)
}

// numberText returns the shortest text that reads back as f, a number of bits bits.
func numberText(f float64, bits int) string {
	switch {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	}
	return strconv.FormatFloat(f, 'g', -1, bits)
}
