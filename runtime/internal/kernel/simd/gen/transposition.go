package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func init() {
	familiesAMD64["transposition"] = func() {
		for _, l := range []x86{avx2, avx512} {
			transposeTall(l)
		}
		transposeNarrow()
	}
}

// matrices are the parameters of a transposition in registers, with strides in bytes.
type matrices struct{ y, x, rows, ldx, ldx3, ldy, ldy3 reg.Register }

func transposition(name, doc string) (m matrices) {
	TEXT(name, NOSPLIT, "func(y, x []float32, rows, cols, ldx, ldy int)")
	Pragma("noescape")
	Doc(doc)
	times := func(name string) (once, three reg.GPVirtual) {
		once, three = GP64(), GP64()
		Load(Param(name), once)
		SHLQ(U8(2), once)
		LEAQ(Mem{Base: once, Index: once, Scale: 2}, three)
		return once, three
	}
	m.y, m.x = Load(Param("y").Base(), GP64()), Load(Param("x").Base(), GP64())
	m.rows = Load(Param("rows"), GP64())
	m.ldx, m.ldx3 = times("ldx")
	m.ldy, m.ldy3 = times("ldy")
	return m
}

// quad returns the address of the k-th of four rows.
func quad(p, once, three reg.Register, k int) Mem {
	switch k {
	case 0:
		return Mem{Base: p}
	case 3:
		return Mem{Base: p, Index: three, Scale: 1}
	}
	return Mem{Base: p, Index: once, Scale: uint8(k)}
}

// turn transposes the squares of four in the 128-bit lanes of four vectors.
func (l x86) turn(v bundle) bundle {
	a := bundle{v[0], v[2]}
	b := bundle{v[1], v[3]}
	low, high := l.two(VUNPCKLPS, a, b), l.two(VUNPCKHPS, a, b)
	first, second := bundle{low[0], high[0]}, bundle{low[1], high[1]}
	even, odd := l.two(VUNPCKLPD, first, second), l.two(VUNPCKHPD, first, second)
	return bundle{even[0], odd[0], even[1], odd[1]}
}

// tall transposes strips of as many rows as a vector has lanes, by squares of four. Each 128-bit
// lane of four vectors is loaded with a row of a square, and the lanes are transposed. That takes
// half as many shuffles as transposing whole vectors.
type tall struct {
	matrices
	l        x86
	p        []reg.Register // addresses of every fourth row
	to, cols reg.GPVirtual
	masks    []reg.Register
}

func transposeTall(l x86) {
	name := "transposeTall" + l.name
	t := tall{matrices: transposition(name, name+" transposes whole strips of rows, as many as a vector has places."), l: l}
	lanes := l.bytes / 16
	for range lanes {
		t.p = append(t.p, GP64())
	}
	t.to, t.cols = GP64(), GP64()
	Label("strip")
	CMPQ(t.rows, number(4*lanes))
	JL(LabelRef("done"))
	MOVQ(t.x, t.p[0])
	for i := 1; i < lanes; i++ {
		LEAQ(Mem{Base: t.p[i-1], Index: t.ldx, Scale: 4}, t.p[i])
	}
	MOVQ(t.y, t.to)
	Load(Param("cols"), t.cols)
	t.squares()
	t.rest()
	LEAQ(Mem{Base: t.p[lanes-1], Index: t.ldx, Scale: 4}, t.x)
	back := Load(Param("cols"), GP64())
	ANDQ(number(^3), back)
	SHLQ(U8(2), back)
	SUBQ(back, t.x)
	ADDQ(number(l.bytes), t.y)
	SUBQ(number(4*lanes), t.rows)
	JMP(LabelRef("strip"))
	Label("done")
	VZEROUPPER()
	RET()
}

// squares is the loop over four columns at a time.
func (t *tall) squares() {
	if t.l.wide() {
		t.masks = laneMasks(number(15), len(t.p))
	}
	Label("square")
	CMPQ(t.cols, number(4))
	JL(LabelRef("rest"))
	for k, v := range t.l.turn(t.lanes(false)) {
		VMOVUPS(v, quad(t.to, t.ldy, t.ldy3, k))
	}
	for _, p := range t.p {
		ADDQ(number(16), p)
	}
	LEAQ(Mem{Base: t.to, Index: t.ldy, Scale: 4}, t.to)
	SUBQ(number(4), t.cols)
	JMP(LabelRef("square"))
	Label("rest")
}

// rest handles the last columns, fewer than four.
func (t *tall) rest() {
	TESTQ(t.cols, t.cols)
	JE(LabelRef("next"))
	if t.l.wide() {
		ones := GP64()
		MOVQ(t.cols, reg.RCX)
		MOVQ(number(1), ones)
		SHLQ(reg.CL, ones)
		DECQ(ones)
		t.masks = laneMasks(ones, len(t.p))
	} else {
		t.masks = []reg.Register{t.l.tail(t.cols).m}
	}
	for k, v := range t.l.turn(t.lanes(true))[:3] {
		CMPQ(t.cols, number(k))
		JLE(LabelRef("next"))
		VMOVUPS(v, quad(t.to, t.ldy, t.ldy3, k))
	}
	Label("next")
}

// laneMasks returns masks that repeat the mask of a first lane in each lane.
func laneMasks(first Op, lanes int) []reg.Register {
	ones := GP64()
	MOVQ(first, ones)
	masks := make([]reg.Register, lanes)
	for i := range masks {
		k := K()
		KMOVW(ones.As32(), k)
		masks[i] = k
		SHLQ(U8(4), ones)
	}
	return masks
}

// lanes loads a row of four numbers, or the part that the masks select, into every lane of four
// vectors.
func (t *tall) lanes(partial bool) bundle {
	l, masks, v := t.l, t.masks, t.l.several(4)
	for k := range v {
		for i, p := range t.p {
			from := quad(p, t.ldx, t.ldx3, k)
			switch {
			case l.wide() && i == 0 && !partial:
				VBROADCASTF32X4(from, v[k])
			case l.wide() && i == 0:
				VBROADCASTF32X4_Z(from, masks[0], v[k])
			case l.wide():
				VBROADCASTF32X4(from, masks[i], v[k])
			case !partial && i == 0:
				VMOVUPS(from, avo(v[k]).AsX())
			case !partial:
				VINSERTF128(U8(1), from, v[k], v[k])
			default:
				x := XMM()
				VMASKMOVPS(from, masks[0].(reg.Vec).AsX(), x)
				if i == 0 {
					VMOVAPS(x, avo(v[k]).AsX())
				} else {
					VINSERTF128(U8(1), x, v[k], v[k])
				}
			}
		}
	}
	return v
}

// transposeNarrow transposes up to four rows by squares of four.
func transposeNarrow() {
	m := transposition("transposeNarrowAVX2", "transposeNarrowAVX2 transposes up to four rows.")
	cols := GP64()
	Load(Param("cols"), cols)
	for rows := 1; rows < 4; rows++ {
		CMPQ(m.rows, number(rows))
		JE(LabelRef(label("rows", rows)))
	}
	for _, rows := range []int{4, 3, 2, 1} {
		if rows < 4 {
			Label(label("rows", rows))
		}
		if rows == 3 { // columns without gaps: what is written beyond one column belongs to the next, as long as there is one
			CMPQ(m.ldy, number(12))
			JE(LabelRef("dense"))
		}
		narrow(m, cols, rows, rows, label("", rows))
	}
	Label("dense")
	narrow(m, cols, 3, 4, "dense")
}

// narrow writes the loop for a number of rows, storing the given number of elements per column, and
// returns.
func narrow(m matrices, cols reg.GPVirtual, rows, stored int, at string) {
	Label("square" + at)
	CMPQ(cols, number(4+stored-rows))
	JL(LabelRef("column" + at))
	v := avx2.several(4)
	for k := range v {
		VMOVUPS(quad(m.x, m.ldx, m.ldx3, min(k, rows-1)), avo(v[k]).AsX())
	}
	for k, v := range xmm(v) {
		to := quad(m.y, m.ldy, m.ldy3, k)
		switch stored {
		case 4:
			VMOVUPS(v, to)
		case 3:
			VMOVLPS(v, to)
			to.Disp = 8
			VEXTRACTPS(U8(2), v, to)
		case 2:
			VMOVLPS(v, to)
		case 1:
			VMOVSS(v, to)
		}
	}
	ADDQ(number(16), m.x)
	LEAQ(Mem{Base: m.y, Index: m.ldy, Scale: 4}, m.y)
	SUBQ(number(4), cols)
	JMP(LabelRef("square" + at))
	Label("column" + at)
	TESTQ(cols, cols)
	JLE(LabelRef("end" + at))
	for k := range rows {
		x := GP32()
		MOVL(quad(m.x, m.ldx, m.ldx3, k), x)
		MOVL(x, Mem{Base: m.y, Disp: 4 * k})
	}
	ADDQ(number(4), m.x)
	ADDQ(m.ldy, m.y)
	DECQ(cols)
	JMP(LabelRef("column" + at))
	Label("end" + at)
	RET()
}

// xmm returns the lowest 128-bit lanes.
func xmm(v bundle) []reg.Register {
	pair := func(f func(...Op), a, b reg.Register) reg.Register {
		x := XMM()
		f(b, a, x)
		return x
	}
	x := func(k int) reg.Register { return avo(v[k]).AsX() }
	low, lower := pair(VUNPCKLPS, x(0), x(1)), pair(VUNPCKLPS, x(2), x(3))
	high, higher := pair(VUNPCKHPS, x(0), x(1)), pair(VUNPCKHPS, x(2), x(3))
	return []reg.Register{pair(VUNPCKLPD, low, lower), pair(VUNPCKHPD, low, lower),
		pair(VUNPCKLPD, high, higher), pair(VUNPCKHPD, high, higher)}
}
