package main

import "strings"

func init() { families["unary"] = unaries }

// unary is a function of one number, with parameters that are the same for all numbers.
type unary struct {
	name       string
	parameters string // their names
	side       int    // vectors side by side: as many as fit in 16 registers
	f          func(l level, x bundle, p []bundle) bundle
}

func plain(f func(level, bundle) bundle) func(level, bundle, []bundle) bundle {
	return func(l level, x bundle, _ []bundle) bundle { return f(l, x) }
}

var unaryTable = []unary{
	{"exp", "", 2, plain(level.exp)},
	{"log", "", 2, plain(level.log)},
	{"sigmoid", "", 2, plain(level.sigmoid)},
	{"tanh", "", 2, plain(level.tanh)},
	{"erf", "", 2, plain(level.erf)},
	{"gelu", "", 2, plain(level.gelu)},
	{"geluTanh", "", 2, plain(level.geluTanh)},
	{"silu", "", 2, plain(level.silu)},
	{"hardSwish", "", 2, plain(level.hardSwish)},
	{"softplus", "", 2, plain(level.softplus)},
	{"mish", "", 2, plain(level.mish)},
	{"sqrt", "", 2, plain(level.sqrt)},
	{"abs", "", 4, plain(level.absolute)},
	{"quickGelu", "alpha", 2, func(l level, x bundle, p []bundle) bundle { return l.quickGelu(x, p[0]) }},
	{"elu", "alpha", 2, func(l level, x bundle, p []bundle) bundle { return l.elu(x, p[0]) }},
	{"leakyRelu", "alpha", 2, func(l level, x bundle, p []bundle) bundle {
		return l.choose(l.where(x, less, l.same(0, len(x))), l.mul(x, p[0]), x)
	}},
	{"hardSigmoid", "alpha beta", 2, func(l level, x bundle, p []bundle) bundle {
		return l.min(l.max(l.fma(x, p[0], l.copy(p[1])), 0), 1)
	}},
	{"addNumber", "number", 4, func(l level, x bundle, p []bundle) bundle { return l.add(x, p[0]) }},
	{"mulNumber", "number", 4, func(l level, x bundle, p []bundle) bundle { return l.mul(x, p[0]) }},
	{"divNumber", "number", 2, func(l level, x bundle, p []bundle) bundle { return l.div(x, p[0]) }},
	{"subFrom", "number", 4, func(l level, x bundle, p []bundle) bundle { return l.sub(p[0], x) }},
	{"divInto", "number", 2, func(l level, x bundle, p []bundle) bundle { return l.div(p[0], x) }},
	{"maxNumber", "number", 2, func(l level, x bundle, p []bundle) bundle { return l.larger(x, p[0]) }},
	{"minNumber", "number", 2, func(l level, x bundle, p []bundle) bundle { return l.smaller(x, p[0]) }},
}

func unaries() {
	for _, u := range unaryTable {
		for _, l := range levels {
			u.emit(l)
		}
	}
}

func (u unary) emit(l level) {
	parameters := strings.Fields(u.parameters)
	signature := "func(y, x []float32"
	for _, p := range parameters {
		signature += ", " + p + " float32"
	}
	bases, n := l.begin(u.name, signature+")", "y", "x")
	values := make([]vector, len(parameters))
	for i, p := range parameters {
		values[i] = l.parameter(p)
	}
	walk{l: l, side: l.beside(u.side, 2*u.side), in: bases[1:], out: bases[0], n: n, tail: l.tailOf(n), f: func(in ...bundle) bundle {
		p := make([]bundle, len(values))
		for i, v := range values {
			p[i] = all(v, len(in[0]))
		}
		return u.f(l, in[0], p)
	}}.emit()
	l.end()
}
