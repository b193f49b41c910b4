package main

import (
	"fmt"

	"github.com/pollard-dev/pollard/runtime/internal/kernel/simd/gen/arm64"
)

func init() {
	familiesARM64["sparsevector"] = func() {
		for _, rows := range []int{1, 2, 4} {
			eachNEON(func(m *neon) { m.sparseVector(rows) })
		}
	}
}

// fields begins a function of a struct of words of 8 bytes, and gives each name its place in it, in
// order.
func (m *neon) fields(name, doc string, names ...string) neonFields {
	m.about(name, "func(a *byte)", doc)
	f := neonFields{m, m.Parameter("a"), map[string]int{}}
	for i, name := range names {
		f.at[name] = 8 * i
	}
	return f
}

// neonFields says where the fields of a struct are.
type neonFields struct {
	m    *neon
	base arm64.Register
	at   map[string]int
}

// word loads a field.
func (f neonFields) word(name string) arm64.Register {
	r := f.m.General()
	f.m.Record("MOVD %d(R%r), R%w", f.at[name], f.base, r)
	return r
}

// set stores a word in a field.
func (f neonFields) set(name string, r arm64.Register) {
	f.m.Record("MOVD R%r, %d(R%r)", r, f.at[name], f.base)
}

// limits returns the limits of a clamp, two float32 in one field, each in every lane.
func (f neonFields) limits() (lo, hi vector) {
	at := f.m.General()
	f.m.Record("ADD $%d, R%r, R%w", f.at["limits"], f.base, at)
	v := f.m.several(2)
	f.m.Record("VLD1R.P 4(R%x), [V%w.S4]", at, v[0])
	f.m.Record("VLD1R (R%r), [V%w.S4]", at, v[1])
	return v[0], v[1]
}

// neonVector is what the parts of a function share.
type neonVector struct {
	neonFields
	rows int

	x, starts, offsets, values, y, bias, residual, groups, left arm64.Register
}

// sparseVector writes the function for the given number of rows per entry, with sums of eight
// entries in turn, or of sixteen.
func (m *neon) sparseVector(rows int) {
	name := fmt.Sprintf("sparseVectorNEONx%d", rows)
	s := &neonVector{rows: rows, neonFields: m.fields(name,
		fmt.Sprintf("%s is sparseVectorGo for %d rows to an entry; a is a sparseVectorArgs.", name, rows),
		"x", "starts", "offsets", "values", "y", "bias", "residual", "groups", "limits")}
	s.x, s.starts, s.offsets, s.values = s.word("x"), s.word("starts"), s.word("offsets"), s.word("values")
	s.y, s.bias, s.residual, s.groups, s.left = s.word("y"), s.word("bias"), s.word("residual"), s.word("groups"), m.General()
	lo, hi := s.limits()
	m.Label("group")
	first := m.General()
	m.Record("MOVWU.P 4(R%x), R%w", s.starts, first)
	m.Record("MOVWU (R%r), R%w", s.starts, s.left)
	m.Record("SUB R%r, R%x", first, s.left)
	var sum vector
	if rows == 1 {
		sum = s.alone()
	} else {
		sum = s.together()
	}
	for i, p := range []arm64.Register{s.bias, s.residual} {
		none, more := label("none", i), m.Vector()
		m.Record("CBZ R%r, %l", p, none)
		m.Record(s.move()+".P %d(R%x), F%w", 4*rows, p, more)
		m.addTo(bundle{sum}, bundle{more})
		m.Label(none)
	}
	sum = level{"NEON", m}.clamp(bundle{sum}, []bundle{{lo}, {hi}})[0]
	m.Record(s.move()+".P F%r, %d(R%x)", sum, 4*rows, s.y)
	m.Record("SUB $1, R%x", s.groups)
	m.Record("CBNZ R%r, %l", s.groups, "group")
	m.end()
}

// move returns the instruction that loads or stores as many numbers as there are rows.
func (s *neonVector) move() string { return map[int]string{1: "FMOVS", 2: "FMOVD", 4: "FMOVQ"}[s.rows] }

// numbers loads the numbers of x that the next n entries multiply, each into the lowest lane of a
// vector. N is even or 1.
func (s *neonVector) numbers(n int) bundle {
	m, v := s.m, s.m.several(n)
	at := make([]arm64.Register, n)
	for i := range at {
		at[i] = m.General()
	}
	if n == 1 {
		m.Record("MOVWU.P 4(R%x), R%w", s.offsets, at[0])
	}
	for i := 0; i+1 < n; i += 2 {
		m.Record("LDPW.P 8(R%x), (R%w, R%w)", s.offsets, at[i], at[i+1])
	}
	for i := range v {
		m.Record("FMOVS (R%r)(R%r<<2), F%w", s.x, at[i], v[i])
	}
	return v
}

// multiply adds the products of the weights of all rows of an entry and a number.
func (s *neonVector) multiply(weights, number, sum vector) {
	s.m.Word("fmla v%x.4s, v%r.4s, v%r.s[%d]", sum, weights, number, 0)
}

// together adds the entries of a group of rows to eight sums in turn, each of all rows.
func (s *neonVector) together() vector {
	m, sums := s.m, s.m.zeroes(8)
	pair := map[int]string{2: "FLDPD", 4: "FLDPQ"}[s.rows]
	m.Record("SUBS $8, R%x", s.left)
	m.Record("BLT %l", "rest")
	m.Label("eight")
	for half := range 2 { // the numbers of four entries at a time, to have enough registers for their addresses
		numbers := s.numbers(4)
		for i := 0; i < 4; i += 2 {
			w := m.several(2)
			m.Record(pair+".P %d(R%x), (F%w, F%w)", 8*s.rows, s.values, w[0], w[1])
			s.multiply(w[0], numbers[i], sums[4*half+i])
			s.multiply(w[1], numbers[i+1], sums[4*half+i+1])
		}
	}
	m.Record("PRFM 1024(R%r), PLDL1KEEP", s.values)
	m.Record("SUBS $8, R%x", s.left)
	m.Record("BGE %l", "eight")
	m.Label("rest")
	m.Record("ADD $8, R%x", s.left)
	for _, sum := range sums[:7] {
		m.Record("CBZ R%r, %l", s.left, "summed")
		number, w := s.numbers(1)[0], m.Vector()
		m.Record(s.move()+".P %d(R%x), F%w", 4*s.rows, s.values, w)
		s.multiply(w, number, sum)
		m.Record("SUB $1, R%x", s.left)
	}
	m.Label("summed")
	for half := 4; half > 0; half /= 2 {
		m.addTo(sums[:half], sums[half:2*half])
	}
	return sums[0]
}

// alone adds the entries of one row to 16 sums in turn, four in a vector.
func (s *neonVector) alone() vector {
	m, sums := s.m, s.m.zeroes(4)
	m.Record("SUBS $16, R%x", s.left)
	m.Record("BLT %l", "few")
	m.Label("sixteen")
	for i := 0; i < 4; i += 2 {
		w := m.loads(s.values, 2)
		m.fma(bundle{s.four(), s.four()}, w, sums[i:i+2])
	}
	m.Record("PRFM 1024(R%r), PLDL1KEEP", s.values)
	m.Record("SUBS $16, R%x", s.left)
	m.Record("BGE %l", "sixteen")
	m.Label("few")
	m.Record("ADD $16, R%x", s.left)
	for i := range sums {
		m.Record("SUBS $4, R%x", s.left)
		if i < 3 { // after three fours, fewer than four are left
			m.Record("BLT %l", label("last", i))
			m.fma(bundle{s.four()}, m.loads(s.values, 1), sums[i:i+1])
		}
	}
	for i := 3; i >= 0; i-- {
		m.Label(label("last", i))
		s.threeAtMost(label("last", i), sums[i])
		if i > 0 {
			m.Record("JMP %l", "summed")
		}
	}
	m.Label("summed")
	m.addTo(sums[:2], sums[2:])
	m.addTo(sums[:1], sums[1:2])
	upper := m.Vector()
	m.Record("VEXT $8, V%r.B16, V%r.B16, V%w.B16", sums[0], sums[0], upper)
	m.addTo(sums[:1], bundle{upper})
	m.Word("faddp v%w.4s, v%r.4s, v%r.4s", sums[0], sums[0], sums[0])
	return sums[0]
}

// four returns the numbers of four entries in one vector.
func (s *neonVector) four() vector {
	v := s.numbers(4)
	pairs := s.m.known("VZIP1 V%r.S4, V%r.S4, V%w.S4", bundle{v[0], v[2]}, bundle{v[1], v[3]})
	return s.m.known("VZIP1 V%r.D2, V%r.D2, V%w.D2", pairs[:1], pairs[1:])[0]
}

// threeAtMost adds the remaining entries, fewer than four. Left counts them minus four.
func (s *neonVector) threeAtMost(name string, sum vector) {
	m, x, w := s.m, s.m.zeroes(1)[0], s.m.zeroes(1)[0]
	for lane := range 3 {
		m.Record("CMN $%d, R%r", 4-lane, s.left)
		m.Record("BEQ %l", name+"there")
		at := m.General()
		m.Record("MOVWU.P 4(R%x), R%w", s.offsets, at)
		m.Record("ADD R%r<<2, R%r, R%w", at, s.x, at)
		m.Record("VLD1 (R%r), V%x.S[%d]", at, x, lane)
		m.Record("VLD1.P 4(R%x), V%x.S[%d]", s.values, w, lane)
	}
	m.Label(name + "there")
	m.fma(bundle{x}, bundle{w}, bundle{sum})
}
