package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func init() { familiesAMD64["transpose"] = transpose }

// transpose writes squares of 8 x 8. Halves of vectors are combined as they are loaded, which
// leaves the shuffles within halves: 8 that pair numbers and 8 that pair pairs.
func transpose() {
	TEXT("transposeAVX2", NOSPLIT, "func(dst, src *float32, rows, columns, ldDst, ldSrc int)")
	Pragma("noescape")
	Doc("transposeAVX2 writes src[n*ldSrc + k] to dst[k*ldDst + n] for k in 0..rows and n in 0..columns, multiples of 8.")
	dst, src := Load(Param("dst"), GP64()), Load(Param("src"), GP64())
	columns, ldDst, ldSrc := Load(Param("columns"), GP64()), Load(Param("ldDst"), GP64()), Load(Param("ldSrc"), GP64())
	SHLQ(U8(2), ldDst)
	SHLQ(U8(2), ldSrc)
	dst3, src3 := GP64(), GP64()
	LEAQ(Mem{Base: ldDst, Index: ldDst, Scale: 2}, dst3)
	LEAQ(Mem{Base: ldSrc, Index: ldSrc, Scale: 2}, src3)
	// four returns the addresses of rows 0 to 3 after p.
	four := func(p, ld, ld3 reg.Register, disp int) []Mem {
		return []Mem{{Base: p, Disp: disp}, {Base: p, Index: ld, Scale: 1, Disp: disp}, {Base: p, Index: ld, Scale: 2, Disp: disp}, {Base: p, Index: ld3, Scale: 1, Disp: disp}}
	}
	Label("columns")
	rows := Load(Param("rows"), GP64())
	to, from := GP64(), GP64()
	MOVQ(dst, to)
	MOVQ(src, from)
	Label("square")
	behind := GP64()
	LEAQ(Mem{Base: from, Index: ldSrc, Scale: 4}, behind)
	upper, lower := four(from, ldSrc, src3, 0), four(behind, ldSrc, src3, 0)
	right, left := four(from, ldSrc, src3, 16), four(behind, ldSrc, src3, 16)
	// One half is stored before the other is loaded: AVX2 has 16 registers, and both together need
	// 17.
	for _, half := range [][2][]Mem{{upper, lower}, {right, left}} {
		v := make([]reg.VecVirtual, 4)
		for j := range v {
			v[j] = YMM()
			VMOVUPS(half[0][j], v[j].AsX())
			VINSERTF128(U8(1), half[1][j], v[j], v[j])
		}
		pairs := make([]reg.VecVirtual, 4)
		for i := range pairs {
			pairs[i] = YMM()
		}
		VUNPCKLPS(v[1], v[0], pairs[0])
		VUNPCKHPS(v[1], v[0], pairs[1])
		VUNPCKLPS(v[3], v[2], pairs[2])
		VUNPCKHPS(v[3], v[2], pairs[3])
		out := make([]reg.VecVirtual, 4)
		for i := range 2 {
			out[2*i], out[2*i+1] = YMM(), YMM()
			VUNPCKLPD(pairs[i+2], pairs[i], out[2*i])
			VUNPCKHPD(pairs[i+2], pairs[i], out[2*i+1])
		}
		for i, row := range four(to, ldDst, dst3, 0) {
			VMOVUPS(out[i], row)
		}
		LEAQ(Mem{Base: to, Index: ldDst, Scale: 4}, to)
	}
	ADDQ(number(32), from)
	SUBQ(number(8), rows)
	JG(LabelRef("square"))
	LEAQ(Mem{Base: src, Index: ldSrc, Scale: 8}, src)
	ADDQ(number(32), dst)
	SUBQ(number(8), columns)
	JG(LabelRef("columns"))
	VZEROUPPER()
	RET()
}
