package main

import (
	"fmt"

	"github.com/pollard-dev/pollard/runtime/internal/kernel/simd/gen/arm64"
)

func init() {
	familiesARM64["sparse"] = func() {
		for _, rows := range []int{1, 2, 4} {
			eachNEON(func(m *neon) { m.sparse(rows, 24/rows) })
		}
		eachNEON((*neon).largestOffset)
	}
}

// neonSparse is what the parts of one function share. The last vector of a tile holds its last four
// positions. If their number is not a multiple of four, it repeats some of the vector before it,
// which gives the same bits. A tile of fewer than four positions has a loop of its own.
type neonSparse struct {
	neonFields
	rows, n int // rows of W, vectors of positions
	few     *neonTail
	name    string // makes labels unique
	sums    []bundle

	starts, offsets, values, x, y, residual, bias, last, groups arm64.Register
}

// sparse writes the function for the given number of rows per entry, for every number of vectors.
func (m *neon) sparse(rows, most int) {
	name := fmt.Sprintf("sparseNEONx%d", rows)
	s := &neonSparse{rows: rows, neonFields: m.fields(name,
		fmt.Sprintf("%s makes a tile of %d rows to an entry; a is a sparseArgs.", name, rows),
		"x", "starts", "offsets", "values", "bias", "y", "residual", "nextBias", "ldy", "ldr", "groups", "limits", "vectors", "accumulate", "last", "few")}
	s.starts, s.offsets, s.values, s.x = s.word("starts"), s.word("offsets"), s.word("values"), s.word("x")
	s.y, s.residual, s.bias, s.last, s.groups = s.word("y"), s.word("residual"), s.word("bias"), s.word("last"), s.word("groups")
	vectors := s.word("vectors")
	for n := range most + 1 {
		next := label("not", n)
		m.Record("CMP $%d, R%r", n, vectors)
		m.Record("BNE %l", next)
		s.name, s.n, s.few = label("v", n), n, nil
		if n == 0 {
			few := m.tail(s.word("few"))
			s.n, s.few = 1, &few
		}
		s.tile()
		m.Label(next)
	}
	m.end()
}

// tile writes the loop over the groups for that many vectors, and returns.
func (s *neonSparse) tile() {
	m := s.m
	m.Label(s.name + "group")
	s.start()
	first, left := m.General(), m.General()
	m.Record("MOVWU.P 4(R%x), R%w", s.starts, first)
	m.Record("MOVWU (R%r), R%w", s.starts, left)
	m.Record("SUBS R%r, R%x", first, left)
	m.Record("BEQ %l", s.name+"none")
	m.Label(s.name + "entry")
	at, w := m.General(), m.Vector()
	m.Record("MOVWU.P 4(R%x), R%w", s.offsets, at)
	m.Record("ADD R%r<<2, R%r, R%w", at, s.x, at)
	m.Record(map[int]string{1: "FMOVS", 2: "FMOVD", 4: "FMOVQ"}[s.rows]+".P %d(R%x), F%w", 4*s.rows, s.values, w)
	m.Record("PRFM 1024(R%r), PLDL1KEEP", s.values)
	for v := 0; v < s.n; v += 6 { // this many vectors fit besides 24 sums
		for i, x := range s.vectors(at, v, min(v+6, s.n)) {
			for j := range s.rows {
				m.Word("fmla v%x.4s, v%r.4s, v%r.s[%d]", s.sums[j][v+i], x, w, j)
			}
		}
	}
	m.Record("SUB $1, R%x", left)
	m.Record("CBNZ R%r, %l", left, s.name+"entry")
	m.Label(s.name + "none")
	s.finish()
	m.Record("SUB $1, R%x", s.groups)
	m.Record("CBNZ R%r, %l", s.groups, s.name+"group")
	m.end()
}

// vectors loads vectors v to end from p.
func (s *neonSparse) vectors(p arm64.Register, v, end int) bundle {
	if s.few != nil {
		return bundle{s.few.load(p)}
	}
	if end < s.n {
		return s.m.loadsAt(p, 16*v, end-v)
	}
	last := s.m.Vector()
	loaded := s.m.loadsAt(p, 16*v, end-1-v)
	s.m.Word("ldr q%w, [x%r,x%r]", last, p, s.last)
	return append(loaded, last)
}

// eachRow calls f with the address of every row of a group in an array, and advances to the next
// group.
func (s *neonSparse) eachRow(array arm64.Register, stride string, f func(j int, p arm64.Register)) {
	m, ld, p := s.m, s.word(stride), s.m.General()
	m.Copy(array, p)
	for j := range s.rows {
		f(j, p)
		if j+1 < s.rows {
			m.Record("ADD R%r, R%x", ld, p)
		}
	}
}

// start fills the sums with the bias or with y.
func (s *neonSparse) start() {
	m := s.m
	s.sums = make([]bundle, s.rows)
	for j := range s.sums {
		s.sums[j] = m.several(s.n)
	}
	m.Record("CBNZ R%r, %l", s.word("accumulate"), s.name+"accumulate")
	p := m.General()
	m.Copy(s.bias, p)
	for _, row := range s.sums {
		for v, sum := range row {
			if v == 0 {
				m.Record("VLD1R.P 4(R%x), [V%w.S4]", p, sum)
			} else {
				m.Copy(row[0].(arm64.Register), sum.(arm64.Register))
			}
		}
	}
	m.Record("ADD R%r, R%x", s.word("nextBias"), s.bias)
	m.Record("JMP %l", s.name+"started")
	m.Label(s.name + "accumulate")
	s.eachRow(s.y, "ldy", func(j int, p arm64.Register) {
		for v, x := range s.vectors(p, 0, s.n) {
			m.Copy(x.(arm64.Register), s.sums[j][v].(arm64.Register))
		}
	})
	m.Label(s.name + "started")
}

// finish adds the residual, which may be y itself, to all sums, clamps, and writes the rows of a
// group.
func (s *neonSparse) finish() {
	m := s.m
	m.Record("CBZ R%r, %l", s.residual, s.name+"alone")
	s.eachRow(s.residual, "ldr", func(j int, p arm64.Register) {
		for v := 0; v < s.n; v += 2 {
			end := min(v+2, s.n)
			m.addTo(s.sums[j][v:end], s.vectors(p, v, end))
		}
	})
	s.nextRows("ldr", s.residual)
	m.Label(s.name + "alone")
	lo, hi := s.limits()
	for _, row := range s.sums {
		for _, sum := range row {
			m.Word("fmax v%w.4s, v%r.4s, v%r.4s", sum, sum, lo)
			m.Word("fmin v%w.4s, v%r.4s, v%r.4s", sum, sum, hi)
		}
	}
	s.eachRow(s.y, "ldy", func(j int, p arm64.Register) {
		if s.few != nil {
			s.few.store(s.sums[j][0], p)
			return
		}
		for v := 0; v+1 < s.n; v++ {
			m.Record("FMOVQ F%r, %d(R%r)", s.sums[j][v], 16*v, p)
		}
		m.Word("str q%r, [x%r,x%r]", s.sums[j][s.n-1], p, s.last)
	})
	s.nextRows("ldy", s.y)
}

// nextRows advances to the rows of the next group.
func (s *neonSparse) nextRows(stride string, p arm64.Register) {
	s.m.Record(fmt.Sprintf("ADD R%%r<<%d, R%%x", map[int]int{1: 0, 2: 1, 4: 2}[s.rows]), s.word(stride), p)
}

// largestOffset writes the search for the largest of unsigned numbers.
func (m *neon) largestOffset() {
	m.about("largestOffsetNEON", "func(offsets *int32, n int) uint32", "largestOffsetNEON is largestOffsetGo, for a multiple of 32 numbers.")
	p, n, top := m.Parameter("offsets"), m.Parameter("n"), m.zeroes(8)
	m.Record("CBZ R%r, %l", n, "done")
	m.Label("loop")
	m.into("umax v%w.4s, v%r.4s, v%r.4s", top, m.loads(p, 8))
	m.Record("SUB $32, R%x", n)
	m.Record("CBNZ R%r, %l", n, "loop")
	m.Label("done")
	m.giveInteger(m.fold(top, "umax v%w.4s, v%r.4s, v%r.4s", func(v, to vector) { m.Word("umaxv s%w, v%r.4s", to, v) }))
}
