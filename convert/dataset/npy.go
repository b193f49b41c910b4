package dataset

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/memory"
)

// npyMagic starts every .npy file;
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html.
const npyMagic = "\x93NUMPY"

// npyTypes maps NumPy's type codes, without byte order, to element types.
var npyTypes = map[string]graph.DType{
	"f2": graph.Float16, "f4": graph.Float32, "f8": graph.Float64,
	"i1": graph.Int8, "i2": graph.Int16, "i4": graph.Int32, "i8": graph.Int64,
	"u1": graph.Uint8, "u2": graph.Uint16, "u4": graph.Uint32, "u8": graph.Uint64,
	"b1": graph.Bool,
}

// layout is what the header of an .npy or IDX file says about its elements.
type layout struct {
	dtype   graph.DType
	swap    bool // big-endian
	fortran bool // the first axis varies fastest
	shape   []int
}

// splitNPY splits a file into the text of its header and its data.
func splitNPY(raw []byte) (header string, data []byte, err error) {
	if len(raw) < 10 || string(raw[:6]) != npyMagic {
		return "", nil, fmt.Errorf("npy: want a header, have %d bytes", len(raw))
	}
	start, length := 10, uint64(binary.LittleEndian.Uint16(raw[8:]))
	switch raw[6] {
	case 1:
	case 2, 3:
		if len(raw) < 12 {
			return "", nil, fmt.Errorf("npy: want a header, have %d bytes", len(raw))
		}
		start, length = 12, uint64(binary.LittleEndian.Uint32(raw[8:]))
	default:
		return "", nil, fmt.Errorf("npy: want version 1, 2 or 3, have %d", raw[6])
	}
	if length > longestHeader {
		return "", nil, fmt.Errorf("npy: want a header of at most %d bytes, have one of %d", longestHeader, length)
	}
	if length > uint64(len(raw)-start) {
		return "", nil, fmt.Errorf("npy: want a header of %d bytes, have %d", length, len(raw)-start)
	}
	end := start + int(length)
	return string(raw[start:end]), raw[end:], nil
}

// byteLen returns the size of an array in bytes, or an error if it overflows.
func byteLen(d graph.DType, shape []int) (int, error) {
	n := memory.Product(append([]int{d.Bits() / 8}, shape...)...)
	if n > math.MaxInt-longestHeader {
		return 0, fmt.Errorf("shape %v: number of bytes overflows", graph.ShapeOf(shape...))
	}
	return int(n), nil
}

// parseNPYHeader parses the Python dictionary of a header, which has three keys.
func parseNPYHeader(text string) (layout, error) {
	s := literal{rest: text}
	h := layout{}
	seen := map[string]bool{}
	s.expect("{")
	for s.err == nil && !s.accept("}") {
		key := s.quoted()
		s.expect(":")
		switch key {
		case "descr":
			h.dtype, h.swap = s.descr()
		case "fortran_order":
			h.fortran = s.boolean()
		case "shape":
			h.shape = s.tuple()
		default:
			s.fail(fmt.Sprintf("one of descr, fortran_order, shape, not %q", key))
		}
		seen[key] = true
		if !s.accept(",") {
			s.expect("}")
			break
		}
	}
	if s.err == nil && len(seen) != 3 {
		s.fail("the keys descr, fortran_order and shape")
	}
	return h, s.err
}

// literal parses the few forms of Python literals in .npy headers. The first error sticks.
type literal struct {
	rest string
	err  error
}

func (s *literal) fail(want string) {
	if s.err == nil {
		s.err = fmt.Errorf("npy header: want %s, have %.20q", want, s.rest)
	}
}

func (s *literal) accept(token string) bool {
	s.rest = strings.TrimLeft(s.rest, " \t\r\n")
	rest, ok := strings.CutPrefix(s.rest, token)
	if ok && s.err == nil {
		s.rest = rest
	}
	return ok && s.err == nil
}

func (s *literal) expect(token string) {
	if !s.accept(token) {
		s.fail(strconv.Quote(token))
	}
}

func (s *literal) quoted() string {
	for _, q := range []string{"'", `"`} {
		if s.accept(q) {
			text, rest, ok := strings.Cut(s.rest, q)
			if ok {
				s.rest = rest
				return text
			}
			break
		}
	}
	s.fail("a string")
	return ""
}

func (s *literal) boolean() bool {
	switch {
	case s.accept("True"):
		return true
	case s.accept("False"):
	default:
		s.fail("True or False")
	}
	return false
}

// descr parses a type code such as '<f4'; lists (structured arrays) are not supported.
func (s *literal) descr() (d graph.DType, swap bool) {
	if s.accept("[") {
		s.fail("a plain element type: structured arrays are not supported")
		return 0, false
	}
	code := s.quoted()
	d, ok := npyTypes[strings.TrimLeft(code, "<>|=")]
	if s.err == nil && (!ok || len(code) != 3) {
		s.err = fmt.Errorf("npy header: element type %q is not supported", code)
		return 0, false
	}
	return d, strings.HasPrefix(code, ">")
}

func (s *literal) tuple() []int {
	dims := []int{}
	s.expect("(")
	for s.err == nil && !s.accept(")") {
		end := strings.IndexFunc(s.rest, func(r rune) bool { return r < '0' || r > '9' })
		n, err := strconv.ParseInt(s.rest[:max(0, end)], 10, 64)
		if err != nil || len(dims) == 32 { // NumPy itself stops at 32 axes
			s.fail("a tuple of extents")
			return nil
		}
		if n > math.MaxInt { // on 32-bit machines
			s.err = fmt.Errorf("npy header: extent %d: number of bytes overflows", n)
			return nil
		}
		dims, s.rest = append(dims, int(n)), s.rest[end:]
		s.accept("L") // Python 2 wrote long integers like this
		if !s.accept(",") {
			s.expect(")")
			break
		}
	}
	return dims
}

// swap reverses the bytes of each element.
func swap(data []byte, size int) {
	for i := 0; i+size <= len(data); i += size {
		slices.Reverse(data[i : i+size])
	}
}

// rowMajor converts column-major data to row-major order.
func rowMajor(data []byte, shape []int, size int) []byte {
	out := make([]byte, 0, len(data))
	stride := make([]int, len(shape))
	step := size
	for d, n := range shape {
		stride[d] = step
		step *= n
	}
	at := make([]int, len(shape))
	for src := 0; len(out) < len(data); {
		out = append(out, data[src:src+size]...)
		for d := len(shape) - 1; d >= 0; d-- {
			at[d]++
			src += stride[d]
			if at[d] < shape[d] {
				break
			}
			src -= at[d] * stride[d]
			at[d] = 0
		}
	}
	return out
}
