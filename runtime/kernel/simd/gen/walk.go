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

// walk goes over rows of n numbers, side vectors at a time, then one, then what is left under a mask. At each step
// it loads what lies at in, and has f compute what it stores at out. Where f gives no vectors nothing is stored.
type walk struct {
	l    level
	side int
	in   []reg.Register
	out  reg.Register
	n    reg.GPVirtual
	tail tail
	f    func(in ...bundle) bundle
	rest func(in ...bundle) bundle // instead of f for what is left, whose other places hold zeroes; may be nil

	start, i reg.GPVirtual // in bytes from the end of the row, so that a sign and a constant are all it is compared with
}

// prepare has in and out point to the ends of their rows.
func (w *walk) prepare() {
	w.start, w.i = GP64(), GP64()
	seen := map[reg.Register]bool{}
	for _, base := range append([]reg.Register{w.out}, w.in...) {
		if base != nil && !seen[base] {
			LEAQ(Mem{Base: base, Index: w.n, Scale: 4}, base)
		}
		seen[base] = true
	}
	MOVQ(w.n, w.start)
	SHLQ(U8(2), w.start)
	NEGQ(w.start)
}

// row writes the walk over the row that ends where in and out point.
func (w *walk) row() {
	MOVQ(w.start, w.i)
	sides := []int{w.side, 1}
	if w.side == 1 {
		sides = sides[1:]
	}
	for _, side := range sides {
		size := side * w.l.bytes
		loop, done := label("vectors", side), label("left", side)
		CMPQ(w.i, number(-size))
		JG(LabelRef(done))
		Label(loop)
		w.step(side)
		ADDQ(number(size), w.i)
		CMPQ(w.i, number(-size))
		JLE(LabelRef(loop))
		Label(done)
	}
	TESTQ(w.i, w.i)
	JE(LabelRef("end"))
	w.last()
	Label("end")
}

// emit writes the walk over one row.
func (w walk) emit() {
	w.prepare()
	w.row()
}

func (w *walk) step(side int) {
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

func (w *walk) last() {
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
