package main

import (
	"fmt"
	"strings"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// x86 is a level of amd64, its instructions made by avo.
type x86 struct {
	name  string
	bytes int // of a vector
	new   func() reg.VecVirtual
}

var avx2, avx512 = x86{"AVX2", 32, YMM}, x86{"AVX512", 64, ZMM}

func (l x86) wide() bool { return l.bytes == 64 }

// constants are those that the family has named.
var constants = map[uint32]Mem{}

// constant is where a number lies in memory.
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

// parameter is a number of the function's parameters in every place of a vector.
func (l x86) parameter(name string) vector {
	a, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return l.broadcast(a.Addr)
}

// fill is a number in each of n vectors.
func (l x86) fill(x float64, n int) bundle {
	v := make(bundle, n)
	for i := range v {
		v[i] = l.broadcast(constant(x))
	}
	return v
}

// same is a number in one register that stands for all of n.
func (l x86) same(x float64, n int) bundle { return all(l.broadcast(constant(x)), n) }

func (l x86) copy(a bundle) bundle {
	v := make(bundle, len(a))
	for i := range a {
		v[i] = l.new()
		VMOVAPS(a[i], v[i])
	}
	return v
}

// several are n new registers.
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

// two makes an instruction of two sources one on bundles; the result is a new register. Where the order
// matters, the first of the instruction's operands is b.
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

// fma is a*b + c, in the registers of c.
func (l x86) fma(a, b, c bundle) bundle {
	for i := range c {
		VFMADD231PS(a[i], b[i], c[i])
	}
	return c
}

// fnma is c - a*b, in the registers of c.
func (l x86) fnma(a, b, c bundle) bundle {
	for i := range c {
		VFNMADD231PS(a[i], b[i], c[i])
	}
	return c
}

// fms is a*b - c, in the registers of c.
func (l x86) fms(a, b, c bundle) bundle {
	for i := range c {
		VFMSUB231PS(a[i], b[i], c[i])
	}
	return c
}

// horner is the polynomial with coefficients from the lowest.
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

// negative is -|a|.
func (l x86) negative(a bundle) bundle { return l.or(a, all(l.broadcast(bits(sign)), len(a))) }

// pick is an instruction by level: those on whole registers are named otherwise in AVX-512.
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

// choose is yes where t holds, no elsewhere.
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

// keep is a where t holds, zero elsewhere.
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

// minus is -a.
func (l x86) minus(a bundle) bundle { return l.xor(a, all(l.broadcast(bits(sign)), len(a))) }

// larger is max(a, b), where what is not a number wins: the instruction gives b for it.
func (l x86) larger(a, b bundle) bundle {
	return l.choose(l.where(a, unordered, a), a, l.two(VMAXPS, a, b))
}

func (l x86) smaller(a, b bundle) bundle {
	return l.choose(l.where(a, unordered, a), a, l.two(VMINPS, a, b))
}

// round is to whole numbers, to even.
func (l x86) round(n bundle) {
	for i := range n {
		if l.wide() {
			VRNDSCALEPS(U8(8), n[i], n[i])
		} else {
			VROUNDPS(U8(8), n[i], n[i])
		}
	}
}

// scale is a times 2^n, |n| < 253, rounded once where that is below the normal numbers.
func (l x86) scale(a, n bundle) bundle {
	if l.wide() {
		return l.two(VSCALEFPS, a, n)
	}
	bias := l.broadcast(bits(127))
	power := func(n bundle) bundle { // by its bits
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
			VGETMANTPS(U8(12), x[i], m[i]) // not a number where x is negative, but not for -0
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

// function starts one and loads its slices' bases.
func (l x86) function(name, signature string, slices ...string) (bases []scalar) {
	TEXT(name, NOSPLIT, signature)
	Pragma("noescape")
	Doc(name + " is " + strings.TrimSuffix(name, l.name) + "Go.")
	for _, s := range slices {
		bases = append(bases, Load(Param(s).Base(), GP64()))
	}
	return bases
}

func (l x86) length(slice string) scalar { return Load(Param(slice).Len(), GP64()) }

// beside is the same for AVX-512: more vectors bring it nothing.
func (l x86) beside(few, _ int) int { return few }

func (l x86) integer(name string) scalar { return Load(Param(name), GP64()) }

func (l x86) element(slice string, i scalar) vector {
	base := Load(Param(slice).Base(), GP64())
	return l.broadcast(Mem{Base: base, Index: i.(reg.Register), Scale: 4})
}

func (l x86) repeat(n scalar, label string, f func()) {
	Label(label)
	TESTQ(n, n)
	JLE(LabelRef("done"))
	f()
	DECQ(n)
	JMP(LabelRef(label))
	Label("done")
}

func (l x86) advance(base, by scalar) {
	LEAQ(Mem{Base: base.(reg.Register), Index: by.(reg.Register), Scale: 4}, base)
}

func (l x86) end() {
	VZEROUPPER()
	RET()
}

func (l x86) give(v vector) {
	Store(avo(v).AsX(), ReturnIndex(0))
	l.end()
}

func (l x86) giveDouble(v vector) { l.give(v) }

func (l x86) giveInteger(v vector) {
	result := GP32()
	VMOVD(avo(v).AsX(), result)
	Store(result, ReturnIndex(0))
	l.end()
}

// avo is a vector that avo can take parts of.
func avo(v vector) reg.VecVirtual { return v.(reg.VecVirtual) }

// fold makes one number of all that several vectors hold: in the lowest place of what it returns.
func (l x86) fold(v bundle, f func(...Op)) reg.VecVirtual {
	for len(v) > 1 {
		for i := range len(v) / 2 {
			f(v[len(v)-1-i], v[i], v[i])
		}
		v = v[:(len(v)+1)/2]
	}
	return halve(l, avo(v[0]), f, 4)
}

// halve folds a vector of numbers of so many bytes.
func halve(l x86, v reg.VecVirtual, f func(...Op), bytes int) reg.VecVirtual {
	if l.wide() {
		h := YMM()
		VEXTRACTF64X4(U8(1), v, h)
		f(h, v.AsY(), v.AsY())
	}
	h := XMM()
	VEXTRACTF128(U8(1), v.AsY(), h)
	f(h, v.AsX(), v.AsX())
	VPSHUFD(U8(0b01_00_11_10), v.AsX(), h)
	f(h, v.AsX(), v.AsX())
	if bytes == 4 {
		VPSHUFD(U8(0b10_11_00_01), v.AsX(), h)
		f(h, v.AsX(), v.AsX())
	}
	return v
}

// double converts the halves of a vector.
func (l x86) double(from vector) bundle {
	v := avo(from)
	d := l.several(2)
	if l.wide() {
		h := YMM()
		VEXTRACTF64X4(U8(1), v, h)
		VCVTPS2PD(v.AsY(), d[0])
		VCVTPS2PD(h, d[1])
		return d
	}
	h := XMM()
	VEXTRACTF128(U8(1), v, h)
	VCVTPS2PD(v.AsX(), d[0])
	VCVTPS2PD(h, d[1])
	return d
}

func (l x86) foldSums(v bundle) vector { return l.fold(v, VADDPS) }

func (l x86) foldIntegers(v bundle) vector { return l.fold(v, VPMAXSD) }

func (l x86) foldDoubles(v bundle) vector {
	for _, s := range v[1:] {
		VADDPD(s, v[0], v[0])
	}
	return halve(l, avo(v[0]), VADDPD, 8)
}

func (l x86) addDoubles(sum, x bundle) {
	for i, d := range x {
		VADDPD(d, sum[i], sum[i])
	}
}

func (l x86) largerIntegers(x, top bundle) {
	for i, v := range x {
		VPMAXSD(v, top[i], top[i])
	}
}

// x86Largest holds the largest of what it is shown, and whether all of that were numbers.
type x86Largest struct {
	l   x86
	top bundle
	// for each two of top: with AVX-512, which places were numbers so far; with AVX2, all ones in those that were not
	numbers []reg.Register
}

func (l x86) largest(n int) largest {
	g := x86Largest{l: l, top: l.fill(negativeInfinity, n)}
	for range (n + 1) / 2 {
		if l.wide() {
			k := K()
			KXNORW(k, k, k)
			g.numbers = append(g.numbers, k)
		} else {
			g.numbers = append(g.numbers, l.zero())
		}
	}
	return g
}

func (g x86Largest) see(v bundle) {
	for i, x := range v {
		VMAXPS(x, g.top[i], g.top[i])
		if i%2 == 1 {
			continue
		}
		other, numbers := v[min(i+1, len(v)-1)], g.numbers[i/2] // whether either of two is not a number is one comparison
		if g.l.wide() {
			VCMPPS(U8(ordered), x, other, numbers, numbers)
			continue
		}
		t := g.l.new()
		VCMPPS(U8(unordered), x, other, t)
		VORPS(t, numbers, numbers)
	}
}

// fold is the largest number in the lowest place, or what is not a number.
func (g x86Largest) fold() vector {
	v, numbers := g.l.fold(g.top, VMAXPS), g.numbers[0]
	for _, n := range g.numbers[1:] {
		if g.l.wide() {
			KANDW(n, numbers, numbers)
		} else {
			VORPS(n, numbers, numbers)
		}
	}
	if g.l.wide() {
		KORTESTW(numbers, numbers)
		JCS(LabelRef("numbers"))
	} else {
		VPTEST(numbers, numbers)
		JEQ(LabelRef("numbers"))
	}
	VMOVSS(constant(notANumber), v.AsX())
	Label("numbers")
	return v
}
