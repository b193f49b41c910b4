package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func init() { familiesAMD64["depthwise"] = depthwise }

func depthwise() {
	depthwiseFor(depthwiseForm{"AVX512", 64, ZMM, 7, []depthwiseStep{{4, false, 64}, {4, true, 49}, {3, true, 33}, {2, true, 17}, {1, true, 1}}})
	depthwiseFor(depthwiseForm{"AVX2", 32, YMM, 3, []depthwiseStep{{4, false, 32}, {2, false, 16}, {1, false, 8}, {1, true, 1}}})
}

// depthwiseForm is the shape of a tile in registers: rows, each with the vectors of a step.
type depthwiseForm struct {
	level  string
	bytes  int
	vector func() reg.VecVirtual
	rows   int
	steps  []depthwiseStep
}

// depthwiseStep goes over the channels in steps of some vectors while enough channels are left. The
// last vector of a masked step is partial.
type depthwiseStep struct {
	vectors int
	masked  bool
	least   int
}

// depthwiseState is what the parts of a function share.
type depthwiseState struct {
	depthwiseForm
	at   map[string]Mem // the fields of depthwiseArgs
	c    reg.Register   // offset of the step's channels in bytes
	mask reg.Register
	step depthwiseStep
	sums [][]reg.VecVirtual
	name string
}

func depthwiseFor(form depthwiseForm) {
	TEXT("depthwise"+form.level, NOSPLIT, "func(a *byte)")
	Pragma("noescape")
	Doc("depthwise" + form.level + " is depthwiseGo; a is a depthwiseArgs, which it changes.")
	a := Load(Param("a"), GP64())
	s := &depthwiseState{depthwiseForm: form, c: GP64(), at: fields(a, "firstTable", "firstY", "firstResidual", "x", "zero", "w", "bias",
		"table", "y", "residual", "taps", "channels", "ldy", "ldr", "limits", "nothing", "tiles", "rest", "left", "count", "nextTable", "mask")}
	if form.level == "AVX512" {
		s.mask = K()
		KMOVQ(s.at["mask"], s.mask)
	}
	XORQ(s.c, s.c)
	MOVQ(word(s.at["channels"]), s.at["left"])
	for i, step := range s.steps {
		s.step, s.name = step, label("step", i)
		next := label("next", i)
		Label(s.name)
		CMPQ(s.at["left"], number(step.least))
		JL(LabelRef(next))
		s.channels()
		ADDQ(number(step.vectors*s.bytes), s.c)
		SUBQ(number(step.vectors*s.bytes/4), s.at["left"])
		JMP(LabelRef(label("step", i)))
		Label(next)
	}
	VZEROUPPER()
	RET()
}

// channels writes the loops over all rows for a step's channels. They are inside the loops over
// channels, so that the step's weights stay in the first-level cache, and for small images x does
// too.
func (s *depthwiseState) channels() {
	name := s.name
	MOVQ(word(s.at["firstTable"]), s.at["table"])
	MOVQ(word(s.at["firstY"]), s.at["y"])
	MOVQ(word(s.at["firstResidual"]), s.at["residual"])
	for _, loop := range []struct {
		count string
		rows  int
		next  Op
	}{{"tiles", s.rows, s.at["nextTable"]}, {"rest", 1, number(4)}} {
		s.name = name + loop.count
		MOVQ(word(s.at[loop.count]), s.at["count"])
		Label(s.name)
		CMPQ(s.at["count"], number(0))
		JLE(LabelRef(s.name + "end"))
		s.tile(loop.rows)
		for _, array := range [][2]string{{"y", "ldy"}, {"residual", "ldr"}} {
			ld := word(s.at[array[1]])
			IMUL3Q(number(loop.rows), ld, ld)
			ADDQ(ld, s.at[array[0]])
		}
		step := GP64()
		MOVQ(loop.next, step)
		ADDQ(step, s.at["table"])
		DECQ(s.at["count"])
		JMP(LabelRef(s.name))
		Label(s.name + "end")
	}
}

// tile writes the sums of a step's channels for the given number of rows.
func (s *depthwiseState) tile(rows int) {
	s.sums = vectors(s.vector, rows, s.step.vectors)
	s.start()
	table, taps, w := word(s.at["table"]), word(s.at["taps"]), word(s.at["w"])
	x, zero := word(s.at["x"]), word(s.at["zero"])
	ADDQ(s.c, x)
	ADDQ(s.c, zero)
	before := word(s.at["taps"])
	IMULQ(s.c, before)
	ADDQ(before, w)
	Label(s.name + "tap")
	weights := make([]reg.VecVirtual, s.step.vectors)
	for v := range weights {
		weights[v] = s.vector()
		VMOVUPS(Mem{Base: w, Disp: v * s.bytes}, weights[v])
	}
	for j, row := range s.sums {
		p := GP64()
		tableRows([]reg.GPVirtual{p}, table, 4*j, x, zero)
		for v, sum := range row {
			s.multiply(Mem{Base: p, Disp: v * s.bytes}, weights[v], sum, v)
		}
	}
	ADDQ(number(4*s.rows), table)
	ADDQ(number(s.step.vectors*s.bytes), w)
	DECQ(taps)
	JNE(LabelRef(s.name + "tap"))
	s.finish()
}

func (s *depthwiseState) start() {
	bias := word(s.at["bias"])
	TESTQ(bias, bias)
	JE(LabelRef(s.name + "nobias"))
	ADDQ(s.c, bias)
	for j, row := range s.sums {
		for v, sum := range row {
			if j > 0 {
				VMOVAPS(s.sums[0][v], sum)
			} else {
				s.load(Mem{Base: bias, Disp: v * s.bytes}, sum, v)
			}
		}
	}
	JMP(LabelRef(s.name + "started"))
	Label(s.name + "nobias")
	for _, row := range s.sums {
		for _, sum := range row {
			VBROADCASTSS(s.at["nothing"], sum)
		}
	}
	Label(s.name + "started")
}

func (s *depthwiseState) finish() {
	residual := word(s.at["residual"])
	TESTQ(residual, residual)
	JE(LabelRef(s.name + "alone"))
	ADDQ(s.c, residual)
	for j, row := range s.sums {
		for v, sum := range row {
			s.add(Mem{Base: residual, Disp: v * s.bytes}, sum, v)
		}
		if j+1 < len(s.sums) {
			ADDQ(s.at["ldr"], residual)
		}
	}
	Label(s.name + "alone")
	lo, hi := s.vector(), s.vector()
	VBROADCASTSS(s.at["limits"], lo)
	VBROADCASTSS(s.at["limits"].Offset(4), hi)
	y := word(s.at["y"])
	ADDQ(s.c, y)
	for j, row := range s.sums {
		for v, sum := range row {
			VMAXPS(sum, lo, sum) // NaN is the second source, and stays
			VMINPS(sum, hi, sum)
			s.store(sum, Mem{Base: y, Disp: v * s.bytes}, v)
		}
		if j+1 < len(s.sums) {
			ADDQ(s.at["ldy"], y)
		}
	}
}

func (s *depthwiseState) masks(v int) bool { return s.step.masked && v == s.step.vectors-1 }

// maskVector returns the mask for AVX2, where it is a vector.
func (s *depthwiseState) maskVector() reg.VecVirtual {
	m := s.vector()
	VMOVUPS(s.at["mask"], m)
	return m
}

func (s *depthwiseState) load(from Mem, to reg.VecVirtual, v int) {
	switch {
	case !s.masks(v):
		VMOVUPS(from, to)
	case s.level == "AVX2":
		VMASKMOVPS(from, s.maskVector(), to)
	default:
		VMOVUPS_Z(from, s.mask, to)
	}
}

func (s *depthwiseState) multiply(x Mem, w, sum reg.VecVirtual, v int) {
	switch {
	case !s.masks(v):
		VFMADD231PS(x, w, sum)
	case s.level == "AVX2":
		there := s.vector()
		s.load(x, there, v)
		VFMADD231PS(there, w, sum)
	default:
		VFMADD231PS(x, w, s.mask, sum)
	}
}

func (s *depthwiseState) add(from Mem, to reg.VecVirtual, v int) {
	switch {
	case !s.masks(v):
		VADDPS(from, to, to)
	case s.level == "AVX2":
		there := s.vector()
		s.load(from, there, v)
		VADDPS(there, to, to)
	default:
		VADDPS(from, to, s.mask, to)
	}
}

func (s *depthwiseState) store(from reg.VecVirtual, to Mem, v int) {
	switch {
	case !s.masks(v):
		VMOVUPS(from, to)
	case s.level == "AVX2":
		VMASKMOVPS(from, s.maskVector(), to)
	default:
		VMOVUPS(from, s.mask, to)
	}
}
