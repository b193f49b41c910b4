package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// sumRows adds the rows in double precision and multiplies the sums by a factor.
func (l x86) sumRows() {
	TEXT("sumRows"+l.name, NOSPLIT, "func(y, x []float32, rows, c, ld int, factor float64)")
	Pragma("noescape")
	Doc("sumRows" + l.name + " is sumRowsGo.")
	y, x := Load(Param("y").Base(), GP64()), Load(Param("x").Base(), GP64())
	rows, ld := Load(Param("rows"), GP64()), Load(Param("ld"), GP64())
	c, i := GP64(), GP64()
	Load(Param("c"), c)
	SHLQ(U8(2), ld)
	last := l.tail(c)
	factor := l.new()
	a, err := Param("factor").Resolve()
	if err != nil {
		panic(err)
	}
	VBROADCASTSD(a.Addr, factor)
	sum := func(at string, side int, load func(Mem) reg.VecVirtual) bundle {
		sums := l.zeroes(2 * side)
		from, left := GP64(), GP64()
		LEAQ(Mem{Base: x, Index: i, Scale: 1}, from)
		MOVQ(rows, left)
		Label("sum" + at)
		for k := range side {
			for h, d := range l.double(load(Mem{Base: from, Disp: k * l.bytes})) {
				VADDPD(d, sums[2*k+h], sums[2*k+h])
			}
		}
		ADDQ(ld, from)
		DECQ(left)
		JNZ(LabelRef("sum" + at))
		return l.single(sums, factor)
	}
	l.strips(c, i, []int{4, 1}, func(side int) {
		for k, v := range sum(label("", side), side, func(m Mem) reg.VecVirtual {
			v := l.new()
			VMOVUPS(m, v)
			return v
		}) {
			VMOVUPS(v, Mem{Base: y, Index: i, Scale: 1, Disp: k * l.bytes})
		}
	}, func() {
		last.store(sum("last", 1, last.load)[0], Mem{Base: y, Index: i, Scale: 1})
	})
	VZEROUPPER()
	RET()
}

// single returns the halves of vectors times a factor, converted from double precision.
func (l x86) single(halves bundle, factor vector) (v bundle) {
	for k := 0; k < len(halves); k += 2 {
		for _, h := range halves[k : k+2] {
			VMULPD(factor, h, h)
		}
		out := l.new()
		if l.wide() {
			low, high := YMM(), YMM()
			VCVTPD2PS(halves[k], low)
			VCVTPD2PS(halves[k+1], high)
			VINSERTF64X4(U8(1), high, low.AsZ(), out)
		} else {
			low, high := XMM(), XMM()
			VCVTPD2PSY(halves[k], low)
			VCVTPD2PSY(halves[k+1], high)
			VINSERTF128(U8(1), high, low.AsY(), out)
		}
		v = append(v, out)
	}
	return v
}
