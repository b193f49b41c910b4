package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func init() {
	families["reduce"] = func() {
		for _, l := range levels {
			l.sumOf()
			l.maxOf()
			l.sumRows()
		}
	}
}

// begin starts a function and loads its slices' bases, and the length of the last, which is that of all.
func begin(l level, name, signature string, slices ...string) (bases []reg.Register, n reg.GPVirtual) {
	TEXT(name+l.name, NOSPLIT, signature)
	Pragma("noescape")
	Doc(name + l.name + " is " + name + "Go.")
	for _, s := range slices {
		bases = append(bases, Load(Param(s).Base(), GP64()))
	}
	n = GP64()
	Load(Param(slices[len(slices)-1]).Len(), n)
	return bases, n
}

// fold makes one number of all that several vectors hold: in the lowest place of what it returns.
func (l level) fold(v bundle, f func(...Op)) reg.VecVirtual {
	for len(v) > 1 {
		for i := range len(v) / 2 {
			f(v[len(v)-1-i], v[i], v[i])
		}
		v = v[:(len(v)+1)/2]
	}
	return halve(l, v[0], f, 4)
}

// halve folds a vector of numbers of so many bytes.
func halve(l level, v reg.VecVirtual, f func(...Op), bytes int) reg.VecVirtual {
	if l.wide() {
		h := YMM()
		VEXTRACTF64X4(U8(1), v, h)
		f(h, v.AsY(), v.AsY())
	}
	h := XMM()
	VEXTRACTF128(U8(1), v.AsY(), h)
	f(h, v.AsX(), v.AsX())
	VPSHUFD(U8(0b01_00_11_10), v.AsX(), h)
	f(h, v.AsX(), v.AsX())
	if bytes == 4 {
		VPSHUFD(U8(0b10_11_00_01), v.AsX(), h)
		f(h, v.AsX(), v.AsX())
	}
	return v
}

// double converts the halves of a vector.
func (l level) double(v reg.VecVirtual) bundle {
	d := l.several(2)
	if l.wide() {
		h := YMM()
		VEXTRACTF64X4(U8(1), v, h)
		VCVTPS2PD(v.AsY(), d[0])
		VCVTPS2PD(h, d[1])
		return d
	}
	h := XMM()
	VEXTRACTF128(U8(1), v, h)
	VCVTPS2PD(v.AsX(), d[0])
	VCVTPS2PD(h, d[1])
	return d
}

func (l level) zeroes(n int) bundle {
	v := make(bundle, n)
	for i := range v {
		v[i] = l.zero()
	}
	return v
}

func (l level) sumOf() {
	bases, n := begin(l, "sum", "func(x []float32) float64", "x")
	sums := l.zeroes(4)
	walk{l: l, side: 2, in: bases, n: n, tail: l.tailOf(n), f: func(in ...bundle) bundle {
		for i, v := range in[0] {
			for k, d := range l.double(v) {
				VADDPD(d, sums[2*i+k], sums[2*i+k])
			}
		}
		return nil
	}}.emit()
	for _, s := range sums[1:] {
		VADDPD(s, sums[0], sums[0])
	}
	total := halve(l, sums[0], VADDPD, 8)
	Store(total.AsX(), ReturnIndex(0))
	VZEROUPPER()
	RET()
}

// largest holds the largest of what it is shown, and whether all of that were numbers.
type largest struct {
	l   level
	top bundle
	// for each two of top: with AVX-512, which places were numbers so far; with AVX2, all ones in those that were not
	numbers []reg.Register
}

func (l level) largest(n int) largest {
	g := largest{l: l, top: l.fill(negativeInfinity, n)}
	for range (n + 1) / 2 {
		if l.wide() {
			k := K()
			KXNORW(k, k, k)
			g.numbers = append(g.numbers, k)
		} else {
			g.numbers = append(g.numbers, l.zero())
		}
	}
	return g
}

func (g largest) see(v bundle) {
	for i, x := range v {
		VMAXPS(x, g.top[i], g.top[i])
		if i%2 == 1 {
			continue
		}
		other, numbers := v[min(i+1, len(v)-1)], g.numbers[i/2] // whether either of two is not a number is one comparison
		if g.l.wide() {
			VCMPPS(U8(ordered), x, other, numbers, numbers)
			continue
		}
		t := g.l.new()
		VCMPPS(U8(unordered), x, other, t)
		VORPS(t, numbers, numbers)
	}
}

// fold is the largest number in the lowest place, or what is not a number.
func (g largest) fold() reg.VecVirtual {
	v, numbers := g.l.fold(g.top, VMAXPS), g.numbers[0]
	for _, n := range g.numbers[1:] {
		if g.l.wide() {
			KANDW(n, numbers, numbers)
		} else {
			VORPS(n, numbers, numbers)
		}
	}
	if g.l.wide() {
		KORTESTW(numbers, numbers)
		JCS(LabelRef("numbers"))
	} else {
		VPTEST(numbers, numbers)
		JEQ(LabelRef("numbers"))
	}
	VMOVSS(constant(notANumber), v.AsX())
	Label("numbers")
	return v
}

func (l level) maxOf() {
	bases, n := begin(l, "maxOf", "func(x []float32) float32", "x")
	g, last := l.largest(4), l.tailOf(n)
	walk{l: l, side: 4, in: bases, n: n, tail: last, f: func(in ...bundle) bundle {
		g.see(in[0])
		return nil
	}, rest: func(in ...bundle) bundle {
		g.see(bundle{last.others(in[0][0], negativeInfinity)})
		return nil
	}}.emit()
	Store(g.fold().AsX(), ReturnIndex(0))
	VZEROUPPER()
	RET()
}
