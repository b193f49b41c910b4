package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/reg"
)

// baseline lists what every amd64 processor has. Functions whose names contain no level may use
// nothing else.
var baseline = []string{"SSE", "SSE2", "MMX+", "CMOV"}

// extensions lists the instruction set extensions of a level, by avo's names. F16C is not asked for
// when the process starts: it is older than AVX2, and every processor that has AVX2 has it.
var extensions = map[string][]string{
	"":       baseline,
	"AVX2":   append([]string{"AVX", "AVX2", "FMA3", "F16C"}, baseline...),
	"AVX512": append([]string{"AVX", "AVX2", "FMA3", "AVX512F", "AVX512BW", "AVX512DQ", "AVX512VL"}, baseline...),
}

// levelOf returns the level that a function is written for: the one in its name.
func levelOf(function string) string {
	for _, l := range []string{"AVX2", "AVX512"} {
		if strings.Contains(function, l) {
			return l
		}
	}
	return ""
}

// verifyLevels makes avo reject functions that their level's processors cannot run. It checks
// registers as well: avo allocates 32 of each kind whatever the instruction, and the extensions it
// reports are those of the instruction with the first 16.
func verifyLevels() { pass.Compile = pass.Concat(pass.Compile, pass.FunctionPass(verifyLevel)) }

func verifyLevel(f *ir.Function) error {
	level := levelOf(f.Name)
	for _, i := range f.Instructions() {
		if why := beyond(i, level); why != "" {
			return fmt.Errorf("%s: %s: %s, which level %q lacks", f.Name, i.OpcodeWithSuffixes(), why, level)
		}
	}
	return nil
}

// beyond returns what an instruction uses that a level lacks, or "".
func beyond(i *ir.Instruction, level string) string {
	for _, extension := range i.ISA {
		if !slices.Contains(extensions[level], extension) {
			return "extension " + extension
		}
	}
	if level == "AVX512" {
		return ""
	}
	if len(i.Suffixes) > 0 {
		return "suffix ." + strings.Join(i.Suffixes, ".")
	}
	for _, r := range i.Registers() {
		p, ok := r.(reg.Physical)
		switch {
		case !ok: // the stack and frame pointers
		case r.Kind() == reg.KindOpmask:
			return "mask register " + r.Asm()
		case r.Kind() == reg.KindVector && (p.PhysicalIndex() > 15 || r.Size() > 32):
			return "register " + r.Asm()
		case r.Kind() == reg.KindVector && r.Size() > 16 && level == "":
			return "register " + r.Asm()
		}
	}
	return ""
}
