package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// fold reduces the numbers of several vectors to one, in the lowest lane of the result.
func (l x86) fold(v bundle, f func(...Op)) reg.VecVirtual {
	for len(v) > 1 {
		for i := range len(v) / 2 {
			f(v[len(v)-1-i], v[i], v[i])
		}
		v = v[:(len(v)+1)/2]
	}
	return halve(l, avo(v[0]), f, 4)
}

// halve reduces a vector of numbers of the given size in bytes.
func halve(l x86, v reg.VecVirtual, f func(...Op), bytes int) reg.VecVirtual {
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
func (l x86) double(from vector) bundle {
	v := avo(from)
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

func (l x86) foldSums(v bundle) vector { return l.fold(v, VADDPS) }

func (l x86) foldIntegers(v bundle) vector { return l.fold(v, VPMAXSD) }

func (l x86) foldDoubles(v bundle) vector {
	for _, s := range v[1:] {
		VADDPD(s, v[0], v[0])
	}
	return halve(l, avo(v[0]), VADDPD, 8)
}

func (l x86) addDoubles(sum, x bundle) {
	for i, d := range x {
		VADDPD(d, sum[i], sum[i])
	}
}

func (l x86) largerIntegers(x, top bundle) {
	for i, v := range x {
		VPMAXSD(v, top[i], top[i])
	}
}

// x86Largest holds the largest of the numbers it is shown, and whether any was NaN.
type x86Largest struct {
	l   x86
	top bundle
	// for each two of top: with AVX-512, which lanes were numbers so far; with AVX2, all ones in
	// those that were not
	numbers []reg.Register
}

func (l x86) largest(n int) largest {
	g := x86Largest{l: l, top: l.fill(negativeInfinity, n)}
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

func (g x86Largest) see(v bundle) {
	for i, x := range v {
		VMAXPS(x, g.top[i], g.top[i])
		if i%2 == 1 {
			continue
		}
		other, numbers := v[min(i+1, len(v)-1)], g.numbers[i/2] // one comparison tells whether either of two is NaN
		if g.l.wide() {
			VCMPPS(U8(ordered), x, other, numbers, numbers)
			continue
		}
		t := g.l.new()
		VCMPPS(U8(unordered), x, other, t)
		VORPS(t, numbers, numbers)
	}
}

// fold returns the largest number, or NaN, in the lowest lane.
func (g x86Largest) fold() vector {
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
