package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func init() { familiesAMD64["sparsevector"] = sparseVector }

func sparseVector() {
	for _, rows := range []int{1, 2, 4} {
		sparseVectorFor(avx2, rows)
	}
	sparseVectorFor(avx512, 4)
}

// vectorState is what the parts of one function share.
type vectorState struct {
	x86
	rows int
	at   map[string]Mem // the fields of sparseVectorArgs

	x, starts, offsets, values, y, bias, residual, left reg.GPVirtual
}

// sparseVectorFor writes the function for the given number of rows per entry. Its time is spent on
// loads alone, so wider vectors help only where they save loads.
func sparseVectorFor(l x86, rows int) {
	name := fmt.Sprintf("sparseVector%sx%d", l.name, rows)
	TEXT(name, NOSPLIT, "func(a *byte)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s is sparseVectorGo for %d rows to an entry; a is a sparseVectorArgs, which it changes.", name, rows))
	a := Load(Param("a"), GP64())
	s := &vectorState{x86: l, rows: rows, at: fields(a, "x", "starts", "offsets", "values", "y", "bias", "residual", "groups", "limits")}
	s.x, s.starts, s.offsets, s.values = word(s.at["x"]), word(s.at["starts"]), word(s.at["offsets"]), word(s.at["values"])
	s.y, s.bias, s.residual, s.left = word(s.at["y"]), word(s.at["bias"]), word(s.at["residual"]), GP64()
	Label("group")
	MOVL(Mem{Base: s.starts, Disp: 4}, s.left.As32())
	SUBL(Mem{Base: s.starts}, s.left.As32())
	var sum reg.VecVirtual
	switch {
	case rows == 1:
		sum = s.single()
	case l.wide():
		sum = s.fours()
	default:
		sum = s.several()
	}
	s.finish(sum)
	ADDQ(number(4), s.starts)
	DECQ(s.at["groups"])
	JNE(LabelRef("group"))
	VZEROUPPER()
	RET()
}

// several adds the entries of a group of rows to eight sums in turn, each of all rows.
func (s *vectorState) several() reg.VecVirtual {
	var sums []reg.VecVirtual
	for range 8 {
		sum := XMM()
		VXORPS(sum, sum, sum)
		sums = append(sums, sum)
	}
	Label("eight")
	SUBQ(number(8), s.left)
	JLT(LabelRef("rest"))
	PREFETCHT0(Mem{Base: s.values, Disp: 1024})
	for i, sum := range sums {
		s.entry(i, sum)
	}
	s.next(8)
	JMP(LabelRef("eight"))
	Label("rest")
	ADDQ(number(8), s.left)
	for i, sum := range sums[:7] {
		CMPQ(s.left, number(i))
		JE(LabelRef("summed"))
		s.entry(i, sum)
	}
	Label("summed")
	s.next(0)
	for half := 4; half > 0; half /= 2 {
		for i, sum := range sums[:half] {
			VADDPS(sums[i+half], sum, sum)
		}
	}
	return sums[0]
}

// entry adds entry i to a sum.
func (s *vectorState) entry(i int, sum reg.VecVirtual) {
	at, x := GP64(), XMM()
	MOVL(Mem{Base: s.offsets, Disp: 4 * i}, at.As32())
	VBROADCASTSS(Mem{Base: s.x, Index: at, Scale: 4}, x)
	from := Mem{Base: s.values, Disp: 4 * s.rows * i}
	if s.rows == 4 {
		VFMADD231PS(from, x, sum)
		return
	}
	two := XMM()
	VMOVSD(from, two)
	VFMADD231PS(two, x, sum)
}

// next advances by n entries, or by those that are left.
func (s *vectorState) next(n int) {
	if n > 0 {
		ADDQ(number(4*n), s.offsets)
		ADDQ(number(4*s.rows*n), s.values)
		return
	}
	LEAQ(Mem{Base: s.offsets, Index: s.left, Scale: 4}, s.offsets)
	bytes := GP64()
	MOVQ(s.left, bytes)
	IMUL3Q(number(4*s.rows), bytes, bytes)
	ADDQ(bytes, s.values)
}

// fours adds the entries of a group of four rows in the same order, four entries to a vector.
func (s *vectorState) fours() reg.VecVirtual {
	places := make([]reg.Register, 4) // one for each of the four
	for i := range places {
		bits := GP32()
		places[i] = K()
		MOVL(U32(0xf<<(4*i)), bits)
		KMOVW(bits, places[i])
	}
	low, high := s.zero(), s.zero()
	Label("eight")
	CMPQ(s.left, number(8))
	JL(LabelRef("rest"))
	PREFETCHT0(Mem{Base: s.values, Disp: 1024})
	s.four(0, low, places)
	s.four(4, high, places)
	s.next(8)
	SUBQ(number(8), s.left)
	JMP(LabelRef("eight"))
	Label("rest")
	CMPQ(s.left, number(4))
	JL(LabelRef("low"))
	s.four(0, low, places)
	s.next(4)
	SUBQ(number(4), s.left)
	s.threeAtMost("high", high, places)
	JMP(LabelRef("summed"))
	Label("low")
	s.threeAtMost("few", low, places)
	Label("summed")
	VADDPS(high, low, low)
	half, sum, other := YMM(), low.AsX().(reg.VecVirtual), XMM()
	VEXTRACTF64X4(U8(1), low, half)
	VADDPS(half, low.AsY(), low.AsY())
	VEXTRACTF128(U8(1), low.AsY(), other)
	VADDPS(other, sum, sum)
	return sum
}

// four adds four entries starting at i.
func (s *vectorState) four(i int, sum reg.VecVirtual, places []reg.Register) {
	x := ZMM()
	for j := range 4 {
		s.place(i, j, x, places)
	}
	VFMADD231PS(Mem{Base: s.values, Disp: 16 * i}, x, sum)
}

// place puts the number that entry i+j multiplies next to the weights of entry j of four.
func (s *vectorState) place(i, j int, x reg.VecVirtual, places []reg.Register) {
	at := GP64()
	MOVL(Mem{Base: s.offsets, Disp: 4 * (i + j)}, at.As32())
	from := Mem{Base: s.x, Index: at, Scale: 4}
	if j == 0 {
		VBROADCASTSS(from, x)
	} else {
		VBROADCASTSS(from, places[j], x)
	}
}

// threeAtMost adds the remaining entries, fewer than four.
func (s *vectorState) threeAtMost(name string, sum reg.VecVirtual, places []reg.Register) {
	TESTQ(s.left, s.left)
	JE(LabelRef(name + "none"))
	x, there, bits := ZMM(), K(), GP32()
	MOVL(U32(0xf), bits)
	KMOVW(bits, there)
	s.place(0, 0, x, places)
	for j := 1; j < 3; j++ {
		CMPQ(s.left, number(j))
		JE(LabelRef(name + "there"))
		s.place(0, j, x, places)
		KORW(places[j], there, there)
	}
	Label(name + "there")
	VFMADD231PS(Mem{Base: s.values}, x, there, sum)
	s.next(0)
	Label(name + "none")
}

// single adds the entries of one row to 16 sums in turn.
func (s *vectorState) single() reg.VecVirtual {
	low, high := avx2.zero(), avx2.zero()
	Label("sixteen")
	CMPQ(s.left, number(16))
	JL(LabelRef("eight"))
	PREFETCHT0(Mem{Base: s.values, Disp: 1024})
	s.eight(0, low)
	s.eight(8, high)
	s.next(16)
	SUBQ(number(16), s.left)
	JMP(LabelRef("sixteen"))
	Label("eight")
	CMPQ(s.left, number(8))
	JL(LabelRef("low"))
	s.eight(0, low)
	s.next(8)
	SUBQ(number(8), s.left)
	s.few("high", high)
	JMP(LabelRef("summed"))
	Label("low")
	s.few("few", low)
	Label("summed")
	VADDPS(high, low, low)
	sum, other := low.AsX().(reg.VecVirtual), XMM()
	VEXTRACTF128(U8(1), low, other)
	VADDPS(other, sum, sum)
	for _, order := range []int{0b01001110, 0b10110001} {
		VPERMILPS(U8(order), sum, other)
		VADDPS(other, sum, sum)
	}
	return sum
}

// eight adds eight entries starting at i. It loads their numbers of x one by one, because the
// gather instruction takes longer.
func (s *vectorState) eight(i int, sum reg.VecVirtual) {
	x := []reg.VecVirtual{YMM(), YMM()}
	for half, v := range x {
		four := v.AsX()
		for j := range 4 {
			at := GP64()
			MOVL(Mem{Base: s.offsets, Disp: 4 * (i + 4*half + j)}, at.As32())
			from := Mem{Base: s.x, Index: at, Scale: 4}
			if j == 0 {
				VMOVSS(from, four)
			} else {
				VINSERTPS(U8(j<<4), from, four, four)
			}
		}
	}
	VINSERTF128(U8(1), x[1].AsX(), x[0], x[0])
	VFMADD231PS(Mem{Base: s.values, Disp: 4 * i}, x[0], sum)
}

// few adds the remaining entries, fewer than eight.
func (s *vectorState) few(name string, sum reg.VecVirtual) {
	TESTQ(s.left, s.left)
	JE(LabelRef(name + "none"))
	mask := avx2.tail(s.left)
	at, x := YMM(), avx2.zero()
	VMASKMOVPS(Mem{Base: s.offsets}, mask.m, at)
	w := mask.load(Mem{Base: s.values})
	VGATHERDPS(mask.m, Mem{Base: s.x, Index: at, Scale: 4}, x) // clears the mask
	VFMADD231PS(w, x, sum)
	s.next(0)
	Label(name + "none")
}

// finish adds the bias and the residual, clamps, and writes a group's rows.
func (s *vectorState) finish(sum reg.VecVirtual) {
	for i, p := range []reg.GPVirtual{s.bias, s.residual} {
		none, more := label("none", i), XMM()
		TESTQ(p, p)
		JE(LabelRef(none))
		s.move(Mem{Base: p}, more)
		VADDPS(more, sum, sum)
		ADDQ(number(4*s.rows), p)
		Label(none)
	}
	lo, hi := XMM(), XMM()
	VBROADCASTSS(s.at["limits"], lo)
	VBROADCASTSS(s.at["limits"].Offset(4), hi)
	VMAXPS(sum, lo, sum) // NaN is the second source, and stays
	VMINPS(sum, hi, sum)
	s.move(sum, Mem{Base: s.y})
	ADDQ(number(4*s.rows), s.y)
}

// move loads or stores as many numbers as there are rows.
func (s *vectorState) move(from, to Op) {
	switch s.rows {
	case 1:
		VMOVSS(from, to)
	case 2:
		VMOVSD(from, to)
	default:
		VMOVUPS(from, to)
	}
}
