package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/reg"
)

// baseline is what every amd64 processor has: functions that no level is named in may use nothing else.
var baseline = []string{"SSE", "SSE2", "MMX+", "CMOV"}

// extensions are the instruction set extensions of a level, as avo calls them.
var extensions = map[string][]string{
	"":       baseline,
	"AVX2":   append([]string{"AVX", "AVX2", "FMA3"}, baseline...),
	"AVX512": append([]string{"AVX", "AVX2", "FMA3", "AVX512F", "AVX512BW", "AVX512DQ", "AVX512VL"}, baseline...),
}

// levelOf is the level that a function is written for: the one in its name.
func levelOf(function string) string {
	for _, l := range []string{"AVX2", "AVX512"} {
		if strings.Contains(function, l) {
			return l
		}
	}
	return ""
}

// verifyLevels makes avo refuse functions that their level's processors can't run. It goes by registers as well, since avo
// has 32 of each kind to give whatever the instruction, and its extensions are those of the instruction with the first 16.
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

// beyond says what of an instruction a level lacks; nothing is "".
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
		case !ok: // the stack's and frame's
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
