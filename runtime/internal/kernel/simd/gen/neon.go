package main

import (
	"math"
	"strings"

	"github.com/pollard-dev/pollard/runtime/internal/kernel/simd/gen/arm64"
)

// neon is arm64 with Advanced SIMD: 32 vectors of four numbers each, and no masks.
type neon struct {
	file *arm64.File
	*arm64.Function
	parameters map[arm64.Register]string // by the vectors that hold them
}

// lanes is the number of lanes in a vector.
const lanes = 4

func (m *neon) function(name, signature string, slices ...string) (bases []scalar) {
	m.about(name, signature, name+" is "+strings.TrimSuffix(name, "NEON")+"Go.")
	for _, s := range slices {
		bases = append(bases, m.Parameter(s+"_base"))
	}
	return bases
}

func (m *neon) length(slice string) scalar { return m.Parameter(slice + "_len") }
func (m *neon) integer(name string) scalar { return m.Parameter(name) }

func (m *neon) parameter(name string) vector {
	v := m.spread(m.Single(name))
	m.parameters[v] = name
	return v
}

// spread copies the lowest lane of a vector to all lanes.
func (m *neon) spread(v arm64.Register) arm64.Register {
	to := m.Vector()
	m.Record("VDUP V%r.S[0], V%w.S4", v, to)
	return to
}

func (m *neon) element(slice string, i scalar) vector {
	at, v := m.General(), m.Vector()
	m.Record("ADD R%r<<2, R%r, R%w", i, m.Parameter(slice+"_base"), at)
	m.Record("VLD1R (R%r), [V%w.S4]", at, v)
	return v
}

func (m *neon) repeat(n scalar, label string, f func()) {
	m.Label(label)
	m.Record("CMP $0, R%r", n)
	m.Record("BLE %l", "done")
	f()
	m.Record("SUB $1, R%x", n)
	m.Record("JMP %l", label)
	m.Label("done")
}

func (m *neon) advance(base, by scalar) { m.Record("ADD R%r<<2, R%x", by, base) }

func (m *neon) end()                 { m.Return() }
func (m *neon) give(v vector)        { m.Return(v.(arm64.Register)) }
func (m *neon) giveDouble(v vector)  { m.Return(v.(arm64.Register)) }
func (m *neon) giveInteger(v vector) { m.Return(v.(arm64.Register)) }

func (m *neon) beside(_, many int) int { return many }

func (m *neon) several(n int) bundle {
	v := make(bundle, n)
	for i := range v {
		v[i] = m.Vector()
	}
	return v
}

func (m *neon) zeroes(n int) bundle {
	v := m.several(n)
	for _, z := range v {
		m.Record("VMOVI $0, V%w.B16", z)
	}
	return v
}

func (m *neon) fillBits(b uint32, n int) bundle {
	v := make(bundle, n)
	for i := range v {
		v[i] = m.Constant(b)
	}
	return v
}

func (m *neon) fill(x float64, n int) bundle { return m.fillBits(bitsOf(x), n) }
func (m *neon) same(x float64, n int) bundle { return all(m.Constant(bitsOf(x)), n) }

// copy loads a parameter again. That costs no more than a copy, and nothing if loads are not the
// bottleneck.
func (m *neon) copy(a bundle) bundle {
	v := m.several(len(a))
	for i := range a {
		if name, ok := m.parameters[a[i].(arm64.Register)]; ok {
			m.Record("VLD1R (R%r), [V%w.S4]", m.AddressOf(name), v[i])
			continue
		}
		m.Copy(a[i].(arm64.Register), v[i].(arm64.Register))
	}
	return v
}

// one applies an instruction with one source to bundles.
func (m *neon) one(template string, a bundle, more ...any) bundle {
	v := m.several(len(a))
	for i := range a {
		m.Word(template, append([]any{v[i], a[i]}, more...)...)
	}
	return v
}

// two applies an instruction with two sources to bundles.
func (m *neon) two(template string, a, b bundle) bundle {
	v := m.several(len(a))
	for i := range a {
		m.Word(template, v[i], a[i], b[i])
	}
	return v
}

// known is like two, for an instruction that Go's assembler has, which names the second source
// first.
func (m *neon) known(template string, a, b bundle) bundle {
	v := m.several(len(a))
	for i := range a {
		m.Record(template, b[i], a[i], v[i])
	}
	return v
}

func (m *neon) add(a, b bundle) bundle   { return m.two("fadd v%w.4s, v%r.4s, v%r.4s", a, b) }
func (m *neon) sub(a, b bundle) bundle   { return m.two("fsub v%w.4s, v%r.4s, v%r.4s", a, b) }
func (m *neon) mul(a, b bundle) bundle   { return m.two("fmul v%w.4s, v%r.4s, v%r.4s", a, b) }
func (m *neon) div(a, b bundle) bundle   { return m.two("fdiv v%w.4s, v%r.4s, v%r.4s", a, b) }
func (m *neon) sqrt(a bundle) bundle     { return m.one("fsqrt v%w.4s, v%r.4s", a) }
func (m *neon) addTo(sum, x bundle)      { m.into("fadd v%w.4s, v%r.4s, v%r.4s", sum, x) }
func (m *neon) minus(a bundle) bundle    { return m.one("fneg v%w.4s, v%r.4s", a) }
func (m *neon) absolute(a bundle) bundle { return m.one("fabs v%w.4s, v%r.4s", a) }

// into is like two, with the result in the registers of the first source.
func (m *neon) into(template string, to, x bundle) {
	for i := range x {
		m.Word(template, to[i], to[i], x[i])
	}
}

func (m *neon) fma(a, b, c bundle) bundle {
	for i := range c {
		m.Record("VFMLA V%r.S4, V%r.S4, V%x.S4", b[i], a[i], c[i])
	}
	return c
}

func (m *neon) fnma(a, b, c bundle) bundle {
	for i := range c {
		m.Record("VFMLS V%r.S4, V%r.S4, V%x.S4", b[i], a[i], c[i])
	}
	return c
}

// fms negates c first, so that a difference of zero has the same sign as on other machines.
func (m *neon) fms(a, b, c bundle) bundle {
	for _, v := range c {
		m.Word("fneg v%w.4s, v%r.4s", v, v)
	}
	return m.fma(a, b, c)
}

// horner loads a coefficient for each vector. Multiply-add overwrites it, and a load costs no more
// than a copy.
func (m *neon) horner(x bundle, c []float64) bundle {
	y := m.fill(c[len(c)-1], len(x))
	for k := len(c) - 2; k >= 0; k-- {
		y = m.fma(y, x, m.fill(c[k], len(x)))
	}
	return y
}

// NaN wins in these instructions, on whichever side it is.
func (m *neon) atLeast(a, least bundle) bundle { return m.two("fmax v%w.4s, v%r.4s, v%r.4s", a, least) }
func (m *neon) atMost(a, most bundle) bundle   { return m.two("fmin v%w.4s, v%r.4s, v%r.4s", a, most) }
func (m *neon) larger(a, b bundle) bundle      { return m.atLeast(a, b) }
func (m *neon) smaller(a, b bundle) bundle     { return m.atMost(a, b) }

func (m *neon) largest(n int) largest { return neonLargest{m, m.fill(negativeInfinity, n)} }

type neonLargest struct {
	m   *neon
	top bundle
}

func (g neonLargest) see(v bundle) { g.m.into("fmax v%w.4s, v%r.4s, v%r.4s", g.top, v) }

func (g neonLargest) fold() vector {
	return g.m.fold(g.top, "fmax v%w.4s, v%r.4s, v%r.4s", func(v, to vector) { g.m.Word("fmaxv s%w, v%r.4s", to, v) })
}

// fold reduces several vectors to one, and that to one number.
func (m *neon) fold(v bundle, template string, across func(v, to vector)) vector {
	for len(v) > 1 {
		for i := range len(v) / 2 {
			m.Word(template, v[i], v[i], v[len(v)-1-i])
		}
		v = v[:(len(v)+1)/2]
	}
	to := m.Vector()
	across(v[0], to)
	return to
}

func (m *neon) foldSums(v bundle) vector {
	return m.fold(v, "fadd v%w.4s, v%r.4s, v%r.4s", func(v, to vector) {
		m.Word("faddp v%w.4s, v%r.4s, v%r.4s", to, v, v)
		m.Word("faddp v%w.4s, v%r.4s, v%r.4s", to, to, to)
	})
}

func (m *neon) foldDoubles(v bundle) vector {
	return m.fold(v, "fadd v%w.2d, v%r.2d, v%r.2d", func(v, to vector) { m.Word("faddp d%w, v%r.2d", to, v) })
}

func (m *neon) foldIntegers(v bundle) vector {
	return m.fold(v, "smax v%w.4s, v%r.4s, v%r.4s", func(v, to vector) { m.Word("smaxv s%w, v%r.4s", to, v) })
}

func (m *neon) addDoubles(sum, x bundle)     { m.into("fadd v%w.2d, v%r.2d, v%r.2d", sum, x) }
func (m *neon) largerIntegers(x, top bundle) { m.into("smax v%w.4s, v%r.4s, v%r.4s", top, x) }

func (m *neon) double(v vector) bundle {
	d := m.several(2)
	m.Word("fcvtl v%w.2d, v%r.2s", d[0], v)
	m.Word("fcvtl2 v%w.2d, v%r.4s", d[1], v)
	return d
}

func (m *neon) single(halves bundle, factor vector) (v bundle) {
	for k := 0; k < len(halves); k += 2 {
		for _, h := range halves[k : k+2] {
			m.Word("fmul v%w.2d, v%r.2d, v%r.2d", h, h, factor)
		}
		to := m.Vector()
		m.Word("fcvtn v%w.2s, v%r.2d", to, halves[k])
		m.Word("fcvtn2 v%x.4s, v%r.2d", to, halves[k+1])
		v = append(v, to)
	}
	return v
}

func (m *neon) and(a bundle, b uint32) bundle {
	return m.known("VAND V%r.B16, V%r.B16, V%w.B16", a, all(m.Constant(b), len(a)))
}

func (m *neon) or(a, b bundle) bundle  { return m.known("VORR V%r.B16, V%r.B16, V%w.B16", a, b) }
func (m *neon) xor(a, b bundle) bundle { return m.known("VEOR V%r.B16, V%r.B16, V%w.B16", a, b) }

func (m *neon) negative(a bundle) bundle { return m.or(a, all(m.Constant(sign), len(a))) }

func (m *neon) where(a bundle, predicate int, b bundle) truth {
	switch predicate {
	case equal:
		return truth(m.two("fcmeq v%w.4s, v%r.4s, v%r.4s", a, b))
	case less:
		return truth(m.two("fcmgt v%w.4s, v%r.4s, v%r.4s", b, a))
	case greater:
		return truth(m.two("fcmgt v%w.4s, v%r.4s, v%r.4s", a, b))
	}
	panic("gen: no such comparison for arm64")
}

func (m *neon) choose(t truth, yes, no bundle) bundle {
	v := m.several(len(t))
	for i := range t {
		m.Choose(t[i].(arm64.Register), yes[i].(arm64.Register), no[i].(arm64.Register), v[i].(arm64.Register))
	}
	return v
}

func (m *neon) keep(t truth, a bundle) bundle {
	return m.known("VAND V%r.B16, V%r.B16, V%w.B16", a, bundle(t))
}

func (m *neon) round(a bundle) {
	for _, v := range a {
		m.Word("frintn v%w.4s, v%r.4s", v, v)
	}
}

// scale multiplies by two powers of two, because a single one would exceed the range of exponents.
func (m *neon) scale(a, n bundle) bundle {
	bias := all(m.Constant(127), len(n))
	power := func(n bundle) bundle { // made from its bits
		v := m.known("VADD V%r.S4, V%r.S4, V%w.S4", n, bias)
		for i := range v {
			m.Record("VSHL $23, V%r.S4, V%w.S4", v[i], v[i])
		}
		return v
	}
	whole := m.one("fcvtns v%w.4s, v%r.4s", n)
	half := m.one("sshr v%w.4s, v%r.4s, #%d", whole, 1)
	whole = m.known("VSUB V%r.S4, V%r.S4, V%w.S4", whole, half)
	return m.mul(m.mul(a, power(half)), power(whole))
}

func (m *neon) mantissa(x bundle) (mantissa, e bundle, all bool) {
	n := len(x)
	small := m.where(x, less, m.same(0x1p-126, n))
	x = m.choose(small, m.mul(x, m.same(0x1p23, n)), x)
	bias := m.choose(small, m.same(-127-23, n), m.same(-127, n))
	e = m.several(n)
	for i := range x {
		m.Record("VUSHR $23, V%r.S4, V%w.S4", x[i], e[i])
	}
	e = m.one("scvtf v%w.4s, v%r.4s", e)
	return m.or(m.and(x, 1<<23-1), m.same(1, n)), m.add(e, bias), false
}

func (m *neon) clampOf() {
	bases, n := level{"NEON", m}.begin("clamp", "func(y, x []float32, lo, hi float32)", "y", "x")
	lo, hi := m.parameter("lo"), m.parameter("hi")
	walk{l: m, side: m.beside(4, 8), in: bases[1:], out: bases[0], n: n, tail: m.tailOf(n), f: func(in ...bundle) bundle {
		side := len(in[0])
		return level{"NEON", m}.clamp(in[0], []bundle{all(lo, side), all(hi, side)})
	}}.emit()
	m.end()
}

func (m *neon) maximum() pooling { return neonMaximum{m} }

// neonMaximum needs no state but the largest numbers.
type neonMaximum struct{ m *neon }

func (p neonMaximum) name() string         { return "poolMax" }
func (p neonMaximum) parameter() string    { return "" }
func (p neonMaximum) begin(n int) []bundle { return []bundle{p.m.fill(math.Inf(-1), n)} }
func (p neonMaximum) see(state []bundle, x bundle) {
	p.m.into("fmax v%w.4s, v%r.4s, v%r.4s", state[0], x)
}
func (p neonMaximum) end(state []bundle, row scalar) bundle { return state[0] }
