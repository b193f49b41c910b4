package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// level is an instruction set and the vectors that it has.
type level struct {
	name  string
	bytes int // of a vector
	new   func() reg.VecVirtual
}

var levels = []level{{"AVX2", 32, YMM}, {"AVX512", 64, ZMM}}

func (l level) wide() bool { return l.bytes == 64 }

// bundle is vectors that one computation is made for side by side: the same is done to each,
// and a constant is loaded once for all.
type bundle []reg.VecVirtual

// truth is, for each vector of a bundle, where something holds: a mask register, or a vector of all ones where it does.
type truth []reg.Register

// constants are those that the family has named.
var constants = map[uint32]Mem{}

// constant is where a number lies in memory.
func constant(x float64) Mem { return bits(math.Float32bits(float32(x))) }

func bits(b uint32) Mem {
	m, ok := constants[b]
	if !ok {
		m = ConstData(fmt.Sprintf("f%08x", b), U32(b))
		constants[b] = m
	}
	return m
}

func (l level) broadcast(m Mem) reg.VecVirtual {
	v := l.new()
	VBROADCASTSS(m, v)
	return v
}

func (l level) zero() reg.VecVirtual {
	v := l.new()
	if l.wide() {
		VPXORD(v, v, v)
	} else {
		VXORPS(v, v, v)
	}
	return v
}

// parameter is a number of the function's parameters in every place of a vector.
func (l level) parameter(name string) reg.VecVirtual {
	a, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return l.broadcast(a.Addr)
}

// fill is a number in each of n vectors.
func (l level) fill(x float64, n int) bundle {
	v := make(bundle, n)
	for i := range v {
		v[i] = l.broadcast(constant(x))
	}
	return v
}

// all stands for one vector wherever n are wanted.
func all(v reg.VecVirtual, n int) bundle {
	s := make(bundle, n)
	for i := range s {
		s[i] = v
	}
	return s
}

// same is a number in one register that stands for all of n.
func (l level) same(x float64, n int) bundle { return all(l.broadcast(constant(x)), n) }

func (l level) copy(a bundle) bundle {
	v := make(bundle, len(a))
	for i := range a {
		v[i] = l.new()
		VMOVAPS(a[i], v[i])
	}
	return v
}

// several are n new registers.
func (l level) several(n int) bundle {
	v := make(bundle, n)
	for i := range v {
		v[i] = l.new()
	}
	return v
}

// two makes an instruction of two sources one on bundles; the result is a new register. Where the order
// matters, the first of the instruction's operands is b.
func (l level) two(f func(...Op), a, b bundle) bundle {
	v := make(bundle, len(a))
	for i := range a {
		v[i] = l.new()
		f(b[i], a[i], v[i])
	}
	return v
}

func (l level) mul(a, b bundle) bundle { return l.two(VMULPS, a, b) }
func (l level) add(a, b bundle) bundle { return l.two(VADDPS, a, b) }
func (l level) sub(a, b bundle) bundle { return l.two(VSUBPS, a, b) }
func (l level) div(a, b bundle) bundle { return l.two(VDIVPS, a, b) }

// max and min with a number: what is not a number in a stays.
func (l level) max(a bundle, b float64) bundle { return l.two(VMAXPS, l.same(b, len(a)), a) }
func (l level) min(a bundle, b float64) bundle { return l.two(VMINPS, l.same(b, len(a)), a) }

func (l level) mulBy(a bundle, b float64) bundle { return l.mul(a, l.same(b, len(a))) }
func (l level) plus(a bundle, b float64) bundle  { return l.add(a, l.same(b, len(a))) }

// fma is a*b + c, in the registers of c.
func (l level) fma(a, b, c bundle) bundle {
	for i := range c {
		VFMADD231PS(a[i], b[i], c[i])
	}
	return c
}

// fnma is c - a*b, in the registers of c.
func (l level) fnma(a, b, c bundle) bundle {
	for i := range c {
		VFNMADD231PS(a[i], b[i], c[i])
	}
	return c
}

// fms is a*b - c, in the registers of c.
func (l level) fms(a, b, c bundle) bundle {
	for i := range c {
		VFMSUB231PS(a[i], b[i], c[i])
	}
	return c
}

// horner is the polynomial with coefficients from the lowest.
func (l level) horner(x bundle, c []float64) bundle {
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
func (l level) and(a bundle, b uint32) bundle {
	return l.two(pick(l, VPANDD, VPAND), a, all(l.broadcast(bits(b)), len(a)))
}

func (l level) or(a, b bundle) bundle { return l.two(pick(l, VPORD, VPOR), a, b) }

const sign = 1 << 31

func (l level) absolute(a bundle) bundle { return l.and(a, ^uint32(sign)) }

// negative is -|a|.
func (l level) negative(a bundle) bundle { return l.or(a, all(l.broadcast(bits(sign)), len(a))) }

// pick is an instruction by level: those on whole registers are named otherwise in AVX-512.
func pick(l level, wide func(...Op), narrow func(a, b, c Op)) func(...Op) {
	if l.wide() {
		return wide
	}
	return func(o ...Op) { narrow(o[0], o[1], o[2]) }
}

// Comparisons' predicates, none of which is signalling; the last two say whether either is not a number.
const (
	equal     = 0
	less      = 17
	greater   = 30
	unordered = 3
	ordered   = 7
)

// where compares a with b.
func (l level) where(a bundle, predicate int, b bundle) truth {
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

// choose is yes where t holds, no elsewhere.
func (l level) choose(t truth, yes, no bundle) bundle {
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

// keep is a where t holds, zero elsewhere.
func (l level) keep(t truth, a bundle) bundle {
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

// larger is max(a, b), where what is not a number wins: the instruction gives b for it.
func (l level) larger(a, b bundle) bundle {
	return l.choose(l.where(a, unordered, a), a, l.two(VMAXPS, a, b))
}

func (l level) smaller(a, b bundle) bundle {
	return l.choose(l.where(a, unordered, a), a, l.two(VMINPS, a, b))
}
