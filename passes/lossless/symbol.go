package lossless

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// symbol identifies the contents of a slice, with its elements in row-major order.
type symbol int

// one is the symbol of slices that hold the same number everywhere.
const one symbol = 0

// slice is what is known of a slice of a value: it is scale times its symbol. The scale of a constant is the number
// itself. No other scale is 0.
type slice struct {
	interval
	sym   symbol
	scale float64
}

func constant(c float64) slice { return slice{point(c), one, c} }

// zero reports whether all elements are known to be 0.
func (s slice) zero() bool { return s.sym == one && s.scale == 0 }

// form says that a symbol is a sum of multiples of others, its atoms, and a number.
type form struct {
	atoms []symbol
	coefs []float64
	c     float64
	// sum reports whether the atoms may have forms that are worth expanding.
	sum bool
}

const (
	// near is the relative difference up to which two numbers are taken as equal: a few roundings to float32.
	near = 1e-6
	// mostCoefs bounds how many coefficients are stored. Later rows get symbols of their own.
	mostCoefs = 1 << 26
)

// table gives the same symbol to what is computed in the same way.
type table struct {
	made  map[string][]made
	next  symbol
	forms map[symbol]*form
	coefs int
}

type made struct {
	sym     symbol
	numbers []float64
}

func newTable() *table {
	return &table{made: map[string][]made{}, next: one + 1, forms: map[symbol]*form{}}
}

// intern returns the symbol of what key and numbers describe; fresh reports that it is new. Numbers are compared with
// same, and the first match is taken.
func (t *table) intern(key string, numbers []float64, same func(a, b []float64) bool) (sym symbol, fresh bool) {
	for _, m := range t.made[key] {
		if same(m.numbers, numbers) {
			return m.sym, false
		}
	}
	sym = t.next
	t.next++
	t.made[key] = append(t.made[key], made{sym, numbers})
	return sym, true
}

// named returns the symbol of what key and a few numbers describe. Each number is compared by itself.
func (t *table) named(key string, numbers ...float64) symbol {
	s, _ := t.intern(key, numbers, alike)
	return s
}

func alike(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool {
		return x == y || math.Abs(x-y) <= near*max(math.Abs(x), math.Abs(y))
	})
}

// alikeRows compares coefficients of about 1 and, in the last place, the number that is added.
func alikeRows(a, b []float64) bool {
	last := len(a) - 1
	for i, x := range a[:last] {
		if math.Abs(x-b[i]) > near {
			return false
		}
	}
	return alike(a[last:], b[last:])
}

// lead is the fraction of the largest coefficient above which the first one normalizes the others. It is not a round
// number, so that two rows of round weights do not fall on different sides of it.
const lead = 0.4237

// sum returns the slice coefs x atoms + c. The atoms are distinct, and key lists them.
func (t *table) sum(key string, f form, bounds interval) slice {
	largest, used, last := 0.0, 0, 0
	for i, x := range f.coefs {
		if x != 0 {
			used++
			last = i
			largest = max(largest, math.Abs(x))
		}
	}
	switch {
	case used == 0 || bounds.isPoint():
		if used == 0 {
			return constant(f.c)
		}
		return constant(bounds.lo)
	case used == 1 && f.c == 0:
		return slice{bounds, f.atoms[last], f.coefs[last]}
	}
	if t.coefs += len(f.coefs); t.coefs > mostCoefs {
		t.next++
		return slice{bounds, t.next - 1, 1}
	}
	scale := 0.0
	for _, x := range f.coefs {
		if math.Abs(x) >= lead*largest {
			scale = x
			break
		}
	}
	numbers := make([]float64, len(f.coefs)+1)
	for i, x := range f.coefs {
		numbers[i] = x / scale
	}
	numbers[len(f.coefs)] = f.c / scale
	sym, fresh := t.intern(key, numbers, alikeRows)
	if fresh {
		t.forms[sym] = &form{f.atoms, numbers[:len(f.coefs)], f.c / scale, f.sum}
	}
	return slice{bounds, sym, scale}
}

// listed returns a key for symbols in this order.
func listed(what string, syms []symbol) string {
	var b strings.Builder
	b.WriteString(what)
	for _, s := range syms {
		b.WriteByte(' ')
		b.WriteString(strconv.Itoa(int(s)))
	}
	return b.String()
}
