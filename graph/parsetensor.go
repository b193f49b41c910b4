package graph

import (
	"encoding/binary"
	"math"
	"strconv"
	"strings"
)

// otherTypes are the words that begin a type which the IR cannot represent, with some exceptions in typ.
var otherTypes = map[string]bool{"seq": true, "map": true, "optional": true, "sparse_tensor": true, "opaque": true}

// isTypeWord reports whether an identifier begins a type, so that a name like it must be quoted.
func isTypeWord(word string) bool {
	_, err := ParseDType(word)
	return err == nil || otherTypes[word] || word == Undefined.String()
}

// atType reports whether a type comes next.
func (p *parser) atType() bool { return p.tok.kind == identToken && isTypeWord(p.tok.text) }

// typ reads a type. Of tensors, float is a scalar, float[] has unknown rank, and float[N,3,?] has the shape that it
// shows. A sequence of tensors is seq(float[N,3]), or seq() if nothing is known of them. optional() is None.
func (p *parser) typ() Type {
	t := p.tok
	if t.text == Sequence.String() {
		p.advance()
		p.expect("(")
		item := Type{}
		if !p.is(")") {
			if !p.atType() || otherTypes[p.tok.text] {
				p.fail("a tensor type (sequences of others are not supported)")
				return Type{}
			}
			item = p.typ()
		}
		p.expect(")")
		return SequenceType(item, Unknown)
	}
	if t.text == "optional" { // of nothing, as typeText writes it
		p.advance()
		p.expect("(")
		p.expect(")")
		return TypeOf(Nothing())
	}
	if otherTypes[t.text] {
		p.fail("a tensor type (others are not supported)")
		return Type{}
	}
	d, _ := ParseDType(t.text) // undefined stays so
	p.advance()
	if !p.accept("[") {
		return TensorType(d, Shape{})
	}
	var s Shape
	p.list("]", func() { s = append(s, p.dim()) })
	return TensorType(d, s)
}

// dim reads an extent. A quoted one is a formula in symbols ("2*N") or a symbol, even if it looks like a number.
func (p *parser) dim() Dim {
	t := p.tok
	switch {
	case p.accept("?"):
		return Unknown
	case t.kind == numberToken:
		return Size64(p.int("an extent", 64))
	case t.kind == identToken, t.kind == stringToken && t.text != "":
		p.advance()
		if d, err := ParseDim(t.text); err == nil && !d.Known() {
			return d
		}
		return Symbol(t.text)
	}
	p.fail("an extent: a number, a symbol or ?")
	return Unknown
}

// contents reads the elements of a tensor of type t in braces. Elements are numbers or strings. Those of types that Go
// cannot calculate with (half floats, 8-bit floats) are their bits as whole numbers, and complex ones are pairs of
// numbers.
func (p *parser) contents(at token, t Type) *Tensor {
	if p.is("[") {
		p.fail("contents in { and } (external data is not supported)")
	}
	p.expect("{")
	dims, ok := t.Shape.Ints()
	n, err := count(dims)
	if p.err == nil && (!ok || err != nil || t.DType == Undefined) {
		p.failAt(at, "contents: want a type with numbers for extents, have %v", t)
	}
	if p.err != nil {
		return nil
	}
	if t.DType == String {
		texts := []string{}
		p.list("}", func() { texts = append(texts, p.str("an element")) })
		if !p.countIs(at, t, n, len(texts)) {
			return nil
		}
		return TensorOf(texts, dims...)
	}
	raw, have := p.elements(t.DType)
	if !p.countIs(at, t, n, have) {
		return nil
	}
	x, err := FromRaw(t.DType, dims, raw)
	if err != nil {
		p.failAt(at, "%v", err)
	}
	return x
}

func (p *parser) countIs(at token, t Type, want, have int) bool {
	if p.err == nil && want != have {
		p.failAt(at, "%v: want %d elements, have %d", t, want, have)
	}
	return p.err == nil
}

// elements reads elements up to the closing brace and returns them in raw form.
func (p *parser) elements(d DType) (raw []byte, n int) {
	raw = []byte{}
	bits := d.Bits()
	p.list("}", func() {
		if p.is("...") {
			p.fail("elements (they were left out of this text)")
			return
		}
		switch {
		case d == Complex64:
			raw = appendBits(raw, 32, 0, p.element(Float32))
			p.expect(",")
			raw = appendBits(raw, 32, 0, p.element(Float32))
		case d == Complex128:
			raw = appendBits(raw, 64, 0, p.element(Float64))
			p.expect(",")
			raw = appendBits(raw, 64, 0, p.element(Float64))
		default:
			raw = appendBits(raw, bits, n, p.element(d))
		}
		n++
	})
	return raw, n
}

// appendBits appends element i of bits bits. Elements narrower than a byte are packed low bits first.
func appendBits(raw []byte, bits, i int, v uint64) []byte {
	switch bits {
	case 64:
		return binary.LittleEndian.AppendUint64(raw, v)
	case 32:
		return binary.LittleEndian.AppendUint32(raw, uint32(v))
	case 16:
		return binary.LittleEndian.AppendUint16(raw, uint16(v))
	case 8:
		return append(raw, byte(v))
	}
	if i*bits%8 == 0 {
		raw = append(raw, 0)
	}
	v &= 1<<bits - 1
	raw[len(raw)-1] |= byte(v << (i * bits % 8))
	return raw
}

// element reads one number of type d and gives its bits.
func (p *parser) element(d DType) uint64 {
	t := p.tok
	if t.kind != numberToken && !isFloatWord(t) {
		p.fail("a number")
		return 0
	}
	v, err := parseElement(d, t.text)
	if err != nil {
		p.fail("a number of type " + d.String())
		return 0
	}
	p.advance()
	return v
}

func parseElement(d DType, text string) (uint64, error) {
	switch {
	case d == Float32:
		f, err := parseFloat(text, 32)
		return uint64(math.Float32bits(float32(f))), err
	case d == Float64:
		f, err := parseFloat(text, 64)
		return math.Float64bits(f), err
	case d == Bool:
		return strconv.ParseUint(text, 10, 1)
	case isSigned(d):
		i, err := strconv.ParseInt(text, 10, d.Bits())
		return uint64(i), err
	}
	return strconv.ParseUint(text, 10, d.Bits())
}

// parseFloat also accepts -nan, which ONNX's printer writes.
func parseFloat(text string, bits int) (float64, error) {
	if strings.EqualFold(text, "-nan") {
		text = "nan"
	}
	return strconv.ParseFloat(text, bits)
}

func isSigned(d DType) bool {
	switch d {
	case Int8, Int16, Int32, Int64, Int4, Int2:
		return true
	}
	return false
}
