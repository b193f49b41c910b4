package main

import (
	"fmt"
	"strings"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func init() { familiesAMD64["product"] = product }

func product() {
	for vectors := 1; vectors <= 4; vectors++ {
		productFor(productForm{"AVX512", 64, 32, ZMM, 7, vectors})
	}
	productFor(productForm{"AVX2", 32, 16, YMM, 6, 2})
}

// productForm is the shape of a product's tile in registers: rows of x times vectors of columns.
type productForm struct {
	level            string
	bytes, registers int // size of a vector, and number of registers
	vector           func() reg.VecVirtual
	rows, vectors    int
}

// productState is what the parts of one function share.
type productState struct {
	productForm
	at   map[string]Mem // the fields of productArgs
	mask reg.Register   // AVX-512: which columns of the last vector exist
	name string         // makes labels unique
	sums [][]reg.VecVirtual
}

// productFor writes the function of a form: the full tiles, then one of fewer rows.
func productFor(form productForm) {
	name := fmt.Sprintf("product%sx%d", form.level, form.vectors*form.bytes/4)
	TEXT(name, NOSPLIT, "func(a *byte)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s is productGo for strips %d wide; a is a productArgs, which it changes.", name, form.vectors*form.bytes/4))
	a := Load(Param("a"), GP64())
	s := &productState{productForm: form, at: fields(a, "firstX", "firstTable", "firstY", "firstResidual", "firstAhead", "zero", "w", "bias",
		"x", "table", "y", "residual", "ahead", "taps", "k", "ldx", "skip", "ldy", "ldr", "limits", "accumulate", "partial",
		"tiles", "rest", "nextX", "nextTable", "aheadStep", "aheadTiles", "mask")}
	if form.level == "AVX512" {
		s.mask = K()
		KMOVQ(s.at["mask"], s.mask)
	}
	for _, array := range []string{"X", "Table", "Y", "Residual", "Ahead"} {
		MOVQ(word(s.at["first"+array]), s.at[strings.ToLower(array)])
	}
	Label("full")
	CMPQ(s.at["tiles"], number(0))
	JLE(LabelRef("rest"))
	s.tile(form.rows)
	s.advance()
	DECQ(s.at["tiles"])
	JMP(LabelRef("full"))
	Label("rest")
	for rows := form.rows - 1; rows >= 1; rows-- {
		CMPQ(s.at["rest"], number(rows))
		JNE(LabelRef(label("not", rows)))
		s.tile(rows)
		JMP(LabelRef("end"))
		Label(label("not", rows))
	}
	Label("end")
	VZEROUPPER()
	RET()
}

// tile writes the product of the given number of rows.
func (s *productState) tile(rows int) {
	s.name = label("r", rows)
	s.sums = vectors(s.vector, rows, s.vectors)
	s.start()
	table, taps, w, ahead := word(s.at["table"]), word(s.at["taps"]), word(s.at["w"]), word(s.at["ahead"])
	Label(s.name + "tap")
	pointers := s.pointers(rows, table)
	i := word(s.at["k"])
	NEGQ(i)
	for _, step := range []int{4, 1} {
		loop, done := label(s.name+"k", step), label(s.name+"past", step)
		Label(loop)
		CMPQ(i, number(-4*step))
		JG(LabelRef(done))
		for u := range step {
			s.multiply(pointers, i, w, u)
		}
		if step == prefetched && rows == s.rows {
			s.prefetch(ahead)
		}
		ADDQ(number(step*s.vectors*s.bytes), w)
		ADDQ(number(4*step), i)
		JMP(LabelRef(loop))
		Label(done)
	}
	ADDQ(s.at["skip"], w)
	ADDQ(number(4*s.rows), table)
	DECQ(taps)
	JNE(LabelRef(s.name + "tap"))
	if rows == s.rows {
		MOVQ(ahead, s.at["ahead"])
	}
	s.finish()
}

// prefetched is how many rows of weights are multiplied for each that is prefetched. The first four
// tiles prefetch as many as there are, so that they are in the second-level cache when they are
// used next.
const prefetched = 4

// prefetch prefetches a row of weights.
func (s *productState) prefetch(ahead reg.Register) {
	for line := 0; line < s.vectors*s.bytes; line += 64 {
		PREFETCHT1(Mem{Base: ahead, Disp: line})
	}
	ADDQ(s.at["aheadStep"], ahead)
}

// pointers returns the ends of the rows that a tap reads. The index into them runs up to zero.
func (s *productState) pointers(rows int, table reg.Register) []reg.GPVirtual {
	p := make([]reg.GPVirtual, rows)
	for j := range p {
		p[j] = GP64()
	}
	x := word(s.at["x"])
	ADDQ(s.at["k"], x)
	TESTQ(table, table)
	JNE(LabelRef(s.name + "table"))
	MOVQ(x, p[0])
	if rows > 1 {
		ldx := word(s.at["ldx"])
		for j := 1; j < rows; j++ {
			LEAQ(Mem{Base: p[j-1], Index: ldx, Scale: 1}, p[j])
		}
	}
	JMP(LabelRef(s.name + "dense"))
	Label(s.name + "table")
	zero := word(s.at["zero"])
	ADDQ(s.at["k"], zero)
	tableRows(p, table, 0, x, zero)
	Label(s.name + "dense")
	return p
}

// multiply adds number u after i of every row times its weights. A number of x is loaded into a
// register before it is used, because processors that multiply twice per cycle do not load that
// often. If registers run out, the last weights stay in memory.
func (s *productState) multiply(rows []reg.GPVirtual, i, w reg.Register, u int) {
	weights := make([]Op, s.vectors)
	for v := range weights {
		m := Mem{Base: w, Disp: (u*s.vectors + v) * s.bytes}
		if len(rows)*s.vectors+v+1 >= s.registers {
			weights[v] = m
			continue
		}
		r := s.vector()
		VMOVUPS(m, r)
		weights[v] = r
	}
	for j, row := range rows {
		x := s.vector()
		VBROADCASTSS(Mem{Base: row, Index: i, Scale: 1, Disp: 4 * u}, x)
		for v, weight := range weights {
			VFMADD231PS(weight, x, s.sums[j][v])
		}
	}
}

// advance moves to the next tile.
func (s *productState) advance() {
	for _, field := range []string{"y", "residual"} {
		ld := word(s.at[map[string]string{"y": "ldy", "residual": "ldr"}[field]])
		IMUL3Q(number(s.rows), ld, ld)
		ADDQ(ld, s.at[field])
	}
	DECQ(s.at["aheadTiles"])
	JNE(LabelRef("fetching"))
	MOVQ(number(0), s.at["aheadStep"])
	Label("fetching")
	step := word(s.at["nextX"])
	ADDQ(step, s.at["x"])
	step = word(s.at["nextTable"])
	ADDQ(step, s.at["table"])
}
