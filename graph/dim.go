package graph

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Dim is the extent of one axis, or one element of an integer tensor that holds
// extents: a number, a symbol fixed at run time ("N"), a whole multiple of a
// product of symbols ("26*N"), or unknown.
//
// Symbols stand for non-negative numbers; two Dims with the same symbol are the
// same number. The zero Dim is the number 0.
type Dim struct {
	factor int64 // whatever the processor's int: costs are products of extents
	symbol string
}

// Unknown is the Dim nothing is known about; it is equal to no Dim, itself included.
var Unknown = Dim{symbol: "?"}

// Size is the known extent n. Negative numbers are allowed, because shape
// arithmetic goes through them (-1 in a Reshape target).
func Size(n int) Dim { return Dim{factor: int64(n)} }

// Size64 is Size for a number of a file, which may be more than an int of 32 bits holds.
func Size64(n int64) Dim { return Dim{factor: n} }

// Saturate is n, or the number nearest to it that an int holds: for positions, bounds and axes of a file, which mean the
// same on every processor as long as what is beyond everything stays so.
func Saturate(n int64) int { return int(min(max(n, math.MinInt), math.MaxInt)) }

// Symbol is an extent fixed at run time. An empty name or "?" gives Unknown.
func Symbol(name string) Dim {
	if name == "" || name == "?" {
		return Unknown
	}
	return Dim{factor: 1, symbol: name}
}

// Derived is an extent computed from others in a way Dim cannot express, such as
// the output extent of a strided convolution. Equal formulas are equal Dims; one
// unknown argument makes the result Unknown.
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

// Value returns the number, saturated, and true when the extent is known.
func (d Dim) Value() (int, bool) { return Saturate(d.factor), d.symbol == "" }

// Int64 is Value for what may be more than an int of 32 bits holds, as a cost or an element of a tensor.
func (d Dim) Int64() (int64, bool) { return d.factor, d.symbol == "" }

// Is reports whether the extent is known to be n.
func (d Dim) Is(n int) bool { return d.symbol == "" && d.factor == int64(n) }

// Known reports whether the extent is a number.
func (d Dim) Known() bool { return d.symbol == "" }

// Named reports whether the extent is a number or an expression in symbols:
// anything but Unknown.
func (d Dim) Named() bool { return d.symbol != "?" }

// Equal reports whether both extents are certainly the same. Unknown equals nothing.
func (d Dim) Equal(e Dim) bool { return d == e && d.Named() }

// String is "96", "N", "26*N" or "?".
func (d Dim) String() string {
	switch {
	case d.symbol == "":
		return strconv.FormatInt(d.factor, 10)
	case d.symbol == "?" || d.factor == 1:
		return d.symbol
	}
	return strconv.FormatInt(d.factor, 10) + "*" + d.symbol
}

// Mul is the product of two extents; one that 64 bits cannot hold is Unknown.
func (d Dim) Mul(e Dim) Dim {
	factor, fits := product(d.factor, e.factor)
	switch {
	case !fits:
		return Unknown
	case d.symbol == "" && e.symbol == "": // soon, because costs are counted by the million
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

// product is a*b, and whether 64 bits hold it. Factors of up to 31 bits need no division to tell.
func product(a, b int64) (p int64, fits bool) {
	p = a * b
	if int64(int32(a)) == a && int64(int32(b)) == b || a == 0 {
		return p, true
	}
	return p, p/a == b && !(a == -1 && b == math.MinInt64)
}

// Div is d / e where the division is certain to leave no remainder; ok is false
// otherwise. A symbol divided by itself is 1: symbols of value 0 make tensors
// without elements, where any factorisation holds.
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
			return Unknown // more than 64 bits hold
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

// without is the other summand where d is the sum that Add made of e and one more.
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

// ParseDim reads what String writes.
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
