package main

import "github.com/pollard-dev/pollard/runtime/internal/kernel/simd/gen/arm64"

func init() {
	familiesARM64["second"] = func() { eachNEON((*neon).second) }
	familiesARM64["transpose"] = func() { eachNEON((*neon).transpose) }
	familiesARM64["transposition"] = func() {
		eachNEON((*neon).transposeTall)
		eachNEON((*neon).transposeNarrow)
	}
	familiesARM64["peak"] = func() { eachNEON((*neon).peak) }
}

// eachNEON writes a function that only arm64 has.
func eachNEON(write func(m *neon)) {
	for _, l := range levels {
		write(l.machine.(*neon))
	}
}

// peak writes turns of 12 multiply-adds that do not wait for each other.
func (m *neon) peak() {
	m.function("peakNEON", "func(turns int)")
	n, x, sums := m.Parameter("turns"), m.zeroes(1), m.zeroes(12)
	m.Record("CMP $0, R%r", n)
	m.Record("BLE %l", "end")
	m.Label("turn")
	m.fma(all(x[0], 12), all(x[0], 12), sums)
	m.Record("SUB $1, R%x", n)
	m.Record("CBNZ R%r, %l", n, "turn")
	m.Label("end")
	m.end()
}

// second takes every second number, from 32 at a time and then from 16.
func (m *neon) second() {
	m.about("everySecondNEON", "func(y, x *float32, n int)", "everySecondNEON is everySecondGo for n numbers of y, a positive multiple of 8. It reads 2n numbers of x.")
	y, x, n := m.Parameter("y"), m.Parameter("x"), m.Parameter("n")
	for _, vectors := range []int{4, 2} {
		loop, done := label("numbers", vectors), label("done", vectors)
		m.Record("SUBS $%d, R%x", vectors*lanes, n)
		m.Record("BLT %l", done)
		m.Label(loop)
		v := m.loads(x, 2*vectors)
		var first, second bundle
		for i := range vectors {
			first, second = append(first, v[2*i]), append(second, v[2*i+1])
		}
		m.stores(m.known("VUZP1 V%r.S4, V%r.S4, V%w.S4", first, second), y)
		m.Record("SUBS $%d, R%x", vectors*lanes, n)
		m.Record("BGE %l", loop)
		m.Label(done)
		m.Record("ADD $%d, R%x", vectors*lanes, n)
	}
	m.end()
}

// about begins a function with a doc comment of its own.
func (m *neon) about(name, signature, doc string) {
	m.Function, m.parameters = m.file.Function(name, signature, doc), map[arm64.Register]string{}
}

// turn transposes the square in four vectors.
func (m *neon) turn(v bundle) bundle {
	a, b := bundle{v[0], v[2]}, bundle{v[1], v[3]}
	even := m.known("VTRN1 V%r.S4, V%r.S4, V%w.S4", a, b)
	odd := m.known("VTRN2 V%r.S4, V%r.S4, V%w.S4", a, b)
	first, second := bundle{even[0], odd[0]}, bundle{even[1], odd[1]}
	low := m.known("VTRN1 V%r.D2, V%r.D2, V%w.D2", first, second)
	high := m.known("VTRN2 V%r.D2, V%r.D2, V%w.D2", first, second)
	return append(low, high...)
}

// pointers returns the addresses of rows, the first at base and each stride bytes after the one
// before.
func (m *neon) pointers(base, stride arm64.Register, rows int) []arm64.Register {
	p := make([]arm64.Register, rows)
	for i := range p {
		p[i] = m.General()
		if i == 0 {
			m.Copy(base, p[0])
		} else {
			m.Record("ADD R%r, R%r, R%w", stride, p[i-1], p[i])
		}
	}
	return p
}

// transpose writes squares of 8 x 8, each of four of 4 x 4.
func (m *neon) transpose() {
	m.about("transposeNEON", "func(dst, src *float32, rows, columns, ldDst, ldSrc int)",
		"transposeNEON writes src[n*ldSrc + k] to dst[k*ldDst + n] for k in 0..rows and n in 0..columns, multiples of 8.")
	dst, src, rows, columns := m.Parameter("dst"), m.Parameter("src"), m.Parameter("rows"), m.Parameter("columns")
	ldDst, ldSrc := m.Parameter("ldDst"), m.Parameter("ldSrc")
	m.Record("LSL $2, R%x", ldDst)
	m.Record("LSL $2, R%x", ldSrc)
	left, upper, lower := m.General(), m.General(), m.General()
	m.Label("columns")
	from := m.pointers(src, ldSrc, 8)
	m.Copy(dst, upper)
	m.Record("ADD $16, R%r, R%w", dst, lower)
	m.Copy(rows, left)
	m.Label("square")
	var halves [2]bundle // of each row
	for _, p := range from {
		v := m.loads(p, 2)
		halves[0], halves[1] = append(halves[0], v[0]), append(halves[1], v[1])
	}
	for _, half := range halves {
		m.columns(m.turn(half[:4]), upper, ldDst)
		m.columns(m.turn(half[4:]), lower, ldDst)
	}
	m.Record("SUBS $8, R%x", left)
	m.Record("BGT %l", "square")
	m.Record("ADD R%r<<3, R%x", ldSrc, src)
	m.Record("ADD $32, R%x", dst)
	m.Record("SUBS $8, R%x", columns)
	m.Record("BGT %l", "columns")
	m.end()
}

// columns stores vectors a stride apart, and leaves the pointer after them.
func (m *neon) columns(v bundle, to, stride arm64.Register) {
	for _, column := range v {
		m.Record("VST1.P [V%r.S4], (R%x)(R%r)", column, to, stride)
	}
}

const transposeSignature = "func(y, x []float32, rows, cols, ldx, ldy int)"

// transposeTall transposes strips of eight rows, four columns at a time and then one.
func (m *neon) transposeTall() {
	m.about("transposeTallNEON", transposeSignature, "transposeTallNEON transposes whole strips of eight rows.")
	y, x, rows, cols := m.Parameter("y_base"), m.Parameter("x_base"), m.Parameter("rows"), m.Parameter("cols")
	ldx, ldy := m.Parameter("ldx"), m.Parameter("ldy")
	m.Record("LSL $2, R%x", ldx)
	m.Record("LSL $2, R%x", ldy)
	left, upper, lower := m.General(), m.General(), m.General()
	m.Label("strip")
	m.Record("SUBS $8, R%x", rows)
	m.Record("BLT %l", "done")
	from := m.pointers(x, ldx, 8)
	m.Copy(y, upper)
	m.Record("ADD $16, R%r, R%w", y, lower)
	m.Record("SUBS $4, R%r, R%w", cols, left)
	m.Record("BLT %l", "few")
	m.Label("square")
	var v bundle
	for _, p := range from {
		v = append(v, m.loads(p, 1)[0])
	}
	m.columns(m.turn(v[:4]), upper, ldy)
	m.columns(m.turn(v[4:]), lower, ldy)
	m.Record("SUBS $4, R%x", left)
	m.Record("BGE %l", "square")
	m.Label("few")
	m.Record("ADD $4, R%x", left)
	m.Record("CBZ R%r, %l", left, "next")
	m.Label("column")
	m.column(from, upper)
	m.Record("ADD R%r, R%x", ldy, upper)
	m.Record("SUB $1, R%x", left)
	m.Record("CBNZ R%r, %l", left, "column")
	m.Label("next")
	m.Record("ADD R%r<<3, R%x", ldx, x)
	m.Record("ADD $32, R%x", y)
	m.Record("JMP %l", "strip")
	m.Label("done")
	m.end()
}

// column copies the next number of each row.
func (m *neon) column(from []arm64.Register, to arm64.Register) {
	v := m.several(len(from))
	for k, p := range from {
		m.Record("FMOVS.P 4(R%x), F%w", p, v[k])
	}
	for k := range from {
		m.Record("FMOVS F%r, %d(R%r)", v[k], 4*k, to)
	}
}

// transposeNarrow transposes up to four rows, four columns at a time and then one.
func (m *neon) transposeNarrow() {
	m.about("transposeNarrowNEON", transposeSignature, "transposeNarrowNEON transposes up to four rows.")
	y, x, rows, cols := m.Parameter("y_base"), m.Parameter("x_base"), m.Parameter("rows"), m.Parameter("cols")
	ldx, ldy := m.Parameter("ldx"), m.Parameter("ldy")
	m.Record("LSL $2, R%x", ldx)
	m.Record("LSL $2, R%x", ldy)
	for n := 1; n < 4; n++ {
		m.Record("CMP $%d, R%r", n, rows)
		m.Record("BEQ %l", label("rows", n))
	}
	for _, n := range []int{4, 3, 2, 1} {
		m.Label(label("rows", n))
		from, third := m.pointers(x, ldx, n), m.General()
		if n == 3 {
			m.Record("ADD $8, R%r, R%w", y, third)
		}
		m.Record("SUBS $4, R%x", cols)
		m.Record("BLT %l", label("few", n))
		m.Label(label("square", n))
		m.four(from, y, third, ldy)
		m.Record("SUBS $4, R%x", cols)
		m.Record("BGE %l", label("square", n))
		m.Label(label("few", n))
		m.Record("ADD $4, R%x", cols)
		m.Record("CBZ R%r, %l", cols, label("end", n))
		m.Label(label("column", n))
		m.column(from, y)
		m.Record("ADD R%r, R%x", ldy, y)
		m.Record("SUB $1, R%x", cols)
		m.Record("CBNZ R%r, %l", cols, label("column", n))
		m.Label(label("end", n))
		m.end()
	}
}

// four transposes four columns of as many rows as there are pointers. Third is the address for the
// third number of a column, if there are three.
func (m *neon) four(from []arm64.Register, y, third, ldy arm64.Register) {
	var v bundle
	for _, p := range from {
		v = append(v, m.loads(p, 1)[0])
	}
	switch len(v) {
	case 4:
		m.columns(m.turn(v), y, ldy)
	case 1:
		for k := range lanes {
			m.Record("VST1.P V%r.S[%d], (R%x)(R%r)", v[0], k, y, ldy)
		}
	default:
		low := m.known("VZIP1 V%r.S4, V%r.S4, V%w.S4", v[:1], v[1:2])
		high := m.known("VZIP2 V%r.S4, V%r.S4, V%w.S4", v[:1], v[1:2])
		for k := range lanes {
			m.Record("VST1.P V%r.D[%d], (R%x)(R%r)", append(low, high...)[k/2], k%2, y, ldy)
			if len(v) == 3 {
				m.Record("VST1.P V%r.S[%d], (R%x)(R%r)", v[2], k, third, ldy)
			}
		}
	}
}
