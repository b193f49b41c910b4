package graph

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Dim is the extent of an axis, or an element of an integer tensor that holds extents: a number, a symbol fixed at run
// time ("N"), a whole multiple of a product of symbols ("26*N"), or unknown.
//
// Symbols stand for non-negative numbers, and two Dims with the same symbol are the same number. The zero Dim is the
// number 0.
type Dim struct {
	factor int64 // 64 bits on every processor: costs are products of extents
	symbol string
}

// Unknown is the Dim about which nothing is known. It is equal to no Dim, not even itself.
var Unknown = Dim{symbol: "?"}

// Size is the known extent n. It may be negative, because shape arithmetic uses negative numbers (-1 in a Reshape
// target).
func Size(n int) Dim { return Dim{factor: int64(n)} }

// Size64 is Size for a number from a file, which may not fit an int of 32 bits.
func Size64(n int64) Dim { return Dim{factor: n} }

// Saturate returns n, or the nearest number that fits an int. It is for positions, bounds and axes from a file: what is
// out of range must be so on every processor.
func Saturate(n int64) int { return int(min(max(n, math.MinInt), math.MaxInt)) }

// Symbol is an extent fixed at run time. An empty name or "?" means Unknown.
func Symbol(name string) Dim {
	if name == "" || name == "?" {
		return Unknown
	}
	return Dim{factor: 1, symbol: name}
}

// Derived is an extent computed from others in a way that Dim cannot express, such as the output extent of a strided
// convolution. Equal formulas are equal Dims. If an argument is Unknown, so is the result.
func Derived(format string, args ...Dim) Dim {
	texts := make([]any, len(args))
	for i, a := range args {
		if !a.Named() {
			return Unknown
		}
		texts[i] = a.String()
	}
	formula := fmt.Sprintf(format, texts...)
	return Dim{factor: 1, symbol: "(" + strings.NewReplacer("*", "·", " ", "").Replace(formula) + ")"}
}

// Value returns the number, saturated, and whether the extent is a number.
func (d Dim) Value() (int, bool) { return Saturate(d.factor), d.symbol == "" }

// Int64 is Value for numbers that may not fit an int of 32 bits, such as a cost or an element of a tensor.
func (d Dim) Int64() (int64, bool) { return d.factor, d.symbol == "" }

// Is reports whether the extent is known to be n.
func (d Dim) Is(n int) bool { return d.symbol == "" && d.factor == int64(n) }

// Known reports whether the extent is a number.
func (d Dim) Known() bool { return d.symbol == "" }

// Named reports whether the extent is a number or an expression in symbols, that is, not Unknown.
func (d Dim) Named() bool { return d.symbol != "?" }

// Equal reports whether both extents are known to be the same. Unknown equals nothing.
func (d Dim) Equal(e Dim) bool { return d == e && d.Named() }

// String returns "96", "N", "26*N" or "?".
func (d Dim) String() string {
	switch {
	case d.symbol == "":
		return strconv.FormatInt(d.factor, 10)
	case d.symbol == "?" || d.factor == 1:
		return d.symbol
	}
	return strconv.FormatInt(d.factor, 10) + "*" + d.symbol
}

// Mul is the product of two extents. It is Unknown if it overflows 64 bits.
func (d Dim) Mul(e Dim) Dim {
	factor, fits := product(d.factor, e.factor)
	switch {
	case !fits:
		return Unknown
	case d.symbol == "" && e.symbol == "": // first, because costs are computed by the million
		return Dim{factor: factor}
	case d.Is(0) || e.Is(0):
		return Size(0)
	case !d.Named() || !e.Named():
		return Unknown
	case d.symbol == "" || e.symbol == "":
		return Dim{factor, d.symbol + e.symbol}
	}
	symbols := append(strings.Split(d.symbol, "*"), strings.Split(e.symbol, "*")...)
	slices.Sort(symbols)
	return Dim{factor, strings.Join(symbols, "*")}
}

// product returns a*b and whether it fits 64 bits. Factors of up to 31 bits need no division to tell.
func product(a, b int64) (p int64, fits bool) {
	p = a * b
	if int64(int32(a)) == a && int64(int32(b)) == b || a == 0 {
		return p, true
	}
	return p, p/a == b && !(a == -1 && b == math.MinInt64)
}

// Div returns d / e if the division certainly leaves no remainder; otherwise ok is false. A symbol divided by itself is
// 1: a symbol of value 0 makes tensors without elements, for which any factorization holds.
func (d Dim) Div(e Dim) (q Dim, ok bool) {
	if !d.Named() || !e.Named() || e.Is(0) || e.factor == 0 || d.factor%e.factor != 0 {
		return Unknown, false
	}
	var rest []string
	if d.symbol != "" {
		rest = strings.Split(d.symbol, "*")
	}
	if e.symbol != "" {
		for _, s := range strings.Split(e.symbol, "*") {
			i := slices.Index(rest, s)
			if i < 0 {
				return Unknown, false
			}
			rest = slices.Delete(rest, i, i+1)
		}
	}
	return Dim{d.factor / e.factor, strings.Join(rest, "*")}, true
}

// Add is the sum of two extents.
func (d Dim) Add(e Dim) Dim {
	switch {
	case !d.Named() || !e.Named():
		return Unknown
	case d.symbol == e.symbol:
		sum := d.factor + e.factor
		if (sum > d.factor) != (e.factor > 0) && e.factor != 0 {
			return Unknown // overflows 64 bits
		}
		return Dim{sum, d.symbol}.normal()
	case d.Is(0):
		return e
	case e.Is(0):
		return d
	}
	if d.symbol == "" || (e.symbol != "" && e.String() < d.String()) {
		d, e = e, d // one order for the same sum
	}
	return Derived("%s+%s", d, e)
}

// Sub is d - e.
func (d Dim) Sub(e Dim) Dim {
	switch {
	case !d.Named() || !e.Named():
		return Unknown
	case d.symbol == e.symbol:
		difference := d.factor - e.factor
		if (difference < d.factor) != (e.factor > 0) && e.factor != 0 {
			return Unknown
		}
		return Dim{difference, d.symbol}.normal()
	case e.Is(0):
		return d
	}
	if rest, ok := d.without(e); ok {
		return rest
	}
	return Derived("%s-%s", d, e)
}

// without returns the other summand if d is a sum that Add made of e and one more.
func (d Dim) without(e Dim) (Dim, bool) {
	text := strings.TrimSuffix(strings.TrimPrefix(d.symbol, "("), ")")
	if d.factor != 1 || len(text) != len(d.symbol)-2 {
		return Unknown, false
	}
	depth := 0
	for i, r := range text {
		switch {
		case r == '(':
			depth++
		case r == ')':
			depth--
		case r == '+' && depth == 0:
			for _, side := range []string{text[:i], text[i+1:]} {
				rest, err := ParseDim(strings.ReplaceAll(side, "·", "*"))
				if err == nil && rest.Add(e).Equal(d) {
					return rest, true
				}
			}
		}
	}
	return Unknown, false
}

func (d Dim) normal() Dim {
	if d.factor == 0 {
		return Size(0)
	}
	return d
}

// ParseDim is the inverse of Dim.String.
func ParseDim(s string) (Dim, error) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return Dim{factor: n}, nil
	}
	if head, rest, ok := strings.Cut(s, "*"); ok {
		if n, err := strconv.ParseInt(head, 10, 64); err == nil {
			return Dim{factor: n}.Mul(Dim{1, rest}), nil
		}
	}
	if s == "" {
		return Unknown, fmt.Errorf("empty dimension")
	}
	return Symbol(s), nil
}
