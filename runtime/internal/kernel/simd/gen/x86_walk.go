package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// onesThenZeroes is a table in which a mask for AVX2 of n numbers begins 4n bytes before the
// middle.
var onesThenZeroes Mem

// x86Tail is the mask of what is left of a row after the whole vectors.
type x86Tail struct {
	l x86
	m reg.Register
}

func (l x86) tailOf(n scalar) tail { return l.tail(n) }

// tail returns the mask for the last numbers of n.
func (l x86) tail(n scalar) x86Tail {
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
		return x86Tail{l, k}
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
	return x86Tail{l, mask}
}

func (t x86Tail) load(from Mem) reg.VecVirtual {
	v := t.l.new()
	if t.l.wide() {
		VMOVUPS_Z(from, t.m, v)
	} else {
		VMASKMOVPS(from, t.m, v)
	}
	return v
}

func (t x86Tail) store(v vector, to Mem) {
	if t.l.wide() {
		VMOVUPS(v, t.m, to)
	} else {
		VMASKMOVPS(v, t.m, to)
	}
}

// clear sets the lanes outside the tail to zero.
func (t x86Tail) clear(v vector) vector {
	return t.l.keep(truth{t.m}, bundle{v})[0]
}

// others sets the lanes outside the tail to another value.
func (t x86Tail) others(v vector, other float64) vector {
	return t.l.choose(truth{t.m}, bundle{v}, t.l.same(other, 1))[0]
}

// choose sets the lanes outside the tail to those of another vector.
func (t x86Tail) choose(v, other vector) vector {
	return t.l.choose(truth{t.m}, bundle{v}, bundle{other})[0]
}

// prepare makes in and out point to the ends of their rows.
func (l x86) prepare(w *walk) {
	w.start, w.i = GP64(), GP64()
	seen := map[scalar]bool{}
	for _, base := range append([]scalar{w.out}, w.in...) {
		if base != nil && !seen[base] {
			l.advance(base, w.n)
		}
		seen[base] = true
	}
	MOVQ(w.n, w.start)
	SHLQ(U8(2), w.start)
	NEGQ(w.start)
}

// row writes the walk over the row that ends where in and out point.
func (l x86) row(w *walk) {
	MOVQ(w.start, w.i)
	sides := []int{w.side, 1}
	if w.side == 1 {
		sides = sides[1:]
	}
	for _, side := range sides {
		size := side * l.bytes
		loop, done := label("vectors", side), label("left", side)
		CMPQ(w.i, number(-size))
		JG(LabelRef(done))
		Label(loop)
		l.step(w, side)
		ADDQ(number(size), w.i)
		CMPQ(w.i, number(-size))
		JLE(LabelRef(loop))
		Label(done)
	}
	TESTQ(w.i, w.i)
	JE(LabelRef("end"))
	l.last(w)
	Label("end")
}

func (l x86) step(w *walk, side int) {
	in, i := make([]bundle, len(w.in)), w.i.(reg.Register)
	for k, base := range w.in {
		in[k] = l.several(side)
		for j, v := range in[k] {
			VMOVUPS(Mem{Base: base.(reg.Register), Index: i, Scale: 1, Disp: j * l.bytes}, v)
		}
	}
	for j, v := range w.f(in...) {
		VMOVUPS(v, Mem{Base: w.out.(reg.Register), Index: i, Scale: 1, Disp: j * l.bytes})
	}
}

func (l x86) last(w *walk) {
	in, i := make([]bundle, len(w.in)), w.i.(reg.Register)
	for k, base := range w.in {
		in[k] = bundle{w.tail.(x86Tail).load(Mem{Base: base.(reg.Register), Index: i, Scale: 1})}
	}
	f := w.f
	if w.rest != nil {
		f = w.rest
	}
	for _, v := range f(in...) {
		w.tail.(x86Tail).store(v, Mem{Base: w.out.(reg.Register), Index: i, Scale: 1})
	}
}
