package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// finish adds the residual, clamps and writes the rows of a group. AVX2 knows no gaps: its caller closes them.
func (s *sparseState) finish() {
	lo, hi := s.broadcast(s.at["limits"]), s.broadcast(s.at["limits"].Offset(4))
	if s.wide() {
		CMPQ(s.at["gaps"], number(0))
		JNE(LabelRef(s.name + "gaps"))
		s.write("line", lo, hi, s.lineAt)
		JMP(LabelRef(s.name + "end"))
		Label(s.name + "gaps")
		s.write("gaps", lo, hi, s.gapsAt)
		Label(s.name + "end")
		return
	}
	CMPQ(s.at["partial"], number(0))
	JNE(LabelRef(s.name + "writepartial"))
	s.write("whole", lo, hi, func(int) place { return place{} })
	JMP(LabelRef(s.name + "end"))
	Label(s.name + "writepartial")
	s.write("part", lo, hi, func(v int) place {
		if v < len(s.sums[0])-1 {
			return place{}
		}
		mask := s.new()
		VMOVUPS(s.at["last"], mask)
		return place{there: mask}
	})
	Label(s.name + "end")
}

// place is where a vector of sums goes.
type place struct {
	at    reg.Register // bytes to add to what is written to, if it does not follow the vector before it
	keep  reg.Register // which of the sums go there, if not all
	there reg.Register // as many ones as go there, if not all
}

func (s *sparseState) lineAt(v int) place {
	if v < len(s.sums[0])-1 {
		return place{}
	}
	return place{there: s.last}
}

func (s *sparseState) gapsAt(v int) place {
	p := place{at: word(s.at[label("at", v)]), keep: K(), there: K()}
	KMOVQ(s.at[label("keep", v)], p.keep)
	KMOVQ(s.at[label("there", v)], p.there)
	return p
}

// write writes all sums, each vector of positions where it says, first with the residual and then, behind a label, without.
func (s *sparseState) write(name string, lo, hi reg.VecVirtual, where func(v int) place) {
	name = s.name + name
	alone, end := name+"alone", name+"end"
	TESTQ(s.residual, s.residual)
	JE(LabelRef(alone))
	s.writeWith(lo, hi, where, true)
	JMP(LabelRef(end))
	Label(alone)
	s.writeWith(lo, hi, where, false)
	Label(end)
}

func (s *sparseState) writeWith(lo, hi reg.VecVirtual, where func(v int) place, residual bool) {
	rows := func(p reg.GPVirtual, field string) func(j int, at reg.Register, disp int) Mem {
		ld, three := word(s.at[field]), GP64()
		if s.rows > 3 {
			LEAQ(Mem{Base: ld, Index: ld, Scale: 2}, three)
		}
		return func(j int, at reg.Register, disp int) Mem {
			base := reg.Register(p)
			if at != nil {
				base = at
			}
			switch j {
			case 0:
				return Mem{Base: base, Disp: disp}
			case 3:
				return Mem{Base: base, Index: three, Scale: 1, Disp: disp}
			}
			return Mem{Base: base, Index: ld, Scale: uint8(j), Disp: disp}
		}
	}
	y := rows(s.y, "ldy")
	var r func(j int, at reg.Register, disp int) Mem
	if residual {
		r = rows(s.residual, "ldr")
	}
	for v := range s.sums[0] {
		p, disp := where(v), v*s.bytes
		var yAt, rAt reg.Register
		if p.at != nil {
			disp = 0
			yAt, rAt = s.behind(s.y, p.at), s.behind(s.residual, p.at)
		}
		for j := range s.rows {
			sum := s.sums[j][v]
			if p.keep != nil {
				VCOMPRESSPS_Z(sum, p.keep, sum)
			}
			if residual {
				s.add(r(j, rAt, disp), sum, p.there)
			}
			VMAXPS(sum, lo, sum) // what is not a number is the second source, and stays
			VMINPS(sum, hi, sum)
			s.store(sum, y(j, yAt, disp), p.there)
		}
	}
}

// behind is a pointer so many bytes on.
func (s *sparseState) behind(p, bytes reg.Register) reg.Register {
	to := GP64()
	LEAQ(Mem{Base: p, Index: bytes, Scale: 1}, to)
	return to
}

func (s *sparseState) add(from Mem, to reg.VecVirtual, mask reg.Register) {
	switch {
	case mask == nil:
		VADDPS(from, to, to)
	case s.wide():
		VADDPS(from, to, mask, to)
	default:
		x := s.new()
		VMASKMOVPS(from, mask, x)
		VADDPS(x, to, to)
	}
}

func (s *sparseState) store(from reg.VecVirtual, to Mem, mask reg.Register) {
	switch {
	case mask == nil:
		VMOVUPS(from, to)
	case s.wide():
		VMOVUPS(from, mask, to)
	default:
		VMASKMOVPS(from, mask, to)
	}
}

// largestOffset writes the search for the largest of numbers without a sign.
func largestOffset(l level) {
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
