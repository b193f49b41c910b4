// Package arm64 writes functions for arm64 in Go's assembler. Recorded instructions name any number
// of virtual registers, and those of the processor are allocated when the function is printed. The
// package supports what the generator of package simd needs and no more.
package arm64

import (
	"fmt"
	"slices"
	"strings"
)

// kind is general or vector.
type kind int

const (
	general kind = iota
	vector
)

// Register is a virtual register. The zero value means none.
type Register struct {
	kind kind
	id   int // from 1, within its kind
}

// Asm names the register before allocation.
func (r Register) Asm() string { return [...]string{"r", "v"}[r.kind] + fmt.Sprint(r.id) }

// Function records a function. Its methods panic on misuse, so that a wrong description writes
// nothing.
type Function struct {
	name, doc, signature string
	parameters           []parameter
	results              []parameter
	size                 int
	code                 []*instruction
	registers            [2]int
	table                *Register // address of the constants, once one is used
	addresses            map[string]Register
	file                 *File
}

// instruction is an instruction of the processor, a label, or a choice that becomes an instruction
// when it is known what is still live.
type instruction struct {
	template string // as Record takes it
	word     uint32 // the encoding without operands, for one that Go's assembler lacks
	operands []any

	reads, writes []Register
	label, target string
	ends          bool // what follows is reached only by a jump
	choice        bool
}

// General returns a new general register.
func (f *Function) General() Register { return f.register(general) }

// Vector returns a new vector register.
func (f *Function) Vector() Register { return f.register(vector) }

func (f *Function) register(k kind) Register {
	f.registers[k]++
	return Register{k, f.registers[k]}
}

// Record adds an instruction in Go's syntax. In the template %r, %w and %x stand for the numbers of
// registers that are read, written, or both, %d for a number and %l for a label.
func (f *Function) Record(template string, operands ...any) {
	if mnemonic, _, _ := strings.Cut(template, " "); !baseline[strings.TrimSuffix(mnemonic, ".P")] {
		panic("arm64: " + mnemonic + " is not known to be of ARMv8.0-A")
	}
	i := &instruction{template: template, operands: operands}
	f.parse(i)
	if i.template == "RET" || strings.HasPrefix(i.template, "JMP ") {
		i.ends = true
	}
	f.code = append(f.code, i)
}

// Word adds an instruction that Go's assembler lacks, in GNU's syntax. Its encoding must be in the
// table.
func (f *Function) Word(template string, operands ...any) {
	code, ok := words[template]
	if !ok {
		panic("arm64: no encoding of " + template)
	}
	i := &instruction{template: template, word: code.bits, operands: operands}
	f.parse(i)
	f.code = append(f.code, i)
}

// Label marks a target of jumps.
func (f *Function) Label(name string) { f.code = append(f.code, &instruction{label: name}) }

// Copy copies a register, unless both can be one register.
func (f *Function) Copy(from, to Register) {
	if from.kind == general {
		f.Record("MOVD R%r, R%w", from, to)
	} else {
		f.Record("VMOV V%r.B16, V%w.B16", from, to)
	}
}

// Choose sets to to yes where mask has ones and to no where it has zeros. Which of the three
// instructions for that is used depends on what is still live.
func (f *Function) Choose(mask, yes, no, to Register) {
	f.code = append(f.code, &instruction{choice: true, reads: []Register{mask, yes, no}, writes: []Register{to}})
}

// parse records what an instruction reads and writes.
func (f *Function) parse(i *instruction) {
	n := 0
	for at, c := range []byte(i.template) {
		if c != '%' {
			continue
		}
		if n >= len(i.operands) {
			panic("arm64: too few operands of " + i.template)
		}
		operand := i.operands[n]
		n++
		switch verb := i.template[at+1]; verb {
		case 'r', 'w', 'x':
			r := operand.(Register)
			if prefix := i.template[at-1]; r.id == 0 || (prefix == 'R' || prefix == 'x') != (r.kind == general) {
				panic("arm64: " + r.Asm() + " for " + i.template)
			}
			if verb != 'w' {
				i.reads = append(i.reads, r)
			}
			if verb != 'r' {
				i.writes = append(i.writes, r)
			}
		case 'l':
			i.target = operand.(string)
		case 'd':
			_ = operand.(int)
		default:
			panic("arm64: verb in " + i.template)
		}
	}
	if n != len(i.operands) {
		panic("arm64: too many operands of " + i.template)
	}
}

// isCopy reports whether an instruction comes from Copy.
func (i *instruction) isCopy() bool {
	return i.template == "MOVD R%r, R%w" || i.template == "VMOV V%r.B16, V%w.B16"
}

// Parameter loads a parameter of 8 bytes: "x_base" and "x_len" are parts of a slice x.
func (f *Function) Parameter(name string) Register {
	r := f.General()
	f.Record(fmt.Sprintf("MOVD %s+%d(FP), R%%w", name, f.parameter(name, 8).offset), r)
	return r
}

// Single loads a float32 parameter into the lowest lane of a vector.
func (f *Function) Single(name string) Register {
	v := f.Vector()
	f.Record(fmt.Sprintf("FMOVS %s+%d(FP), F%%w", name, f.parameter(name, 4).offset), v)
	return v
}

// Double loads a float64 parameter into the lowest lane of a vector.
func (f *Function) Double(name string) Register {
	v := f.Vector()
	f.Record(fmt.Sprintf("FMOVD %s+%d(FP), F%%w", name, f.parameter(name, 8).offset), v)
	return v
}

func (f *Function) parameter(name string, size int) parameter {
	for _, p := range f.parameters {
		if p.name == name && p.size == size {
			return p
		}
	}
	panic(fmt.Sprintf("arm64: %s has no parameter %s of %d bytes", f.name, name, size))
}

// Return stores the lowest lane of a vector register, or a general register, as the result, and
// returns.
func (f *Function) Return(result ...Register) {
	for _, r := range result {
		p := f.results[0]
		move := map[int]string{4: "FMOVS F", 8: "FMOVD F"}[p.size]
		if r.kind == general {
			move = map[int]string{4: "MOVW R", 8: "MOVD R"}[p.size]
		}
		f.Record(fmt.Sprintf("%s%%r, ret+%d(FP)", move, p.offset), r)
	}
	f.Record("RET")
}

// AddressOf returns the address of a parameter. A function computes it once.
func (f *Function) AddressOf(name string) Register {
	if r, ok := f.addresses[name]; ok {
		return r
	}
	r := f.General()
	f.addresses[name] = r
	f.first(fmt.Sprintf("MOVD $%s+%d(FP), R%%w", name, f.parameter(name, 4).offset), r)
	return r
}

// first adds an instruction before all others.
func (f *Function) first(template string, operands ...any) {
	i := &instruction{template: template, operands: operands}
	f.parse(i)
	f.code = slices.Insert(f.code, 0, i)
}

// Constant loads a vector with the same bits four times.
func (f *Function) Constant(bits uint32) Register { return f.Constants(bits, bits, bits, bits) }

// Constants loads a vector of four words of 32 bits, the lowest first. A function finds the table
// that holds them once.
func (f *Function) Constants(bits ...uint32) Register {
	if f.table == nil {
		r := f.General()
		f.table = &r
		f.first("MOVD $constants<>(SB), R%w", r)
	}
	v := f.Vector()
	f.Record("FMOVQ %d(R%r), F%w", f.file.constant([4]uint32(bits)), *f.table, v)
	return v
}
