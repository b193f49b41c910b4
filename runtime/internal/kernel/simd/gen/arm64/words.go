package arm64

import "strings"

// baseline lists the instructions in use that Go's assembler has, all of ARMv8.0-A with Advanced
// SIMD, which every arm64 processor runs. Go's assembler also has later extensions, so instructions
// that are not listed are rejected.
var baseline = mnemonics(`ADD ADDS AND BEQ BGE BGT BLE BLT BNE CBNZ CBZ CMN CMP CSEL FLDPD FLDPQ FMOVD FMOVQ FMOVS FSTPQ JMP
	LDPSW LDPW LSL MADD MOVD MOVW MOVWU PRFM RET SUB SUBS TBNZ TBZ VADD VAND VBIF VBIT VBSL VDUP VEOR VEXT VFMLA VFMLS VLD1 VLD1R
	VMOV VMOVI VORR VSHL VST1 VSUB VTRN1 VTRN2 VUSHR VUZP1 VZIP1 VZIP2`)

func mnemonics(names string) map[string]bool {
	m := map[string]bool{}
	for _, name := range strings.Fields(names) {
		m[name] = true
	}
	return m
}

// encoding is the encoding of an instruction with all registers 0. The numbers of its operands go
// to bits 0, 5 and 16, in the order of GNU's syntax. Number, if there is one, is where an immediate
// goes.
type encoding struct {
	bits   uint32
	number func(n int) uint32
}

// words lists the instructions that Go's assembler lacks, by their GNU syntax: Arm Architecture
// Reference Manual for A-profile, C7.2. All are of ARMv8.0-A.
var words = map[string]encoding{
	"fadd v%w.4s, v%r.4s, v%r.4s":  {bits: 0x4e20d400},
	"fsub v%w.4s, v%r.4s, v%r.4s":  {bits: 0x4ea0d400},
	"fmul v%w.4s, v%r.4s, v%r.4s":  {bits: 0x6e20dc00},
	"fdiv v%w.4s, v%r.4s, v%r.4s":  {bits: 0x6e20fc00},
	"fmax v%w.4s, v%r.4s, v%r.4s":  {bits: 0x4e20f400},
	"fmin v%w.4s, v%r.4s, v%r.4s":  {bits: 0x4ea0f400},
	"faddp v%w.4s, v%r.4s, v%r.4s": {bits: 0x6e20d400},
	"fcmeq v%w.4s, v%r.4s, v%r.4s": {bits: 0x4e20e400},
	"fcmgt v%w.4s, v%r.4s, v%r.4s": {bits: 0x6ea0e400},
	"fadd v%w.2d, v%r.2d, v%r.2d":  {bits: 0x4e60d400},
	"fmul v%w.2d, v%r.2d, v%r.2d":  {bits: 0x6e60dc00},
	"smax v%w.4s, v%r.4s, v%r.4s":  {bits: 0x4ea06400},
	"umax v%w.4s, v%r.4s, v%r.4s":  {bits: 0x6ea06400},

	"mvn v%w.16b, v%r.16b":     {bits: 0x6e205800},
	"fabs v%w.4s, v%r.4s":      {bits: 0x4ea0f800},
	"fneg v%w.4s, v%r.4s":      {bits: 0x6ea0f800},
	"fsqrt v%w.4s, v%r.4s":     {bits: 0x6ea1f800},
	"frintn v%w.4s, v%r.4s":    {bits: 0x4e218800},
	"fcvtns v%w.4s, v%r.4s":    {bits: 0x4e21a800},
	"scvtf v%w.4s, v%r.4s":     {bits: 0x4e21d800},
	"fcvtl v%w.2d, v%r.2s":     {bits: 0x0e617800},
	"fcvtl2 v%w.2d, v%r.4s":    {bits: 0x4e617800},
	"fcvtn v%w.2s, v%r.2d":     {bits: 0x0e616800},
	"fcvtn2 v%x.4s, v%r.2d":    {bits: 0x4e616800},
	"faddp d%w, v%r.2d":        {bits: 0x7e70d800},
	"fmaxv s%w, v%r.4s":        {bits: 0x6e30f800},
	"smaxv s%w, v%r.4s":        {bits: 0x4eb0a800},
	"umaxv s%w, v%r.4s":        {bits: 0x6eb0a800},
	"sshr v%w.4s, v%r.4s, #%d": {0x4f000400, func(n int) uint32 { return uint32(64-n) << 16 }},

	"ldr q%w, [x%r,x%r]": {bits: 0x3ce06800},
	"str q%r, [x%r,x%r]": {bits: 0x3ca06800},

	"fmla v%x.4s, v%r.4s, v%r.s[%d]": {0x4f801000, lane},
	"fmul v%w.4s, v%r.4s, v%r.s[%d]": {0x4f809000, lane},
}

// lane encodes the index of a lane of 32 bits.
func lane(n int) uint32 { return uint32(n&1)<<21 | uint32(n>>1)<<11 }

// encode returns the instruction with its operands, given the numbers of their registers.
func (i *instruction) encode(number func(Register) int) uint32 {
	w, at := i.word, []int{0, 5, 16}
	for _, operand := range i.operands {
		switch o := operand.(type) {
		case Register:
			w |= uint32(number(o)) << at[0]
			at = at[1:]
		case int:
			w |= words[i.template].number(o)
		}
	}
	return w
}
