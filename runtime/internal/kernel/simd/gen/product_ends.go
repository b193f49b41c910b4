package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// start fills the sums with y or the bias.
func (s *productState) start() {
	CMPQ(s.at["accumulate"], number(0))
	JNE(LabelRef(s.name + "accumulate"))
	bias := word(s.at["bias"])
	s.bothWays("bias", func(partial bool) {
		for j, row := range s.sums {
			for v, sum := range row {
				if j > 0 {
					VMOVAPS(s.sums[0][v], sum)
				} else {
					s.load(Mem{Base: bias, Disp: v * s.bytes}, sum, v, partial)
				}
			}
		}
	})
	JMP(LabelRef(s.name + "started"))
	Label(s.name + "accumulate")
	s.bothWays("accumulate", func(partial bool) {
		s.eachRow("y", "ldy", func(j int, p reg.Register) {
			for v, sum := range s.sums[j] {
				s.load(Mem{Base: p, Disp: v * s.bytes}, sum, v, partial)
			}
		})
	})
	Label(s.name + "started")
}

// finish adds the residual, clamps and writes y. An incomplete sum has no residual and infinite
// limits.
func (s *productState) finish() {
	residual := word(s.at["residual"])
	TESTQ(residual, residual)
	JE(LabelRef(s.name + "alone"))
	s.bothWays("residual", func(partial bool) {
		s.eachRow("residual", "ldr", func(j int, p reg.Register) {
			for v, sum := range s.sums[j] {
				s.add(Mem{Base: p, Disp: v * s.bytes}, sum, v, partial)
			}
		})
	})
	Label(s.name + "alone")
	lo, hi := s.vector(), s.vector()
	limits := s.at["limits"]
	VBROADCASTSS(limits, lo)
	VBROADCASTSS(limits.Offset(4), hi)
	for _, row := range s.sums {
		for _, sum := range row {
			VMAXPS(sum, lo, sum) // NaN is the second source, and stays
			VMINPS(sum, hi, sum)
		}
	}
	s.bothWays("store", func(partial bool) {
		s.eachRow("y", "ldy", func(j int, p reg.Register) {
			for v, sum := range s.sums[j] {
				s.store(sum, Mem{Base: p, Disp: v * s.bytes}, v, partial)
			}
		})
	})
}

// bothWays writes code for all columns and for a part of them. AVX-512 masks at no cost, and so
// needs it once.
func (s *productState) bothWays(what string, write func(partial bool)) {
	if s.level == "AVX512" {
		write(true)
		return
	}
	CMPQ(s.at["partial"], number(0))
	JNE(LabelRef(s.name + what + "partial"))
	write(false)
	JMP(LabelRef(s.name + what + "end"))
	Label(s.name + what + "partial")
	write(true)
	Label(s.name + what + "end")
}

// eachRow calls f with the address of every row of the tile in an array.
func (s *productState) eachRow(array, stride string, f func(j int, p reg.Register)) {
	p := word(s.at[array])
	for j := range s.sums {
		f(j, p)
		if j+1 < len(s.sums) {
			ADDQ(s.at[stride], p)
		}
	}
}

// masks reports whether vector v may have missing columns.
func (s *productState) masks(v int, partial bool) bool {
	return partial && (s.level == "AVX2" || v == s.vectors-1)
}

// maskOf returns the mask of vector v for AVX2, where it is a vector itself.
func (s *productState) maskOf(v int) reg.VecVirtual {
	m := s.vector()
	VMOVUPS(s.at["mask"].Offset(v*s.bytes), m)
	return m
}

func (s *productState) load(from Mem, to reg.VecVirtual, v int, partial bool) {
	switch {
	case !s.masks(v, partial):
		VMOVUPS(from, to)
	case s.level == "AVX2":
		VMASKMOVPS(from, s.maskOf(v), to)
	default:
		VMOVUPS_Z(from, s.mask, to)
	}
}

func (s *productState) add(from Mem, to reg.VecVirtual, v int, partial bool) {
	switch {
	case !s.masks(v, partial):
		VADDPS(from, to, to)
	case s.level == "AVX2":
		x := s.maskOf(v)
		VMASKMOVPS(from, x, x)
		VADDPS(x, to, to)
	default:
		VADDPS(from, to, s.mask, to)
	}
}

func (s *productState) store(from reg.VecVirtual, to Mem, v int, partial bool) {
	switch {
	case !s.masks(v, partial):
		VMOVUPS(from, to)
	case s.level == "AVX2":
		VMASKMOVPS(from, s.maskOf(v), to)
	default:
		VMOVUPS(from, s.mask, to)
	}
}
