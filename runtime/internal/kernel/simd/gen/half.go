package main

const exponent = 0x7f800000 // the exponent's bits

// toBits rounds x to a significand of the given number of bits, ties to even. A number that has room
// for no more than these is added and taken away. It is the same for all x below the power of two
// least, as for subnormal numbers of a type, and above most, so that infinity stays.
func (l level) toBits(x bundle, bits int, least, most float64) bundle {
	room := l.mulBy(l.min(l.max(l.and(x, exponent), least), most), 1.5*float64(int(1)<<(24-bits)))
	return l.or(l.sub(l.add(x, room), room), l.and(x, sign)) // a zero has the sign that x had
}

// roundFloat16 rounds to 11 bits. What is beyond the largest half, once rounded, overflows on the way
// through the largest float32.
func (l level) roundFloat16(x bundle) bundle {
	y := l.toBits(x, 11, 0x1p-14, 0x1p16)
	return l.mulBy(l.mulBy(y, 0x1p112), 0x1p-112)
}

// roundBFloat16 rounds to 8 bits. Numbers above 1 are scaled: the largest leave no room for the
// number that is added.
func (l level) roundBFloat16(x bundle) bundle {
	large := l.where(l.absolute(x), greater, l.same(1, len(x)))
	y := l.toBits(l.choose(large, l.mulBy(x, 0x1p-32), x), 8, 0x1p-126, 0x1p100)
	return l.choose(large, l.mulBy(y, 0x1p32), y)
}
