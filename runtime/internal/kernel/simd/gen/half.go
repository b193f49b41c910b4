package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func init() {
	families["half"] = func() {
		for _, l := range levels {
			binary{"roundFloat16", "y", []string{"x"}, 1, "lo hi", func(l level, in, p []bundle) bundle {
				return l.clamp(l.roundFloat16(in[0]), p)
			}, 2}.emit(l)
			binary{"roundBFloat16", "y", []string{"x"}, 1, "lo hi", func(l level, in, p []bundle) bundle {
				return l.clamp(l.roundBFloat16(in[0]), p)
			}, 2}.emit(l)
		}
	}
}

// roundFloat16 converts there and back.
func (l x86) roundFloat16(x bundle) bundle {
	y := l.several(len(x))
	for i := range x {
		half := reg.VecVirtual(XMM())
		if l.wide() {
			half = YMM()
		}
		VCVTPS2PH(Imm(0), x[i], half) // to nearest, ties to even
		VCVTPH2PS(half, y[i])
	}
	return y
}

// roundBFloat16 adds just less than half a unit of the last bit that stays, and as much as an odd one
// needs to carry. NaN is left out, as it might become something else.
func (l x86) roundBFloat16(x bundle) bundle {
	y := l.several(len(x))
	one, half := l.broadcast(bits(1)), l.broadcast(bits(0x7fff))
	for i := range x {
		VPSRLD(Imm(16), x[i], y[i])
	}
	and, mask := pick(l, VPANDD, VPAND), l.broadcast(bits(0xffff0000))
	for i := range x {
		and(one, y[i], y[i])
		VPADDD(half, y[i], y[i])
		VPADDD(x[i], y[i], y[i])
		and(mask, y[i], y[i])
	}
	return l.choose(l.where(x, unordered, x), x, y)
}

// roundFloat16 rounds to 11 bits. What is beyond the largest half, once rounded, overflows on the way
// through the largest float32.
func (m *neon) roundFloat16(x bundle) bundle {
	l := level{machine: m}
	y := l.toBits(x, 11, 0x1p-14, 0x1p16)
	return l.mulBy(l.mulBy(y, 0x1p112), 0x1p-112)
}

// roundBFloat16 rounds to 8 bits. Numbers above 1 are scaled: the largest leave no room for the
// number that is added.
func (m *neon) roundBFloat16(x bundle) bundle {
	l := level{machine: m}
	large := l.where(l.absolute(x), greater, l.same(1, len(x)))
	y := l.toBits(l.choose(large, l.mulBy(x, 0x1p-32), x), 8, 0x1p-126, 0x1p100)
	return l.choose(large, l.mulBy(y, 0x1p32), y)
}

// toBits rounds x to a significand of the given number of bits, ties to even. A number that has room
// for no more than these is added and taken away. It is the same for all x below the power of two
// least, as for subnormal numbers of a type, and above most, so that infinity stays.
func (l level) toBits(x bundle, bits int, least, most float64) bundle {
	const exponent = 0x7f800000
	room := l.mulBy(l.min(l.max(l.and(x, exponent), least), most), 1.5*float64(int(1)<<(24-bits)))
	return l.or(l.sub(l.add(x, room), room), l.and(x, sign)) // a zero has the sign that x had
}
