package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// maximum returns the pooling of x86: see x86Maximum.
func (l x86) maximum() pooling { return x86Maximum{l} }

// x86Maximum keeps NaNs besides the largest numbers, because the instruction drops them.
type x86Maximum struct{ l x86 }

func (m x86Maximum) name() string      { return "poolMax" }
func (m x86Maximum) parameter() string { return "" }

// begin returns the largest numbers so far, and vectors with NaN in the lanes that have seen one
// and 0 elsewhere.
func (m x86Maximum) begin(n int) []bundle {
	return []bundle{m.l.fill(negativeInfinity, n), m.l.zeroes(n)}
}

func (m x86Maximum) see(state []bundle, x bundle) {
	for i, v := range x {
		top, none := state[0][i], state[1][i]
		VMAXPS(v, top, top)
		if m.l.wide() {
			k := K()
			VCMPPS(U8(unordered), v, v, k)
			VMOVAPS(v, k, none)
			continue
		}
		t := m.l.new()
		VCMPPS(U8(unordered), v, v, t)
		VORPS(t, none, none)
	}
}

// end combines the numbers with what is 0 or NaN.
func (m x86Maximum) end(state []bundle, _ scalar) bundle { return m.l.or(state[0], state[1]) }

// pool goes over the rows, within a row over the channels, and within these over the taps.
func (l x86) pool(p pooling) {
	TEXT(p.name()+l.name, NOSPLIT, "func(y, x []float32, offsets []int32, taps, rows, c, ldy int"+p.parameter()+")")
	Pragma("noescape")
	Doc(p.name() + l.name + " is " + p.name() + "Go.")
	y, x := Load(Param("y").Base(), GP64()), Load(Param("x").Base(), GP64())
	offsets, taps := Load(Param("offsets").Base(), GP64()), Load(Param("taps"), GP64())
	c, i, row := GP64(), GP64(), GP64()
	Load(Param("c"), c)
	last := l.tail(c)
	XORQ(row, row)
	Label("row")
	rows := Load(Param("rows"), GP64())
	CMPQ(row, rows)
	JGE(LabelRef("done"))
	sum := func(side int, load func(Mem) reg.VecVirtual) []bundle {
		state := p.begin(side)
		tap := GP64()
		at := label("", side)
		if load != nil {
			at = "last"
		}
		XORQ(tap, tap)
		Label("tap" + at)
		from := GP64()
		MOVLQSX(Mem{Base: offsets, Index: tap, Scale: 4}, from)
		TESTQ(from, from)
		JLT(LabelRef("skip" + at))
		LEAQ(Mem{Base: x, Index: from, Scale: 4}, from)
		v := l.several(side)
		for k := range v {
			m := Mem{Base: from, Index: i, Scale: 1, Disp: k * l.bytes}
			if load != nil {
				v[k] = load(m)
			} else {
				VMOVUPS(m, v[k])
			}
		}
		p.see(state, v)
		Label("skip" + at)
		INCQ(tap)
		CMPQ(tap, taps)
		JLT(LabelRef("tap" + at))
		return state
	}
	l.strips(c, i, []int{4, 1}, func(side int) {
		for k, v := range p.end(sum(side, nil), row) {
			VMOVUPS(v, Mem{Base: y, Index: i, Scale: 1, Disp: k * l.bytes})
		}
	}, func() {
		last.store(p.end(sum(1, last.load), row)[0], Mem{Base: y, Index: i, Scale: 1})
	})
	ldy := Load(Param("ldy"), GP64())
	LEAQ(Mem{Base: y, Index: ldy, Scale: 4}, y)
	LEAQ(Mem{Base: offsets, Index: taps, Scale: 4}, offsets)
	INCQ(row)
	JMP(LabelRef("row"))
	Label("done")
	VZEROUPPER()
	RET()
}

// strips goes over n numbers, in steps of side vectors for each of sides, the last of which must be
// 1, and then over what is left. I is the position in bytes.
func (l x86) strips(n, i reg.GPVirtual, sides []int, step func(side int), left func()) {
	end := GP64()
	XORQ(i, i)
	for _, side := range sides {
		size := side * l.bytes
		loop, done := label("strip", side), label("stripped", side)
		Label(loop)
		LEAQ(Mem{Base: i, Disp: size}, end)
		SHRQ(U8(2), end)
		CMPQ(end, n)
		JG(LabelRef(done))
		step(side)
		ADDQ(number(size), i)
		JMP(LabelRef(loop))
		Label(done)
	}
	MOVQ(i, end)
	SHRQ(U8(2), end)
	CMPQ(end, n)
	JGE(LabelRef("stripsEnd"))
	left()
	Label("stripsEnd")
}
