package main

import (
	"cmp"
	"strings"
)

func init() { families["binary"] = binaries }

// binary is a function of rows. Sources with a stride have a row for each row of the result; the
// others have one row for all.
type binary struct {
	name       string
	to         string   // the result
	from       []string // the sources
	strided    int      // the first sources, as many as this, have strides
	parameters string   // names of numbers that are the same for all
	f          func(l level, in, p []bundle) bundle
	side       int // vectors side by side with 16 registers; 0 means 4
}

func ofTwo(name string, f func(l level, x, y bundle) bundle) binary {
	return binary{name, "z", []string{"x", "y"}, 2, "", func(l level, in, _ []bundle) bundle { return f(l, in[0], in[1]) }, 0}
}

var binaryTable = []binary{
	ofTwo("add", level.add),
	ofTwo("sub", level.sub),
	ofTwo("mul", level.mul),
	ofTwo("div", level.div),
	ofTwo("max", level.larger),
	ofTwo("min", level.smaller),
	{"addClamp", "z", []string{"x", "y"}, 2, "lo hi", func(l level, in, p []bundle) bundle {
		return l.clamp(l.add(in[0], in[1]), p)
	}, 0},
	{"scaleShift", "y", []string{"x", "scale", "shift"}, 1, "lo hi", func(l level, in, p []bundle) bundle {
		return l.clamp(l.fma(in[0], in[1], in[2]), p)
	}, 0},
}

// clamp limits x to between two numbers. NaN stays.
func (l level) clamp(x bundle, p []bundle) bundle {
	return l.atMost(l.atLeast(x, p[0]), p[1])
}

func binaries() {
	for _, b := range binaryTable {
		for _, l := range levels {
			b.emit(l)
		}
	}
}

func (b binary) emit(l level) {
	names := append([]string{b.to}, b.from...)
	signature := "func(" + strings.Join(names, ", ") + " []float32, rows, n, ld" + strings.Join(names[:1+b.strided], ", ld") + " int"
	parameters := strings.Fields(b.parameters)
	if len(parameters) > 0 {
		signature += ", " + strings.Join(parameters, ", ") + " float32"
	}
	bases := l.function(b.name+l.name, signature+")", names...)
	rows, n := l.integer("rows"), l.integer("n")
	values := make([]vector, len(parameters))
	for i, p := range parameters {
		values[i] = l.parameter(p)
	}
	side := cmp.Or(b.side, 4)
	w := walk{l: l, side: l.beside(side, 2*side), in: bases[1:], out: bases[0], n: n, tail: l.tailOf(n), f: func(in ...bundle) bundle {
		p := make([]bundle, len(values))
		for i, v := range values {
			p[i] = all(v, len(in[0]))
		}
		return b.f(l, in, p)
	}}
	l.prepare(&w)
	strides := make([]scalar, 1+b.strided)
	for k := range strides {
		strides[k] = l.integer("ld" + names[k])
	}
	l.repeat(rows, "row", func() {
		l.row(&w)
		for k, stride := range strides {
			l.advance(bases[k], stride)
		}
	})
	l.end()
}
