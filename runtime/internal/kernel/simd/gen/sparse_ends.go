package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// start fills the sums with the bias or with y.
func (s *sparseState) start() {
	CMPQ(s.at["accumulate"], number(0))
	JNE(LabelRef(s.name + "accumulate"))
	for j, row := range s.sums {
		for v, sum := range row {
			if v > 0 {
				VMOVAPS(row[0], sum)
			} else {
				VBROADCASTSS(Mem{Base: s.bias, Disp: 4 * j}, sum)
			}
		}
	}
	ADDQ(s.at["nextBias"], s.bias)
	JMP(LabelRef(s.name + "started"))
	Label(s.name + "accumulate")
	s.eachSum(s.y, "ldy", false, func(sum reg.VecVirtual, at Mem, there reg.Register) {
		switch {
		case there == nil:
			VMOVUPS(at, sum)
		case s.wide():
			VMOVUPS_Z(at, there, sum)
		default:
			VMASKMOVPS(at, there, sum)
		}
	})
	s.atGaps("expand", func(sum reg.VecVirtual, keep reg.Register) { VEXPANDPS_Z(sum, keep, sum) })
	Label(s.name + "started")
}

// finish adds the residual, clamps, and writes the rows of a group. An incomplete sum has no
// residual and infinite limits.
func (s *sparseState) finish() {
	s.atGaps("compress", func(sum reg.VecVirtual, keep reg.Register) { VCOMPRESSPS_Z(sum, keep, sum) })
	TESTQ(s.residual, s.residual)
	JE(LabelRef(s.name + "alone"))
	s.eachPlace("residual", s.residual, "ldr", func(sum reg.VecVirtual, at Mem, there reg.Register) {
		switch {
		case there == nil:
			VADDPS(at, sum, sum)
		case s.wide():
			VADDPS(at, sum, there, sum)
		default:
			x := s.new()
			VMASKMOVPS(at, there, x)
			VADDPS(x, sum, sum)
		}
	})
	Label(s.name + "alone")
	lo, hi := s.broadcast(s.at["limits"]), s.broadcast(s.at["limits"].Offset(4))
	write := func(sum reg.VecVirtual, at Mem, there reg.Register) {
		VMAXPS(sum, lo, sum) // NaN is the second source, and stays
		VMINPS(sum, hi, sum)
		switch {
		case there == nil:
			VMOVUPS(sum, at)
		case s.wide():
			VMOVUPS(sum, there, at)
		default:
			VMASKMOVPS(sum, there, at)
		}
	}
	if s.wide() {
		s.eachPlace("write", s.y, "ldy", write)
		return
	}
	CMPQ(s.at["partial"], number(0)) // partial writes are slow
	JNE(LabelRef(s.name + "partial"))
	s.eachSum(s.y, "ldy", true, write)
	JMP(LabelRef(s.name + "end"))
	Label(s.name + "partial")
	s.eachSum(s.y, "ldy", false, write)
	Label(s.name + "end")
}

// atGaps calls f for every sum if there are gaps between the lines. AVX2 has no code for gaps: its
// caller closes them.
func (s *sparseState) atGaps(name string, f func(sum reg.VecVirtual, keep reg.Register)) {
	if !s.wide() {
		return
	}
	CMPQ(s.at["gaps"], number(0))
	JE(LabelRef(s.name + "no" + name))
	for v := range s.sums[0] {
		keep := K()
		KMOVQ(s.at[label("keep", v)], keep)
		for j := range s.sums {
			f(s.sums[j][v], keep)
		}
	}
	Label(s.name + "no" + name)
}

// eachPlace calls f for every sum with its place in an array. For single rows it pays to skip
// computing the places if the vectors are contiguous.
func (s *sparseState) eachPlace(name string, array reg.GPVirtual, apart string, f func(sum reg.VecVirtual, at Mem, there reg.Register)) {
	name = s.name + name
	if !s.wide() || s.rows > 1 {
		s.eachSum(array, apart, false, f)
		return
	}
	CMPQ(s.at["gaps"], number(0))
	JNE(LabelRef(name + "places"))
	for v, sum := range s.sums[0] {
		there := reg.Register(nil)
		if v == len(s.sums[0])-1 {
			there = s.last
		}
		f(sum, Mem{Base: array, Disp: v * s.bytes}, there)
	}
	JMP(LabelRef(name + "done"))
	Label(name + "places")
	s.eachSum(array, apart, false, f)
	Label(name + "done")
}

// eachSum calls f for every sum with its place in an array, whose rows are as far apart as the
// field apart says, and with the mask of the numbers that exist, or nil if all do.
func (s *sparseState) eachSum(array reg.GPVirtual, apart string, whole bool, f func(sum reg.VecVirtual, at Mem, there reg.Register)) {
	ld, three := word(s.at[apart]), GP64()
	if s.rows > 3 {
		LEAQ(Mem{Base: ld, Index: ld, Scale: 2}, three)
	}
	for v := range s.sums[0] {
		at, there := Mem{Base: array, Disp: v * s.bytes}, reg.Register(nil)
		switch {
		case s.wide():
			p, bytes := GP64(), word(s.at[label("at", v)])
			LEAQ(Mem{Base: array, Index: bytes, Scale: 1}, p)
			at, there = Mem{Base: p}, K()
			KMOVQ(s.at[label("there", v)], there)
		case !whole && v == len(s.sums[0])-1:
			mask := s.new()
			VMOVUPS(s.at["last"], mask)
			there = mask
		}
		for j := range s.rows {
			row := at
			switch {
			case j == 3:
				row.Index, row.Scale = three, 1
			case j > 0:
				row.Index, row.Scale = ld, uint8(j)
			}
			f(s.sums[j][v], row, there)
		}
	}
}

// largestOffset writes the search for the largest of unsigned numbers.
func largestOffset(l x86) {
	TEXT("largestOffset"+l.name, NOSPLIT, "func(offsets *int32, n int) uint32")
	Pragma("noescape")
	Doc("largestOffset" + l.name + " is largestOffsetGo, for a multiple of " + map[bool]string{true: "32", false: "16"}[l.wide()] + " numbers.")
	p, n := Load(Param("offsets"), GP64()).(reg.GPVirtual), Load(Param("n"), GP64()).(reg.GPVirtual)
	a, b := l.zero(), l.zero()
	largest := func(x Op, y reg.VecVirtual) { VPMAXUD(x, y, y) }
	Label("loop")
	TESTQ(n, n)
	JE(LabelRef("done"))
	largest(Mem{Base: p}, a)
	largest(Mem{Base: p, Disp: l.bytes}, b)
	ADDQ(number(2*l.bytes), p)
	SUBQ(number(l.bytes/2), n)
	JMP(LabelRef("loop"))
	Label("done")
	largest(a, b)
	y := b.AsY().(reg.VecVirtual)
	if l.wide() {
		upper := YMM()
		VEXTRACTI64X4(U8(1), b, upper)
		VPMAXUD(upper, y, y)
	}
	x, other := y.AsX(), XMM()
	VEXTRACTI128(U8(1), y, other)
	VPMAXUD(other, x, x)
	for _, order := range []int{0b01001110, 0b10110001} {
		VPSHUFD(U8(order), x, other)
		VPMAXUD(other, x, x)
	}
	result := GP32()
	VMOVD(x, result)
	VZEROUPPER()
	Store(result, ReturnIndex(0))
	RET()
}
