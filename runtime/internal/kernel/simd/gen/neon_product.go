package main

import (
	"strings"

	"github.com/pollard-dev/pollard/runtime/internal/kernel/simd/gen/arm64"
)

func init() { familiesARM64["product"] = func() { eachNEON((*neon).product) } }

// A tile of a product has 6 rows of 4 vectors of columns: 24 sums. With a vector of each row's
// numbers, that leaves two registers for weights. Four numbers of a row are loaded at once, and
// multiplied by weights one after the other as elements.
const productTile, productVectors = 6, 4

// neonProduct is what the parts of the function share.
type neonProduct struct {
	neonFields
	name string // makes labels unique
	sums []bundle
}

// product writes the full tiles, then one of fewer rows.
func (m *neon) product() {
	s := &neonProduct{neonFields: m.fields("productNEON", "productNEON is productGo for strips 16 wide; a is a productArgs, which it changes.",
		"firstX", "firstTable", "firstY", "firstResidual", "firstAhead", "zero", "w", "bias",
		"x", "table", "y", "residual", "ahead", "taps", "k", "ldx", "skip", "ldy", "ldr", "limits", "accumulate", "partial",
		"tiles", "rest", "nextX", "nextTable", "aheadStep", "aheadTiles", "whole", "second", "third", "fourth")}
	for _, field := range []string{"X", "Table", "Y", "Residual", "Ahead"} {
		s.set(strings.ToLower(field), s.word("first"+field))
	}
	m.Label("full")
	tiles := s.word("tiles")
	m.Record("CBZ R%r, %l", tiles, "rest")
	m.Record("SUB $1, R%x", tiles)
	s.set("tiles", tiles)
	s.tile(productTile)
	s.advance()
	m.Record("JMP %l", "full")
	m.Label("rest")
	rest := s.word("rest")
	for rows := productTile - 1; rows >= 1; rows-- {
		m.Record("CMP $%d, R%r", rows, rest)
		m.Record("BNE %l", label("not", rows))
		s.tile(rows)
		m.end()
		m.Label(label("not", rows))
	}
	m.end()
}

// tile writes the product of the given number of rows.
func (s *neonProduct) tile(rows int) {
	m := s.m
	s.name = label("r", rows)
	s.sums = make([]bundle, rows)
	for j := range s.sums {
		s.sums[j] = m.several(productVectors)
	}
	s.start()
	table, taps, w, k := s.word("table"), s.word("taps"), s.word("w"), m.General()
	var ahead, step arm64.Register
	if rows == productTile {
		ahead, step = s.word("ahead"), s.word("aheadStep")
	}
	m.Label(s.name + "tap")
	p := s.pointers(rows, table)
	m.Copy(s.word("k"), k)
	m.Record("SUBS $16, R%x", k)
	m.Record("BLT %l", s.name+"past4")
	m.Label(s.name + "k4")
	x := m.several(rows)
	for j := range x {
		m.Record("FMOVQ.P 16(R%x), F%w", p[j], x[j])
	}
	for lane := range lanes {
		s.multiply(x, lane, w)
	}
	if rows == productTile { // the first tiles prefetch the weights that are used next, as many as there are
		m.Record("PRFM (R%r), PLDL2KEEP", ahead)
		m.Record("ADD R%r, R%x", step, ahead)
	}
	m.Record("SUBS $16, R%x", k)
	m.Record("BGE %l", s.name+"k4")
	m.Label(s.name + "past4")
	m.Record("ADD $16, R%x", k)
	m.Record("CBZ R%r, %l", k, s.name+"past1")
	m.Label(s.name + "k1")
	for j := range x {
		m.Record("FMOVS.P 4(R%x), F%w", p[j], x[j])
	}
	s.multiply(x, 0, w)
	m.Record("SUB $4, R%x", k)
	m.Record("CBNZ R%r, %l", k, s.name+"k1")
	m.Label(s.name + "past1")
	m.Record("ADD R%r, R%x", s.word("skip"), w)
	m.Record("ADD $%d, R%x", 4*productTile, table)
	m.Record("SUB $1, R%x", taps)
	m.Record("CBNZ R%r, %l", taps, s.name+"tap")
	if rows == productTile {
		s.set("ahead", ahead)
	}
	s.finish()
}

// multiply adds the products of one number of every row, all in the same lane of their vectors, and
// a row of weights.
func (s *neonProduct) multiply(x bundle, lane int, w arm64.Register) {
	for v := 0; v < productVectors; v += 2 {
		for i, weights := range s.m.loads(w, 2) {
			for j, row := range s.sums {
				s.m.Word("fmla v%x.4s, v%r.4s, v%r.s[%d]", row[v+i], weights, x[j], lane)
			}
		}
	}
}

// pointers returns the rows that a tap reads.
func (s *neonProduct) pointers(rows int, table arm64.Register) []arm64.Register {
	m, x := s.m, s.word("x")
	p := make([]arm64.Register, rows)
	for j := range p {
		p[j] = m.General()
	}
	m.Record("CBNZ R%r, %l", table, s.name+"table")
	ldx := s.word("ldx")
	m.Copy(x, p[0])
	for j := 1; j < rows; j++ {
		m.Record("ADD R%r, R%r, R%w", ldx, p[j-1], p[j])
	}
	m.Record("JMP %l", s.name+"dense")
	m.Label(s.name + "table")
	zero := s.word("zero")
	for j := range p {
		at := m.General()
		m.Record("MOVW %d(R%r), R%w", 4*j, table, at)
		m.Record("CMP $0, R%r", at)
		m.Record("ADD R%r<<2, R%r, R%w", at, x, at)
		m.Record("CSEL LT, R%r, R%r, R%w", zero, at, p[j])
	}
	m.Label(s.name + "dense")
	return p
}

// advance moves to the next tile.
func (s *neonProduct) advance() {
	m := s.m
	add := func(field, step string, times int) {
		to, by := s.word(field), s.word(step)
		for range times {
			m.Record("ADD R%r, R%x", by, to)
		}
		s.set(field, to)
	}
	add("y", "ldy", productTile)
	add("residual", "ldr", productTile)
	add("x", "nextX", 1)
	add("table", "nextTable", 1)
	left, none := s.word("aheadTiles"), m.General()
	m.Record("SUB $1, R%x", left)
	s.set("aheadTiles", left)
	m.Record("CBNZ R%r, %l", left, "fetching")
	m.Record("MOVD $0, R%w", none)
	s.set("aheadStep", none)
	m.Label("fetching")
}

// start fills the sums with y or the bias.
func (s *neonProduct) start() {
	m := s.m
	m.Record("CBNZ R%r, %l", s.word("accumulate"), s.name+"accumulate")
	bias := s.word("bias")
	s.bothWays("bias", func(part *neonColumns) {
		for v, x := range part.load(bias) {
			for _, row := range s.sums {
				m.Copy(x.(arm64.Register), row[v].(arm64.Register))
			}
		}
		s.zero(part)
	})
	m.Record("JMP %l", s.name+"started")
	m.Label(s.name + "accumulate")
	s.bothWays("accumulate", func(part *neonColumns) {
		s.eachRow("y", "ldy", func(j int, p arm64.Register) {
			for v, x := range part.load(p) {
				m.Copy(x.(arm64.Register), s.sums[j][v].(arm64.Register))
			}
		})
		s.zero(part)
	})
	m.Label(s.name + "started")
}

// zero clears the sums of missing columns.
func (s *neonProduct) zero(part *neonColumns) {
	for v := part.vectors(); v < productVectors; v++ {
		for _, row := range s.sums {
			s.m.Record("VMOVI $0, V%w.B16", row[v])
		}
	}
}

// finish adds the residual, clamps and writes y. An incomplete sum has no residual and infinite
// limits.
func (s *neonProduct) finish() {
	m := s.m
	m.Record("CBZ R%r, %l", s.word("residual"), s.name+"alone")
	s.bothWays("residual", func(part *neonColumns) {
		s.eachRow("residual", "ldr", func(j int, p arm64.Register) {
			x := part.load(p)
			m.addTo(s.sums[j][:len(x)], x)
		})
	})
	m.Label(s.name + "alone")
	lo, hi := s.limits()
	for _, row := range s.sums {
		for _, sum := range row {
			m.Word("fmax v%w.4s, v%r.4s, v%r.4s", sum, sum, lo)
			m.Word("fmin v%w.4s, v%r.4s, v%r.4s", sum, sum, hi)
		}
	}
	s.bothWays("store", func(part *neonColumns) {
		s.eachRow("y", "ldy", func(j int, p arm64.Register) { part.store(s.sums[j], p) })
	})
}

// eachRow calls f with the address of every row of the tile in an array.
func (s *neonProduct) eachRow(array, stride string, f func(j int, p arm64.Register)) {
	p, ld := s.word(array), s.word(stride)
	for j := range s.sums {
		f(j, p)
		if j+1 < len(s.sums) {
			s.m.Record("ADD R%r, R%x", ld, p)
		}
	}
}

// bothWays writes code for all columns, and for a part of them by the number of whole vectors.
func (s *neonProduct) bothWays(what string, write func(part *neonColumns)) {
	m, name := s.m, s.name+what
	m.Record("CBNZ R%r, %l", s.word("partial"), name+"partial")
	write(&neonColumns{m: m, whole: productVectors})
	m.Record("JMP %l", name+"end")
	m.Label(name + "partial")
	whole := s.word("whole")
	part := neonColumns{m: m, places: []arm64.Register{s.word("second"), s.word("third"), s.word("fourth")}}
	for part.whole = range productVectors - 1 {
		next := label(name+"not", part.whole)
		m.Record("CMP $%d, R%r", part.whole, whole)
		m.Record("BNE %l", next)
		write(&part)
		m.Record("JMP %l", name+"end")
		m.Label(next)
	}
	part.whole = productVectors - 1
	write(&part)
	m.Label(name + "end")
}

// neonColumns says how the columns of a row are loaded and stored: as whole vectors and, unless
// these are all, one vector of one to four numbers. Each lane of that vector has an address of its
// own; missing lanes use that of the last number.
type neonColumns struct {
	m      *neon
	whole  int
	places []arm64.Register // offsets in bytes of lanes 1 to 3 from the first number of the last vector
}

// vectors returns the number of vectors.
func (c *neonColumns) vectors() int { return min(c.whole+1, productVectors) }

func (c *neonColumns) load(p arm64.Register) bundle {
	v := c.m.loadsAt(p, 0, c.whole)
	if c.whole == productVectors {
		return v
	}
	m, x, first := c.m, c.m.Vector(), c.first(p)
	m.Record("FMOVS (R%r), F%w", first, x)
	for lane, offset := range c.places {
		m.Record("VLD1 (R%r), V%x.S[%d]", c.at(first, offset), x, lane+1)
	}
	return append(v, x)
}

// store begins with the last lane, so that if several lanes have one address, the number of the
// column is written last.
func (c *neonColumns) store(v bundle, p arm64.Register) {
	m := c.m
	for i := 0; i+1 < c.whole; i += 2 {
		m.Record("FSTPQ (F%r, F%r), %d(R%r)", v[i], v[i+1], 16*i, p)
	}
	if c.whole%2 == 1 {
		m.Record("FMOVQ F%r, %d(R%r)", v[c.whole-1], 16*(c.whole-1), p)
	}
	if c.whole == productVectors {
		return
	}
	last, first := v[c.whole], c.first(p)
	for lane := 3; lane >= 1; lane-- {
		m.Record("VST1 V%r.S[%d], (R%r)", last, lane, c.at(first, c.places[lane-1]))
	}
	m.Record("FMOVS F%r, (R%r)", last, first)
}

// first returns where the last vector begins.
func (c *neonColumns) first(p arm64.Register) arm64.Register {
	if c.whole == 0 {
		return p
	}
	r := c.m.General()
	c.m.Record("ADD $%d, R%r, R%w", 16*c.whole, p, r)
	return r
}

func (c *neonColumns) at(p, offset arm64.Register) arm64.Register {
	r := c.m.General()
	c.m.Record("ADD R%r, R%r, R%w", offset, p, r)
	return r
}
