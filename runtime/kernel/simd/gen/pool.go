package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func init() {
	families["pool"] = func() {
		for _, l := range levels {
			l.pool(maximum{l})
			l.pool(average{l})
			l.maxOffset()
		}
	}
}

// pooling is what becomes of the numbers that the taps of a row show in one place.
type pooling interface {
	name() string
	parameter() string // of the function, beyond those that all have
	begin(n int) (state []bundle)
	see(state []bundle, x bundle)
	// end gives the results; row is the number of the row.
	end(state []bundle, row reg.GPVirtual) bundle
}

type maximum struct{ l level }

func (m maximum) name() string      { return "poolMax" }
func (m maximum) parameter() string { return "" }

// begin gives the largest numbers so far, and all ones where something was not a number.
func (m maximum) begin(n int) []bundle {
	return []bundle{m.l.fill(negativeInfinity, n), m.l.zeroes(n)}
}

func (m maximum) see(state []bundle, x bundle) {
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

// end adds what is 0 or not a number.
func (m maximum) end(state []bundle, _ reg.GPVirtual) bundle { return m.l.or(state[0], state[1]) }

type average struct{ l level }

func (a average) name() string                 { return "poolAverage" }
func (a average) parameter() string            { return ", scale []float32" }
func (a average) begin(n int) []bundle         { return []bundle{a.l.zeroes(n)} }
func (a average) see(state []bundle, x bundle) { a.l.addTo(state[0], x) }
func (a average) end(state []bundle, row reg.GPVirtual) bundle {
	scale := Load(Param("scale").Base(), GP64())
	return a.l.mul(state[0], all(a.l.broadcast(Mem{Base: scale, Index: row, Scale: 4}), len(state[0])))
}

func (l level) addTo(sum, x bundle) {
	for i := range x {
		VADDPS(x[i], sum[i], sum[i])
	}
}

// pool goes over the rows, in a row over the channels, in these over the taps.
func (l level) pool(p pooling) {
	TEXT(p.name()+l.name, NOSPLIT, "func(y, x []float32, offsets []int32, taps, rows, c, ldy int"+p.parameter()+")")
	Pragma("noescape")
	Doc(p.name() + l.name + " is " + p.name() + "Go.")
	y, x := Load(Param("y").Base(), GP64()), Load(Param("x").Base(), GP64())
	offsets, taps := Load(Param("offsets").Base(), GP64()), Load(Param("taps"), GP64())
	c, i, row := GP64(), GP64(), GP64()
	Load(Param("c"), c)
	last := l.tailOf(c)
	XORQ(row, row)
	Label("row")
	rows := Load(Param("rows"), GP64())
	CMPQ(row, rows)
	JGE(LabelRef("done"))
	walk := func(side int, load func(Mem) reg.VecVirtual) []bundle {
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
		for k, v := range p.end(walk(side, nil), row) {
			VMOVUPS(v, Mem{Base: y, Index: i, Scale: 1, Disp: k * l.bytes})
		}
	}, func() {
		last.store(p.end(walk(1, last.load), row)[0], Mem{Base: y, Index: i, Scale: 1})
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

// strips goes over n numbers, so many vectors at a time, the last of which must be 1, and then over what is left. i is the
// position in bytes.
func (l level) strips(n, i reg.GPVirtual, sides []int, step func(side int), left func()) {
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

// maxOffset is the largest offset, or -1 if all are negative.
func (l level) maxOffset() {
	bases, n := begin(l, "maxOffset", "func(offsets []int32) int32", "offsets")
	top, last := bundle{l.broadcast(bits(^uint32(0))), l.broadcast(bits(^uint32(0)))}, l.tailOf(n)
	walk{l: l, side: 2, in: bases, n: n, tail: last, f: func(in ...bundle) bundle {
		for i, v := range in[0] {
			VPMAXSD(v, top[i], top[i])
		}
		return nil
	}, rest: func(in ...bundle) bundle {
		v := l.choose(truth{last.m}, in[0], top[1:])
		VPMAXSD(v[0], top[0], top[0])
		return nil
	}}.emit()
	largest := GP32()
	VMOVD(l.fold(top, VPMAXSD).AsX(), largest)
	Store(largest, ReturnIndex(0))
	VZEROUPPER()
	RET()
}
