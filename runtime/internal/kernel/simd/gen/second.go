package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

func init() { familiesAMD64["second"] = second }

// second takes every second number of 16 at a time: two vectors are combined within their halves,
// then the quarters are put in order.
func second() {
	TEXT("everySecondAVX2", NOSPLIT, "func(y, x *float32, n int)")
	Pragma("noescape")
	Doc("everySecondAVX2 is everySecondGo for n numbers of y, a positive multiple of 8. It reads 2n numbers of x.")
	y, x, n := Load(Param("y"), GP64()), Load(Param("x"), GP64()), Load(Param("n"), GP64())
	Label("eight")
	a, b := YMM(), YMM()
	VMOVUPS(Mem{Base: x}, a)
	VMOVUPS(Mem{Base: x, Disp: 32}, b)
	VSHUFPS(U8(0x88), b, a, a) // numbers 0 and 2 of each half of both
	VPERMPD(U8(0xd8), a, a)
	VMOVUPS(a, Mem{Base: y})
	ADDQ(number(64), x)
	ADDQ(number(32), y)
	SUBQ(number(8), n)
	JG(LabelRef("eight"))
	VZEROUPPER()
	RET()
}
