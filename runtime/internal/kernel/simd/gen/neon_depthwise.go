package main

import "github.com/pollard-dev/pollard/runtime/internal/kernel/simd/gen/arm64"

func init() { familiesARM64["depthwise"] = func() { eachNEON((*neon).depthwise) } }

// neonDepthwise is what the parts of the function share.
type neonDepthwise struct {
	neonFields
	vectors int       // number of vectors in a step
	few     *neonTail // fewer channels than a vector holds
	name    string
	sums    []bundle
	holes   []func() // code for rows that are all zeros, written after the function

	c, left, table, y, residual arm64.Register // c: offset of the step's channels in bytes
}

// depthwiseTile is the number of rows in a tile. Two rows of eight vectors fit besides their
// weights and the numbers they multiply.
const depthwiseTile = 2

func (m *neon) depthwise() {
	s := &neonDepthwise{neonFields: m.fields("depthwiseNEON", "depthwiseNEON is depthwiseGo; a is a depthwiseArgs.",
		"firstTable", "firstY", "firstResidual", "x", "zero", "w", "bias", "table", "y", "residual", "taps", "channels", "ldy", "ldr",
		"limits", "nothing", "tiles", "rest", "left", "count", "nextTable", "mask"),
		c: m.General(), table: m.General(), y: m.General(), residual: m.General()}
	m.Record("MOVD $0, R%w", s.c)
	s.left = s.word("channels")
	for i, vectors := range []int{8, 4, 2, 1, 0} {
		s.vectors, s.name = vectors, label("step", i)
		least := vectors * lanes
		if vectors == 0 {
			s.vectors, least = 1, 1
		}
		next := label("next", i)
		m.Label(s.name)
		m.Record("CMP $%d, R%r", least, s.left)
		m.Record("BLT %l", next)
		if vectors == 0 {
			few := m.tail(s.left)
			s.few = &few
		}
		s.channels()
		if vectors == 0 {
			m.Label(next)
			break
		}
		m.Record("ADD $%d, R%x", 16*vectors, s.c)
		m.Record("SUB $%d, R%x", 4*vectors, s.left)
		m.Record("JMP %l", label("step", i))
		m.Label(next)
	}
	m.end()
	for _, write := range s.holes {
		write()
	}
}

// channels writes the loops over all rows for a step's channels. They are inside the loops over
// channels, so that the step's weights stay in the first-level cache, and for small images x does
// too.
func (s *neonDepthwise) channels() {
	m, name := s.m, s.name
	m.Copy(s.word("firstTable"), s.table)
	m.Record("ADD R%r, R%r, R%w", s.word("firstY"), s.c, s.y)
	m.Record("ADD R%r, R%r, R%w", s.word("firstResidual"), s.c, s.residual)
	for _, loop := range []struct {
		count string
		rows  int
	}{{"tiles", depthwiseTile}, {"rest", 1}} {
		s.name = name + loop.count
		count := s.word(loop.count)
		m.Record("CBZ R%r, %l", count, s.name+"end")
		m.Label(s.name)
		s.tile(loop.rows)
		if loop.rows == 1 {
			m.Record("ADD $4, R%x", s.table)
		} else {
			m.Record("ADD R%r, R%x", s.word("nextTable"), s.table)
		}
		m.Record("SUB $1, R%x", count)
		m.Record("CBNZ R%r, %l", count, s.name)
		m.Label(s.name + "end")
	}
}

// tile writes the sums of a step's channels for the given number of rows.
func (s *neonDepthwise) tile(rows int) {
	m := s.m
	s.start(rows)
	table, taps, w, x, zero := m.General(), s.word("taps"), s.word("w"), s.word("x"), s.word("zero")
	m.Copy(s.table, table)
	m.Record("MADD R%r, R%r, R%r, R%w", taps, w, s.c, w)
	m.Record("ADD R%r, R%x", s.c, x)
	m.Record("ADD R%r, R%x", s.c, zero)
	m.Label(s.name + "tap")
	at := []arm64.Register{m.General(), m.General()}[:rows]
	if rows == 1 {
		m.Record("MOVW.P %d(R%x), R%w", 4*depthwiseTile, table, at[0])
	} else {
		m.Record("LDPSW.P %d(R%x), (R%w, R%w)", 4*depthwiseTile, table, at[0], at[1])
	}
	p := make([]arm64.Register, rows)
	for j := range p {
		p[j] = s.row(label(s.name, j), at[j], x, zero)
	}
	weights := m.loads(w, s.vectors)
	// A row is loaded while the one before it is multiplied. Registers become free for it, and
	// in-order processors need not wait.
	row := s.load(p[0], 0, s.vectors)
	for j, sums := range s.sums {
		var next bundle
		for v := 0; v < s.vectors; v += 2 {
			end := min(v+2, s.vectors)
			m.fma(row[v:end], weights[v:end], sums[v:end])
			if j+1 < rows {
				next = append(next, s.load(p[j+1], v, end)...)
			}
		}
		row = next
	}
	m.Record("SUB $1, R%x", taps)
	m.Record("CBNZ R%r, %l", taps, s.name+"tap")
	s.finish()
}

// row returns the address of the row at an offset from x, or of zeros if the offset is negative.
func (s *neonDepthwise) row(name string, at, x, zero arm64.Register) arm64.Register {
	m, p := s.m, s.m.General()
	m.Record("TBNZ $63, R%r, %l", at, name+"hole")
	m.Record("ADD R%r<<2, R%r, R%w", at, x, p)
	m.Label(name + "there")
	s.holes = append(s.holes, func() {
		m.Label(name + "hole")
		m.Copy(zero, p)
		m.Record("JMP %l", name+"there")
	})
	return p
}

// load loads vectors v to end of a row's channels.
func (s *neonDepthwise) load(p arm64.Register, v, end int) bundle {
	if s.few != nil {
		return bundle{s.few.load(p)}
	}
	return s.m.loadsAt(p, 16*v, end-v)
}

// start fills the sums with the bias or zeros.
func (s *neonDepthwise) start(rows int) {
	m, bias := s.m, s.word("bias")
	s.sums = make([]bundle, rows)
	for j := range s.sums {
		s.sums[j] = m.several(s.vectors)
	}
	begin := func(v bundle) {
		for i := range v {
			for _, row := range s.sums {
				m.Copy(v[i].(arm64.Register), row[i].(arm64.Register))
			}
		}
	}
	m.Record("CBZ R%r, %l", bias, s.name+"nobias")
	m.Record("ADD R%r, R%x", s.c, bias)
	begin(s.load(bias, 0, s.vectors))
	m.Record("JMP %l", s.name+"started")
	m.Label(s.name + "nobias")
	begin(m.zeroes(s.vectors))
	m.Label(s.name + "started")
}

// finish adds the residual, clamps, writes the rows, and advances to the next ones.
func (s *neonDepthwise) finish() {
	m := s.m
	m.Record("CBZ R%r, %l", s.word("firstResidual"), s.name+"alone")
	for _, row := range s.sums {
		m.addTo(row, s.load(s.residual, 0, s.vectors))
		m.Record("ADD R%r, R%x", s.word("ldr"), s.residual)
	}
	m.Label(s.name + "alone")
	lo, hi := s.limits()
	for _, row := range s.sums {
		for i, v := range (level{"NEON", m}).clamp(row, []bundle{all(lo, len(row)), all(hi, len(row))}) {
			if s.few != nil {
				s.few.store(v, s.y)
			} else {
				m.Record("FMOVQ F%r, %d(R%r)", v, 16*i, s.y)
			}
		}
		m.Record("ADD R%r, R%x", s.word("ldy"), s.y)
	}
}
