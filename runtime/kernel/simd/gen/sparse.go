package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func init() { families["sparse"] = sparse }

func sparse() {
	for _, most := range []struct{ rows, wide, narrow int }{{1, 14, 12}, {2, 12, 6}, {4, 6, 3}} {
		sparseFor(sparseForm{levels[1], most.rows, most.wide})
		sparseFor(sparseForm{levels[0], most.rows, most.narrow})
	}
	for _, l := range levels {
		largestOffset(l)
	}
}

// sparseForm is the shape of a sparse product's tile in registers: rows of W, and at most so many vectors of positions.
type sparseForm struct {
	level
	rows, most int
}

// sparseState is what the parts of one function share.
type sparseState struct {
	sparseForm
	at   map[string]Mem // the fields of sparseArgs
	last reg.Register   // AVX-512: which positions of the last vector there are
	name string         // makes labels differ
	sums [][]reg.VecVirtual

	starts, offsets, values, x, y, residual, bias reg.GPVirtual
}

// sparseFor writes the function of a form: for every number of vectors, and AVX2 for those of which the last is partly there besides.
func sparseFor(form sparseForm) {
	name := fmt.Sprintf("sparse%sx%d", form.level.name, form.rows)
	TEXT(name, NOSPLIT, "func(a *byte)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s makes a tile of %d rows to an entry; a is a sparseArgs, which it changes.", name, form.rows))
	a := Load(Param("a"), GP64())
	s := &sparseState{sparseForm: form, at: fields(a, "x", "starts", "offsets", "values", "bias", "y", "residual",
		"ldy", "ldr", "groups", "limits", "vectors", "partial", "gaps", "last")}
	s.vectorFields(a)
	if form.wide() {
		s.last = K()
		KMOVQ(s.at["last"], s.last)
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

// vectorFields adds the fields that each vector of a tile has: where in y it goes, which of its positions, and how many these are.
func (s *sparseState) vectorFields(a reg.Register) {
	const first, each = 14*8 + 32, 24
	for v := range s.most {
		for i, field := range []string{"at", "keep", "there"} {
			s.at[label(field, v)] = Mem{Base: a, Disp: first + v*each + 8*i}
		}
	}
}

// tile writes the loop over the groups for so many vectors.
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
	if s.wide() {
		s.entries(entries, true)
	} else {
		CMPQ(s.at["partial"], number(0))
		JNE(LabelRef(s.name + "partial"))
		s.entries(entries, false)
		JMP(LabelRef(s.name + "summed"))
		Label(s.name + "partial")
		s.entries(entries, true)
		Label(s.name + "summed")
	}
	s.finish()
	ADDQ(number(4), s.starts)
	s.nextRows("ldy", s.y)
	s.nextRows("ldr", s.residual)
	DECQ(s.at["groups"])
	JNE(LabelRef(group))
	Label(done)
}

// nextRows goes on to the rows of the next group.
func (s *sparseState) nextRows(ld string, p reg.Register) {
	step := word(s.at[ld])
	if s.rows > 1 {
		IMUL3Q(number(s.rows), step, step)
	}
	ADDQ(step, p)
}

// start fills the sums with the bias.
func (s *sparseState) start() {
	TESTQ(s.bias, s.bias)
	JE(LabelRef(s.name + "nobias"))
	for j, row := range s.sums {
		for v, sum := range row {
			if v > 0 {
				VMOVAPS(row[0], sum)
			} else {
				VBROADCASTSS(Mem{Base: s.bias, Disp: 4 * j}, sum)
			}
		}
	}
	ADDQ(number(4*s.rows), s.bias)
	JMP(LabelRef(s.name + "started"))
	Label(s.name + "nobias")
	for _, row := range s.sums {
		for _, sum := range row {
			if s.wide() {
				VPXORD(sum, sum, sum)
			} else {
				VXORPS(sum, sum, sum)
			}
		}
	}
	Label(s.name + "started")
}

// entries adds all entries of a group.
func (s *sparseState) entries(left reg.GPVirtual, partial bool) {
	name := s.name + map[bool]string{true: "masked", false: "whole"}[partial]
	TESTL(left.As32(), left.As32())
	JE(LabelRef(name + "none"))
	Label(name + "entry")
	offset := GP64()
	MOVL(Mem{Base: s.offsets}, offset.As32())
	x := Mem{Base: s.x, Index: offset, Scale: 4}
	switch {
	case s.rows == 1:
		s.alone(x, partial)
	case len(s.sums[0]) < s.rows:
		s.numbersFirst(x, partial)
	default:
		s.weightsFirst(x, partial)
	}
	PREFETCHT0(Mem{Base: s.values, Disp: 1024})
	ADDQ(number(4), s.offsets)
	ADDQ(number(4*s.rows), s.values)
	DECL(left.As32())
	JNE(LabelRef(name + "entry"))
	Label(name + "none")
}

// weight is an entry's weight of row j in every place.
func (s *sparseState) weight(j int) reg.VecVirtual {
	return s.broadcast(Mem{Base: s.values, Disp: 4 * j})
}

// number is vector v of x.
func (s *sparseState) number(x Mem, v int, partial bool) reg.VecVirtual {
	to, from := s.new(), x.Offset(v*s.bytes)
	switch {
	case !partial || v < len(s.sums[0])-1:
		VMOVUPS(from, to)
	case s.wide():
		VMOVUPS_Z(from, s.last, to)
	default:
		VMOVUPS(s.at["last"], to)
		VMASKMOVPS(from, to, to)
	}
	return to
}

// alone multiplies x where it lies, since a single row uses it once.
func (s *sparseState) alone(x Mem, partial bool) {
	w := s.weight(0)
	for v, sum := range s.sums[0] {
		if partial && v == len(s.sums[0])-1 {
			VFMADD231PS(s.number(x, v, partial), w, sum)
		} else {
			VFMADD231PS(x.Offset(v*s.bytes), w, sum)
		}
	}
}

// weightsFirst keeps the weights of all rows in registers and a vector of x at a time.
func (s *sparseState) weightsFirst(x Mem, partial bool) {
	w := make([]reg.VecVirtual, s.rows)
	for j := range w {
		w[j] = s.weight(j)
	}
	for v := range s.sums[0] {
		number := s.number(x, v, partial)
		for j := range w {
			VFMADD231PS(number, w[j], s.sums[j][v])
		}
	}
}

// numbersFirst keeps x in registers and the weight of a row at a time, which where there are few vectors takes fewer.
func (s *sparseState) numbersFirst(x Mem, partial bool) {
	numbers := make([]reg.VecVirtual, len(s.sums[0]))
	for v := range numbers {
		numbers[v] = s.number(x, v, partial)
	}
	for j, row := range s.sums {
		w := s.weight(j)
		for v, sum := range row {
			VFMADD231PS(numbers[v], w, sum)
		}
	}
}
