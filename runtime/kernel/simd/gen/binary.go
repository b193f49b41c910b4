package main

import (
	"strings"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func init() { families["binary"] = binaries }

// binary is a function of rows: sources with a stride have a row for each row of the result, the others have one row for all.
type binary struct {
	name       string
	to         string   // the result
	from       []string // the sources
	strided    int      // so many of the sources, the first, have strides
	parameters string   // names of numbers that are the same for all
	f          func(l level, in, p []bundle) bundle
}

func ofTwo(name string, f func(l level, x, y bundle) bundle) binary {
	return binary{name, "z", []string{"x", "y"}, 2, "", func(l level, in, _ []bundle) bundle { return f(l, in[0], in[1]) }}
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
	}},
	{"scaleShift", "y", []string{"x", "scale", "shift"}, 1, "lo hi", func(l level, in, p []bundle) bundle {
		return l.clamp(l.fma(in[0], in[1], in[2]), p)
	}},
}

// clamp holds x between two; what is not a number stays.
func (l level) clamp(x bundle, p []bundle) bundle {
	return l.two(VMINPS, p[1], l.two(VMAXPS, p[0], x))
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
	TEXT(b.name+l.name, NOSPLIT, signature+")")
	Pragma("noescape")
	Doc(b.name + l.name + " is " + b.name + "Go.")
	var bases []reg.Register
	for _, name := range names {
		bases = append(bases, Load(Param(name).Base(), GP64()))
	}
	rows, n := Load(Param("rows"), GP64()), GP64()
	Load(Param("n"), n)
	values := make([]reg.VecVirtual, len(parameters))
	for i, p := range parameters {
		values[i] = l.parameter(p)
	}
	w := walk{l: l, side: 4, in: bases[1:], out: bases[0], n: n, tail: l.tailOf(n), f: func(in ...bundle) bundle {
		p := make([]bundle, len(values))
		for i, v := range values {
			p[i] = all(v, len(in[0]))
		}
		return b.f(l, in, p)
	}}
	w.prepare()
	strides := make([]reg.Register, 1+b.strided)
	for k := range strides {
		strides[k] = Load(Param("ld"+names[k]), GP64())
	}
	Label("row")
	TESTQ(rows, rows)
	JLE(LabelRef("done"))
	w.row()
	for k, stride := range strides {
		LEAQ(Mem{Base: bases[k], Index: stride, Scale: 4}, bases[k])
	}
	DECQ(rows)
	JMP(LabelRef("row"))
	Label("done")
	VZEROUPPER()
	RET()
}
