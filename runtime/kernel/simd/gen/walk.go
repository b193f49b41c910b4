package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// onesThenZeroes is a table in which a mask for AVX2 of n numbers begins 4n bytes before the middle.
var onesThenZeroes Mem

// tail is what is left of a row that is not a whole vector.
type tail struct {
	l level
	m reg.Register
}

// tailOf is the mask for the last numbers of n.
func (l level) tailOf(n reg.GPVirtual) tail {
	left := GP64()
	MOVQ(n, left)
	ANDQ(number(l.bytes/4-1), left)
	if l.wide() {
		one := GP64()
		MOVQ(left, reg.RCX)
		MOVQ(number(1), one)
		SHLQ(reg.CL, one)
		DECQ(one)
		k := K()
		KMOVW(one.As32(), k)
		return tail{l, k}
	}
	if onesThenZeroes.Base == nil {
		onesThenZeroes = GLOBL("tails", RODATA|NOPTR)
		for i := range 16 {
			DATA(4*i, U32(uint32(0xffffffff)*uint32(1-i/8)))
		}
	}
	table, mask := GP64(), YMM()
	LEAQ(onesThenZeroes, table)
	SHLQ(U8(2), left)
	SUBQ(left, table)
	VMOVUPS(Mem{Base: table, Disp: 32}, mask)
	return tail{l, mask}
}

func (t tail) load(from Mem) reg.VecVirtual {
	v := t.l.new()
	if t.l.wide() {
		VMOVUPS_Z(from, t.m, v)
	} else {
		VMASKMOVPS(from, t.m, v)
	}
	return v
}

func (t tail) store(v reg.VecVirtual, to Mem) {
	if t.l.wide() {
		VMOVUPS(v, t.m, to)
	} else {
		VMASKMOVPS(v, t.m, to)
	}
}

// clear makes the places that are not the tail's zero.
func (t tail) clear(v reg.VecVirtual) reg.VecVirtual {
	return t.l.keep(truth{t.m}, bundle{v})[0]
}

// others gives the places that are not the tail's another value.
func (t tail) others(v reg.VecVirtual, other float64) reg.VecVirtual {
	return t.l.choose(truth{t.m}, bundle{v}, t.l.same(other, 1))[0]
}

// walk goes over a row of n numbers, side vectors at a time, then one, then what is left under a mask. At each step
// it loads what lies at in, and has f compute what it stores at out. i is the row's position in bytes; it ends
// at an arbitrary one. Where f gives no vectors nothing is stored.
type walk struct {
	l    level
	side int
	in   []reg.Register
	out  reg.Register
	n, i reg.GPVirtual
	tail tail
	f    func(in ...bundle) bundle
	rest func(in ...bundle) bundle // instead of f for what is left, whose other places hold zeroes; may be nil
}

// emit writes the walk; its labels end in number.
func (w walk) emit(at string) {
	end := GP64() // the last position at which the step fits
	XORQ(w.i, w.i)
	sides := []int{w.side, 1}
	if w.side == 1 {
		sides = sides[1:]
	}
	for _, side := range sides {
		size := side * w.l.bytes
		loop, done := label("vectors"+at, side), label("left"+at, side)
		MOVQ(w.n, end)
		SHLQ(U8(2), end)
		SUBQ(number(size), end)
		Label(loop)
		CMPQ(w.i, end)
		JG(LabelRef(done))
		w.step(side)
		ADDQ(number(size), w.i)
		JMP(LabelRef(loop))
		Label(done)
	}
	ADDQ(number(w.l.bytes), end)
	CMPQ(w.i, end)
	JGE(LabelRef("end" + at))
	w.last()
	Label("end" + at)
}

func (w walk) step(side int) {
	in := make([]bundle, len(w.in))
	for k, base := range w.in {
		in[k] = w.l.several(side)
		for i, v := range in[k] {
			VMOVUPS(Mem{Base: base, Index: w.i, Scale: 1, Disp: i * w.l.bytes}, v)
		}
	}
	for i, v := range w.f(in...) {
		VMOVUPS(v, Mem{Base: w.out, Index: w.i, Scale: 1, Disp: i * w.l.bytes})
	}
}

func (w walk) last() {
	in := make([]bundle, len(w.in))
	for k, base := range w.in {
		in[k] = bundle{w.tail.load(Mem{Base: base, Index: w.i, Scale: 1})}
	}
	f := w.f
	if w.rest != nil {
		f = w.rest
	}
	for _, v := range f(in...) {
		w.tail.store(v, Mem{Base: w.out, Index: w.i, Scale: 1})
	}
}
