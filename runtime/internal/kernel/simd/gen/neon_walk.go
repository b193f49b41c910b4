package main

import "github.com/pollard-dev/pollard/runtime/internal/kernel/simd/gen/arm64"

// neonTail is what is left of a row, one number to three. There are no masks. Instead, each lane of
// a vector has an address of its own, and missing lanes use that of the last number, so that
// nothing beyond the row is read or written.
type neonTail struct {
	m             *neon
	left          arm64.Register
	second, third arm64.Register // offsets in bytes of lanes 1 and 2 from the first number
}

func (m *neon) tailOf(n scalar) tail { return m.tail(n) }

func (m *neon) tail(n scalar) neonTail {
	t := neonTail{m, m.General(), m.General(), m.General()}
	m.Record("AND $3, R%r, R%w", n, t.left)
	m.Record("AND $2, R%r, R%w", n, t.second)
	m.Record("LSL $1, R%x", t.second)
	m.Record("LSL $2, R%r, R%w", t.left, t.third)
	m.Record("SUB $4, R%x", t.third)
	return t
}

// at returns the address of a lane.
func (t neonTail) at(from, offset arm64.Register) arm64.Register {
	p := t.m.General()
	t.m.Record("ADD R%r, R%r, R%w", offset, from, p)
	return p
}

// load leaves a number of the tail or zero in the other lanes.
func (t neonTail) load(from arm64.Register) arm64.Register {
	v := t.m.Vector()
	t.m.Record("FMOVS (R%r), F%w", from, v)
	t.m.Record("VLD1 (R%r), V%x.S[1]", t.at(from, t.second), v)
	t.m.Record("VLD1 (R%r), V%x.S[2]", t.at(from, t.third), v)
	return v
}

// store begins with the last lane, so that if several lanes have one address, the number of the
// tail is written last.
func (t neonTail) store(v vector, to arm64.Register) {
	t.m.Record("VST1 V%r.S[2], (R%r)", v, t.at(to, t.third))
	t.m.Record("VST1 V%r.S[1], (R%r)", v, t.at(to, t.second))
	t.m.Record("FMOVS F%r, (R%r)", v, to)
}

// mask returns ones where the tail is.
func (t neonTail) mask() arm64.Register {
	v := t.m.Vector()
	t.m.Record("VDUP R%r, V%w.S4", t.left, v)
	t.m.Record("VSUB V%r.S4, V%r.S4, V%w.S4", v, t.m.Constants(0, 1, 2, 3), v)
	t.m.Word("sshr v%w.4s, v%r.4s, #%d", v, v, 31)
	return v
}

func (t neonTail) clear(v vector) vector { return t.m.keep(truth{t.mask()}, bundle{v})[0] }

func (t neonTail) others(v vector, other float64) vector {
	return t.choose(v, t.m.same(other, 1)[0])
}

func (t neonTail) choose(v, other vector) vector {
	return t.m.choose(truth{t.mask()}, bundle{v}, bundle{other})[0]
}

func (m *neon) prepare(*walk) {}

// row advances pointers of its own: in and out stay at the row's beginning.
func (m *neon) row(w *walk) {
	p := map[scalar]arm64.Register{}
	for _, base := range append([]scalar{w.out}, w.in...) {
		if _, ok := p[base]; !ok && base != nil {
			p[base] = m.General()
			m.Copy(base.(arm64.Register), p[base])
		}
	}
	left := m.General()
	m.Copy(w.n.(arm64.Register), left)
	for _, side := range []int{w.side, 1} {
		loop, done := label("vectors", side), label("left", side)
		m.Record("SUBS $%d, R%x", side*lanes, left)
		m.Record("BLT %l", done)
		m.Label(loop)
		in := make([]bundle, len(w.in))
		for k, base := range w.in {
			in[k] = m.loads(p[base], side)
		}
		m.stores(w.f(in...), p[w.out])
		m.Record("SUBS $%d, R%x", side*lanes, left)
		m.Record("BGE %l", loop)
		m.Label(done)
		m.Record("ADD $%d, R%x", side*lanes, left)
	}
	m.Record("CBZ R%r, %l", left, "end")
	m.last(w, p)
	m.Label("end")
}

// loads loads n vectors from a pointer and advances it.
func (m *neon) loads(p arm64.Register, n int) bundle {
	v := m.several(n)
	for i := 0; i+1 < n; i += 2 {
		m.Record("FLDPQ.P 32(R%x), (F%w, F%w)", p, v[i], v[i+1])
	}
	if n%2 == 1 {
		m.Record("FMOVQ.P 16(R%x), F%w", p, v[n-1])
	}
	return v
}

func (m *neon) stores(v bundle, p arm64.Register) {
	for i := 0; i+1 < len(v); i += 2 {
		m.Record("FSTPQ.P (F%r, F%r), 32(R%x)", v[i], v[i+1], p)
	}
	if len(v)%2 == 1 {
		m.Record("FMOVQ.P F%r, 16(R%x)", v[len(v)-1], p)
	}
}

func (m *neon) last(w *walk, p map[scalar]arm64.Register) {
	t := w.tail.(neonTail)
	in := make([]bundle, len(w.in))
	for k, base := range w.in {
		in[k] = bundle{t.load(p[base])}
	}
	f := w.f
	if w.rest != nil {
		f = w.rest
	}
	if w.rest != nil || w.out == nil { // what is not stored is summed
		for k := range in {
			in[k] = bundle{t.clear(in[k][0])}
		}
	}
	for _, v := range f(in...) {
		t.store(v, p[w.out])
	}
}
