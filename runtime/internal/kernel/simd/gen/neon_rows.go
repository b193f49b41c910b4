package main

import "github.com/pollard-dev/pollard/runtime/internal/kernel/simd/gen/arm64"

// strips goes over n numbers, in steps of side vectors for each of sides, the last of which must be
// 1, and then over what is left.
func (m *neon) strips(n arm64.Register, sides []int, step func(side int), rest func()) {
	left := m.General()
	m.Copy(n, left)
	for _, side := range sides {
		loop, done := label("strip", side), label("stripped", side)
		m.Record("SUBS $%d, R%x", side*lanes, left)
		m.Record("BLT %l", done)
		m.Label(loop)
		step(side)
		m.Record("SUBS $%d, R%x", side*lanes, left)
		m.Record("BGE %l", loop)
		m.Label(done)
		m.Record("ADD $%d, R%x", side*lanes, left)
	}
	m.Record("CBZ R%r, %l", left, "stripsEnd")
	rest()
	m.Label("stripsEnd")
}

// pool goes over the rows, within a row over the channels, and within these over the taps.
func (m *neon) pool(p pooling) {
	bases := m.function(p.name()+"NEON", "func(y, x []float32, offsets []int32, taps, rows, c, ldy int"+p.parameter()+")", "y", "x", "offsets")
	y, x, offsets := bases[0].(arm64.Register), bases[1].(arm64.Register), bases[2].(arm64.Register)
	taps, rows, c, ldy := m.Parameter("taps"), m.Parameter("rows"), m.Parameter("c"), m.Parameter("ldy")
	last, row, to, from := m.tail(c), m.General(), m.General(), m.General()
	// sum shows a strip's numbers under all taps, first two taps at a time and then one.
	sum := func(name string, side int, load func(at arm64.Register, show func(first int, v bundle))) bundle {
		state := p.begin(side)
		tap, left, at := m.General(), m.General(), []arm64.Register{m.General(), m.General()}
		show := func(name string, at arm64.Register) {
			m.Record("TBNZ $63, R%r, %l", at, name)
			m.Record("ADD R%r<<2, R%r, R%w", at, from, at)
			load(at, func(first int, v bundle) {
				part := make([]bundle, len(state))
				for i, s := range state {
					part[i] = s[first:][:len(v)]
				}
				p.see(part, v)
			})
			m.Label(name)
		}
		m.Copy(offsets, tap)
		m.Record("SUBS $2, R%r, R%w", taps, left)
		m.Record("BLT %l", "one"+name)
		m.Label("two" + name)
		m.Record("LDPSW.P 8(R%x), (R%w, R%w)", tap, at[0], at[1])
		show("first"+name, at[0])
		show("second"+name, at[1])
		m.Record("SUBS $2, R%x", left)
		m.Record("BGE %l", "two"+name)
		m.Label("one" + name)
		m.Record("TBZ $0, R%r, %l", left, "all"+name)
		m.Record("MOVW (R%r), R%w", tap, at[0])
		show("all"+name, at[0])
		return p.end(state, row)
	}
	m.Record("MOVD $0, R%w", row)
	m.Label("row")
	m.Record("CMP R%r, R%r", rows, row)
	m.Record("BGE %l", "done")
	m.Copy(y, to)
	m.Copy(x, from)
	m.strips(c, []int{16, 8, 4, 1}, func(side int) {
		m.stores(sum(label("", side), side, func(at arm64.Register, show func(int, bundle)) {
			for i := 0; i < side; i += 8 {
				show(i, m.loads(at, min(8, side)))
			}
		}), to)
		m.Record("ADD $%d, R%x", 4*lanes*side, from)
	}, func() {
		last.store(sum("last", 1, func(at arm64.Register, show func(int, bundle)) { show(0, bundle{last.load(at)}) })[0], to)
	})
	m.advance(y, ldy)
	m.advance(offsets, taps)
	m.Record("ADD $1, R%x", row)
	m.Record("JMP %l", "row")
	m.Label("done")
	m.end()
}

// sumRows adds the rows in double precision and multiplies the sums by a factor.
func (m *neon) sumRows() {
	bases := m.function("sumRowsNEON", "func(y, x []float32, rows, c, ld int, factor float64)", "y", "x")
	y, x := bases[0].(arm64.Register), bases[1].(arm64.Register)
	rows, c, ld := m.Parameter("rows"), m.Parameter("c"), m.Parameter("ld")
	last, factor := m.tail(c), m.Vector()
	m.Record("LSL $2, R%x", ld)
	m.Record("VDUP V%r.D[0], V%w.D2", m.Double("factor"), factor)
	sum := func(name string, side int, load func(from arm64.Register) bundle) bundle {
		sums := m.zeroes(2 * side)
		from, left := m.General(), m.General()
		m.Copy(x, from)
		m.Copy(rows, left)
		m.Label("sum" + name)
		for k, v := range load(from) {
			m.addDoubles(sums[2*k:], m.double(v))
		}
		m.Record("ADD R%r, R%x", ld, from)
		m.Record("SUB $1, R%x", left)
		m.Record("CBNZ R%r, %l", left, "sum"+name)
		return m.single(sums, factor)
	}
	m.strips(c, []int{4, 1}, func(side int) {
		m.stores(sum(label("", side), side, func(from arm64.Register) bundle { return m.loadsAt(from, 0, side) }), y)
		m.Record("ADD $%d, R%x", 4*lanes*side, x)
	}, func() {
		last.store(sum("last", 1, func(from arm64.Register) bundle { return bundle{last.load(from)} })[0], y)
	})
	m.end()
}

// loadsAt loads n vectors from a pointer plus an offset.
func (m *neon) loadsAt(p arm64.Register, offset, n int) bundle {
	v := m.several(n)
	for i := 0; i+1 < n; i += 2 {
		m.Record("FLDPQ %d(R%r), (F%w, F%w)", offset+16*i, p, v[i], v[i+1])
	}
	if n%2 == 1 {
		m.Record("FMOVQ %d(R%r), F%w", offset+16*(n-1), p, v[n-1])
	}
	return v
}
