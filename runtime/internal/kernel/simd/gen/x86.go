package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// x86 is a level of amd64, with instructions made by avo.
type x86 struct {
	name  string
	bytes int // of a vector
	new   func() reg.VecVirtual
}

var avx2, avx512 = x86{"AVX2", 32, YMM}, x86{"AVX512", 64, ZMM}

func (l x86) wide() bool { return l.bytes == 64 }

// constants are those that the family has defined so far.
var constants = map[uint32]Mem{}

// constant returns the address of a number.
func constant(x float64) Mem { return bits(bitsOf(x)) }

func bits(b uint32) Mem {
	m, ok := constants[b]
	if !ok {
		m = ConstData(fmt.Sprintf("f%08x", b), U32(b))
		constants[b] = m
	}
	return m
}

func (l x86) broadcast(m Mem) reg.VecVirtual {
	v := l.new()
	VBROADCASTSS(m, v)
	return v
}

func (l x86) zero() reg.VecVirtual {
	v := l.new()
	if l.wide() {
		VPXORD(v, v, v)
	} else {
		VXORPS(v, v, v)
	}
	return v
}

// parameter returns a parameter of the function in every lane.
func (l x86) parameter(name string) vector {
	a, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return l.broadcast(a.Addr)
}

// fill returns n vectors with a number in every lane.
func (l x86) fill(x float64, n int) bundle {
	v := make(bundle, n)
	for i := range v {
		v[i] = l.broadcast(constant(x))
	}
	return v
}

// same returns one register with a number in every lane, to stand for n vectors.
func (l x86) same(x float64, n int) bundle { return all(l.broadcast(constant(x)), n) }

func (l x86) copy(a bundle) bundle {
	v := make(bundle, len(a))
	for i := range a {
		v[i] = l.new()
		VMOVAPS(a[i], v[i])
	}
	return v
}

// several returns n new registers.
func (l x86) several(n int) bundle {
	v := make(bundle, n)
	for i := range v {
		v[i] = l.new()
	}
	return v
}

func (l x86) zeroes(n int) bundle {
	v := make(bundle, n)
	for i := range v {
		v[i] = l.zero()
	}
	return v
}

func (l x86) fillBits(b uint32, n int) bundle {
	v := make(bundle, n)
	for i := range v {
		v[i] = l.broadcast(bits(b))
	}
	return v
}

// two applies an instruction with two sources to bundles. The result is in new registers. If the
// order matters, b is the instruction's first operand.
func (l x86) two(f func(...Op), a, b bundle) bundle {
	v := make(bundle, len(a))
	for i := range a {
		v[i] = l.new()
		f(b[i], a[i], v[i])
	}
	return v
}

func (l x86) mul(a, b bundle) bundle { return l.two(VMULPS, a, b) }
func (l x86) add(a, b bundle) bundle { return l.two(VADDPS, a, b) }
func (l x86) sub(a, b bundle) bundle { return l.two(VSUBPS, a, b) }
func (l x86) div(a, b bundle) bundle { return l.two(VDIVPS, a, b) }

func (l x86) atLeast(a, least bundle) bundle { return l.two(VMAXPS, least, a) }
func (l x86) atMost(a, most bundle) bundle   { return l.two(VMINPS, most, a) }

func (l x86) sqrt(a bundle) bundle {
	y := l.several(len(a))
	for i := range a {
		VSQRTPS(a[i], y[i])
	}
	return y
}

func (l x86) addTo(sum, x bundle) {
	for i := range x {
		VADDPS(x[i], sum[i], sum[i])
	}
}

// fma returns a*b + c, in the registers of c.
func (l x86) fma(a, b, c bundle) bundle {
	for i := range c {
		VFMADD231PS(a[i], b[i], c[i])
	}
	return c
}

// fnma returns c - a*b, in the registers of c.
func (l x86) fnma(a, b, c bundle) bundle {
	for i := range c {
		VFNMADD231PS(a[i], b[i], c[i])
	}
	return c
}

// fms returns a*b - c, in the registers of c.
func (l x86) fms(a, b, c bundle) bundle {
	for i := range c {
		VFMSUB231PS(a[i], b[i], c[i])
	}
	return c
}

// horner returns the polynomial with these coefficients, the lowest first.
func (l x86) horner(x bundle, c []float64) bundle {
	y := l.fill(c[len(c)-1], len(x))
	for k := len(c) - 2; k >= 0; k-- {
		ck := l.broadcast(constant(c[k]))
		for i := range y {
			VFMADD213PS(ck, x[i], y[i])
		}
	}
	return y
}

// and, or, xor work on bits.
func (l x86) and(a bundle, b uint32) bundle {
	return l.two(pick(l, VPANDD, VPAND), a, all(l.broadcast(bits(b)), len(a)))
}

func (l x86) or(a, b bundle) bundle  { return l.two(pick(l, VPORD, VPOR), a, b) }
func (l x86) xor(a, b bundle) bundle { return l.two(pick(l, VPXORD, VPXOR), a, b) }

func (l x86) absolute(a bundle) bundle { return l.and(a, ^uint32(sign)) }

// negative returns -|a|.
func (l x86) negative(a bundle) bundle { return l.or(a, all(l.broadcast(bits(sign)), len(a))) }

// pick chooses an instruction by level. Those on whole registers have other names in AVX-512.
func pick(l x86, wide func(...Op), narrow func(a, b, c Op)) func(...Op) {
	if l.wide() {
		return wide
	}
	return func(o ...Op) { narrow(o[0], o[1], o[2]) }
}

// where compares a with b.
func (l x86) where(a bundle, predicate int, b bundle) truth {
	t := make(truth, len(a))
	for i := range a {
		if l.wide() {
			t[i] = K()
		} else {
			t[i] = l.new()
		}
		VCMPPS(U8(predicate), b[i], a[i], t[i])
	}
	return t
}

// choose returns yes where t holds and no elsewhere.
func (l x86) choose(t truth, yes, no bundle) bundle {
	v := make(bundle, len(t))
	for i := range t {
		v[i] = l.new()
		if l.wide() {
			VBLENDMPS(yes[i], no[i], t[i], v[i])
		} else {
			VBLENDVPS(t[i], yes[i], no[i], v[i])
		}
	}
	return v
}

// keep returns a where t holds and zero elsewhere.
func (l x86) keep(t truth, a bundle) bundle {
	v := make(bundle, len(t))
	for i := range t {
		v[i] = l.new()
		if l.wide() {
			VMOVAPS_Z(a[i], t[i], v[i])
		} else {
			VANDPS(a[i], t[i], v[i])
		}
	}
	return v
}

// minus returns -a.
func (l x86) minus(a bundle) bundle { return l.xor(a, all(l.broadcast(bits(sign)), len(a))) }

// larger returns max(a, b), where NaN wins: the instruction returns b for it.
func (l x86) larger(a, b bundle) bundle {
	return l.choose(l.where(a, unordered, a), a, l.two(VMAXPS, a, b))
}

func (l x86) smaller(a, b bundle) bundle {
	return l.choose(l.where(a, unordered, a), a, l.two(VMINPS, a, b))
}

// round rounds to whole numbers, half to even.
func (l x86) round(n bundle) {
	for i := range n {
		if l.wide() {
			VRNDSCALEPS(U8(8), n[i], n[i])
		} else {
			VROUNDPS(U8(8), n[i], n[i])
		}
	}
}

// scale returns a times 2^n, |n| < 253, rounded once if that is below the normal numbers.
func (l x86) scale(a, n bundle) bundle {
	if l.wide() {
		return l.two(VSCALEFPS, a, n)
	}
	bias := l.broadcast(bits(127))
	power := func(n bundle) bundle { // made from its bits
		for i := range n {
			VPADDD(bias, n[i], n[i])
			VPSLLD(U8(23), n[i], n[i])
		}
		return n
	}
	whole, half := l.several(len(n)), l.several(len(n))
	for i := range n {
		VCVTPS2DQ(n[i], whole[i])
		VPSRAD(U8(1), whole[i], half[i])
		VPSUBD(half[i], whole[i], whole[i])
	}
	return l.mul(l.mul(a, power(half)), power(whole))
}

// mantissa splits x into 2^e m, 1 <= m < 2.
func (l x86) mantissa(x bundle) (m, e bundle, all bool) {
	m, e = l.several(len(x)), l.several(len(x))
	if l.wide() {
		for i := range x {
			VGETMANTPS(U8(12), x[i], m[i]) // NaN if x is negative, but not for -0
			VGETEXPPS(x[i], e[i])
		}
		return m, e, true
	}
	small := l.where(x, less, l.same(0x1p-126, len(x)))
	x = l.choose(small, l.mul(x, l.same(0x1p23, len(x))), x)
	bias := l.choose(small, l.same(-127-23, len(x)), l.same(-127, len(x)))
	for i := range x {
		VPSRLD(U8(23), x[i], e[i])
		VCVTDQ2PS(e[i], e[i])
	}
	return l.or(l.and(x, 1<<23-1), l.same(1, len(x))), l.add(e, bias), false
}
