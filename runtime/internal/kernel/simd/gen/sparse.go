package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func init() { familiesAMD64["sparse"] = sparse }

func sparse() {
	for _, most := range []struct{ rows, wide, narrow int }{{1, 14, 12}, {2, 12, 6}, {4, 6, 3}} {
		sparseFor(sparseForm{avx512, most.rows, most.wide})
		sparseFor(sparseForm{avx2, most.rows, most.narrow})
	}
	for _, l := range []x86{avx2, avx512} {
		largestOffset(l)
	}
}

// sparseForm is the shape of a sparse product's tile in registers: rows of W, and the greatest
// number of vectors of positions.
type sparseForm struct {
	x86
	rows, most int
}

// sparseState is what the parts of one function share.
type sparseState struct {
	sparseForm
	at   map[string]Mem // the fields of sparseArgs
	last reg.Register   // which positions of the last vector exist, if a register is left for it
	name string         // makes labels unique
	sums [][]reg.VecVirtual

	starts, offsets, values, x, y, residual, bias reg.GPVirtual
}

// sparseFor writes the function of a form, for every number of vectors.
func sparseFor(form sparseForm) {
	name := fmt.Sprintf("sparse%sx%d", form.x86.name, form.rows)
	TEXT(name, NOSPLIT, "func(a *byte)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s makes a tile of %d rows to an entry; a is a sparseArgs, which it changes.", name, form.rows))
	a := Load(Param("a"), GP64())
	s := &sparseState{sparseForm: form, at: fields(a, "x", "starts", "offsets", "values", "bias", "y", "residual",
		"nextBias", "ldy", "ldr", "groups", "limits", "vectors", "accumulate", "column", "partial", "gaps", "last")}
	s.placeFields(a)
	switch {
	case form.wide():
		s.last = K()
		KMOVQ(s.at["last"], s.last)
	case form.rows < 4:
		mask := YMM()
		VMOVUPS(s.at["last"], mask)
		s.last = mask
	}
	for vectors := 1; vectors <= form.most; vectors++ {
		next := label("not", vectors)
		CMPQ(s.at["vectors"], number(vectors))
		JNE(LabelRef(next))
		s.name = label("v", vectors)
		s.tile(vectors)
		JMP(LabelRef("end"))
		Label(next)
	}
	Label("end")
	VZEROUPPER()
	RET()
}

// placeFields adds the fields that each vector of a tile has: where it goes in y, which of its
// positions go there, and as many ones.
func (s *sparseState) placeFields(a reg.Register) {
	const first, each = 17*8 + 32, 24
	for v := range s.most {
		for i, field := range []string{"at", "keep", "there"} {
			s.at[label(field, v)] = Mem{Base: a, Disp: first + v*each + 8*i}
		}
	}
}

// tile writes the loop over the groups for the given number of vectors.
func (s *sparseState) tile(n int) {
	s.sums = vectors(s.new, s.rows, n)
	s.starts, s.offsets, s.values = word(s.at["starts"]), word(s.at["offsets"]), word(s.at["values"])
	s.x, s.y, s.residual, s.bias = word(s.at["x"]), word(s.at["y"]), word(s.at["residual"]), word(s.at["bias"])
	group, done := s.name+"group", s.name+"done"
	Label(group)
	s.start()
	entries := GP64()
	MOVL(Mem{Base: s.starts, Disp: 4}, entries.As32())
	SUBL(Mem{Base: s.starts}, entries.As32())
	if s.wide() && s.rows == 4 {
		CMPQ(s.at["column"], number(0))
		JNE(LabelRef(s.name + "column"))
		s.entries("", entries, s.multiply)
		JMP(LabelRef(s.name + "summed"))
		Label(s.name + "column")
		s.withColumn(entries)
		Label(s.name + "summed")
	} else {
		s.entries("", entries, s.multiply)
	}
	s.finish()
	ADDQ(number(4), s.starts)
	s.nextRows("ldy", s.y)
	s.nextRows("ldr", s.residual)
	DECQ(s.at["groups"])
	JNE(LabelRef(group))
	Label(done)
}

// nextRows advances to the rows of the next group.
func (s *sparseState) nextRows(ld string, p reg.Register) {
	step := word(s.at[ld])
	if s.rows > 1 {
		IMUL3Q(number(s.rows), step, step)
	}
	ADDQ(step, p)
}

// entries adds all entries of a group.
func (s *sparseState) entries(name string, left reg.GPVirtual, multiply func(x Mem)) {
	name = s.name + name
	TESTL(left.As32(), left.As32())
	JE(LabelRef(name + "none"))
	Label(name + "entry")
	offset := GP64()
	MOVL(Mem{Base: s.offsets}, offset.As32())
	multiply(Mem{Base: s.x, Index: offset, Scale: 4})
	PREFETCHT0(Mem{Base: s.values, Disp: 1024})
	ADDQ(number(4), s.offsets)
	ADDQ(number(4*s.rows), s.values)
	DECL(left.As32())
	JNE(LabelRef(name + "entry"))
	Label(name + "none")
}

// multiply adds an entry to all sums, and keeps in registers what is used more than once.
func (s *sparseState) multiply(x Mem) {
	switch {
	case s.rows == 1:
		s.alone(x)
	case !s.wide() && s.rows == 4:
		s.numbersFirst(x)
	default:
		s.weightsFirst(x, len(s.sums[0]))
	}
}

// weight returns an entry's weight of row j in every lane.
func (s *sparseState) weight(j int) reg.VecVirtual {
	return s.broadcast(Mem{Base: s.values, Disp: 4 * j})
}

// number returns vector v of x.
func (s *sparseState) number(x Mem, v int) reg.VecVirtual {
	to, from := s.new(), x.Offset(v*s.bytes)
	switch {
	case v < len(s.sums[0])-1:
		VMOVUPS(from, to)
	case s.wide():
		VMOVUPS_Z(from, s.last, to)
	case s.last != nil:
		VMASKMOVPS(from, s.last, to)
	default:
		VMOVUPS(s.at["last"], to)
		VMASKMOVPS(from, to, to)
	}
	return to
}

// alone multiplies x from memory, because a single row uses it once.
func (s *sparseState) alone(x Mem) {
	w := s.weight(0)
	for v, sum := range s.sums[0] {
		if v == len(s.sums[0])-1 {
			VFMADD231PS(s.number(x, v), w, sum)
		} else {
			VFMADD231PS(x.Offset(v*s.bytes), w, sum)
		}
	}
}

// weightsFirst keeps the weights of all rows in registers and one of n vectors of x at a time.
func (s *sparseState) weightsFirst(x Mem, n int) {
	w := make([]reg.VecVirtual, s.rows)
	for j := range w {
		w[j] = s.weight(j)
	}
	for v := range n {
		number := s.number(x, v)
		for j := range w {
			VFMADD231PS(number, w[j], s.sums[j][v])
		}
	}
}

// numbersFirst keeps x in registers and one row's weight at a time, which takes fewer registers.
func (s *sparseState) numbersFirst(x Mem) {
	numbers := make([]reg.VecVirtual, len(s.sums[0]))
	for v := range numbers {
		numbers[v] = s.number(x, v)
	}
	for j, row := range s.sums {
		w := s.weight(j)
		for v, sum := range row {
			VFMADD231PS(numbers[v], w, sum)
		}
	}
}

// withColumn adds all entries when the last vector has a single position. The sums of its four rows
// fit in one register, which takes one multiplication instead of four. Images of 7x7 have 49
// positions.
func (s *sparseState) withColumn(left reg.GPVirtual) {
	last := len(s.sums[0]) - 1
	column, other := XMM(), XMM()
	row := func(j int) reg.VecVirtual { return s.sums[j][last].AsX().(reg.VecVirtual) }
	VUNPCKLPS(row(1), row(0), column)
	VUNPCKLPS(row(3), row(2), other)
	VMOVLHPS(other, column, column)
	s.entries("column", left, func(x Mem) {
		s.weightsFirst(x, last)
		w := XMM()
		VMOVUPS(Mem{Base: s.values}, w)
		VFMADD231PS_BCST(x.Offset(last*s.bytes), w, column)
	})
	for j := range s.rows {
		VPERMILPS(U8(j), column, row(j))
	}
}
