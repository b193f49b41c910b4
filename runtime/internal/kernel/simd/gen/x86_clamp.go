package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func (l x86) clampOf() { clampFor(l.name, l.bytes, l.new, 4) }

// clampFor writes clamp with vectors of the given number of bytes, unrolled.
func clampFor(level string, bytes int, vector func() reg.VecVirtual, unroll int) {
	TEXT("clamp"+level, NOSPLIT, "func(y, x []float32, lo, hi float32)")
	Pragma("noescape")
	Doc("clamp" + level + " is clampGo.")
	y, x := Load(Param("y").Base(), GP64()), Load(Param("x").Base(), GP64())
	n := Load(Param("x").Len(), GP64())
	lo, hi := vector(), vector()
	broadcast := func(name string, to reg.VecVirtual) {
		a, err := Param(name).Resolve()
		if err != nil {
			panic(err)
		}
		VBROADCASTSS(a.Addr, to)
	}
	broadcast("lo", lo)
	broadcast("hi", hi)
	for _, step := range []int{unroll, 1} {
		loop, done := label("vectors", step), label("next", step)
		Label(loop)
		CMPQ(n, number(step*bytes/4))
		JL(LabelRef(done))
		for i := range step {
			v := vector()
			VMOVUPS(Mem{Base: x, Disp: i * bytes}, v)
			VMAXPS(v, lo, v) // NaN is the second source, and stays
			VMINPS(v, hi, v)
			VMOVUPS(v, Mem{Base: y, Disp: i * bytes})
		}
		ADDQ(number(step*bytes), x)
		ADDQ(number(step*bytes), y)
		SUBQ(number(step*bytes/4), n)
		JMP(LabelRef(loop))
		Label(done)
	}
	Label("numbers")
	TESTQ(n, n)
	JE(LabelRef("end"))
	v := XMM()
	VMOVSS(Mem{Base: x}, v)
	VMAXSS(v, lo.AsX(), v)
	VMINSS(v, hi.AsX(), v)
	VMOVSS(v, Mem{Base: y})
	ADDQ(number(4), x)
	ADDQ(number(4), y)
	DECQ(n)
	JMP(LabelRef("numbers"))
	Label("end")
	VZEROUPPER()
	RET()
}
