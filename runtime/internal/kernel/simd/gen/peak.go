package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func init() { familiesAMD64["peak"] = peak }

func peak() {
	peakFor("AVX2", YMM)
	peakFor("AVX512", ZMM)
}

// peakFor writes turns of 12 multiply-adds that do not wait for each other.
func peakFor(level string, vector func() reg.VecVirtual) {
	TEXT("peak"+level, NOSPLIT, "func(turns int)")
	Pragma("noescape")
	Doc("peak" + level + " is peakGo.")
	n := Load(Param("turns"), GP64())
	x := vector()
	VXORPS(x.AsY(), x.AsY(), x.AsY())
	sums := make([]reg.VecVirtual, 12)
	for i := range sums {
		sums[i] = vector()
		VXORPS(sums[i].AsY(), sums[i].AsY(), sums[i].AsY())
	}
	Label("turn")
	TESTQ(n, n)
	JLE(LabelRef("end"))
	for _, s := range sums {
		VFMADD231PS(x, x, s)
	}
	DECQ(n)
	JMP(LabelRef("turn"))
	Label("end")
	VZEROUPPER()
	RET()
}
