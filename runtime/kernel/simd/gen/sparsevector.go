package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func init() { families["sparsevector"] = sparseVector }

func sparseVector() {
	for _, rows := range []int{1, 2, 4} {
		sparseVectorFor(rows)
	}
}

// vectorState is what the parts of one function share.
type vectorState struct {
	rows int
	at   map[string]Mem // the fields of sparseVectorArgs
	sums []reg.VecVirtual

	x, starts, offsets, values, y, bias, residual, left reg.GPVirtual
}

// sparseVectorFor writes the function of so many rows to an entry. It waits for memory and not for what it computes, so that
// wider vectors would bring nothing.
func sparseVectorFor(rows int) {
	name := fmt.Sprintf("sparseVectorAVX2x%d", rows)
	TEXT(name, NOSPLIT, "func(a *byte)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s is sparseVectorGo for %d rows to an entry; a is a sparseVectorArgs, which it changes.", name, rows))
	a := Load(Param("a"), GP64())
	s := &vectorState{rows: rows, at: fields(a, "x", "starts", "offsets", "values", "y", "bias", "residual", "groups", "limits")}
	s.x, s.starts, s.offsets, s.values = word(s.at["x"]), word(s.at["starts"]), word(s.at["offsets"]), word(s.at["values"])
	s.y, s.bias, s.residual, s.left = word(s.at["y"]), word(s.at["bias"]), word(s.at["residual"]), GP64()
	Label("group")
	MOVL(Mem{Base: s.starts, Disp: 4}, s.left.As32())
	SUBL(Mem{Base: s.starts}, s.left.As32())
	var sum reg.VecVirtual
	if rows == 1 {
		sum = s.single()
	} else {
		sum = s.several()
	}
	s.finish(sum)
	ADDQ(number(4), s.starts)
	DECQ(s.at["groups"])
	JNE(LabelRef("group"))
	VZEROUPPER()
	RET()
}

// several adds the entries of a group of rows, four sums in turn, each of all rows.
func (s *vectorState) several() reg.VecVirtual {
	for range 4 {
		sum := XMM()
		VXORPS(sum, sum, sum)
		s.sums = append(s.sums, sum)
	}
	Label("four")
	SUBQ(number(4), s.left)
	JLT(LabelRef("rest"))
	PREFETCHT0(Mem{Base: s.values, Disp: 1024})
	for i := range 4 {
		s.entry(i)
	}
	s.next(4)
	JMP(LabelRef("four"))
	Label("rest")
	ADDQ(number(4), s.left)
	for i := range 3 {
		CMPQ(s.left, number(i))
		JE(LabelRef("summed"))
		s.entry(i)
	}
	Label("summed")
	s.next(0)
	for half := 2; half > 0; half /= 2 {
		for i := range half {
			VADDPS(s.sums[i+half], s.sums[i], s.sums[i])
		}
	}
	return s.sums[0]
}

// entry adds entry i to sum i.
func (s *vectorState) entry(i int) {
	at, x := GP64(), XMM()
	MOVL(Mem{Base: s.offsets, Disp: 4 * i}, at.As32())
	VBROADCASTSS(Mem{Base: s.x, Index: at, Scale: 4}, x)
	from := Mem{Base: s.values, Disp: 4 * s.rows * i}
	if s.rows == 4 {
		VFMADD231PS(from, x, s.sums[i])
		return
	}
	two := XMM()
	VMOVSD(from, two)
	VFMADD231PS(two, x, s.sums[i])
}

// next goes on by n entries, or by those that are left.
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

// single adds the entries of one row, 16 sums in turn.
func (s *vectorState) single() reg.VecVirtual {
	low, high := levels[0].zero(), levels[0].zero()
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

// eight adds the eight entries from the i-th on, whose numbers of x are loaded one by one: the gathering instruction takes longer.
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

// few adds what is left, less than eight.
func (s *vectorState) few(name string, sum reg.VecVirtual) {
	TESTQ(s.left, s.left)
	JE(LabelRef(name + "none"))
	mask := levels[0].tailOf(s.left)
	at, x := YMM(), levels[0].zero()
	VMASKMOVPS(Mem{Base: s.offsets}, mask.m, at)
	w := mask.load(Mem{Base: s.values})
	VGATHERDPS(mask.m, Mem{Base: s.x, Index: at, Scale: 4}, x) // clears the mask
	VFMADD231PS(w, x, sum)
	s.next(0)
	Label(name + "none")
}

// finish adds the bias and the residual, clamps and writes a group's rows.
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
	VMAXPS(sum, lo, sum) // what is not a number is the second source, and stays
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
