package simd

import (
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/graph/level/leveltest"
)

// armInstruction is an arm64 instruction: its address, its bits, and its GNU syntax.
type armInstruction struct {
	at   int64
	bits uint32
	text string
}

var (
	armFunction = regexp.MustCompile(`^TEXT \S*/simd\.(\w+)\.abi0\(SB\)`)
	armLine     = regexp.MustCompile(`^\s+\S+\s+0x([0-9a-f]+)\s+([0-9a-f]{8})\s.*// (\S.*\S)\s*$`)
)

// armFunctions disassembles the NEON functions of the test binary.
func armFunctions(t *testing.T) map[string][]armInstruction {
	t.Helper()
	listing, err := exec.Command("go", "tool", "objdump", "-gnu", "-s", `simd\.\w+NEON\w*\.abi0$`, leveltest.Program(t, "arm64")).Output()
	if err != nil {
		t.Skip(err)
	}
	functions, name := map[string][]armInstruction{}, ""
	for line := range strings.Lines(string(listing)) {
		if m := armFunction.FindStringSubmatch(line); m != nil {
			name = m[1]
		}
		if m := armLine.FindStringSubmatch(line); m != nil {
			at, _ := strconv.ParseInt(m[1], 16, 64)
			bits, _ := strconv.ParseUint(m[2], 16, 32)
			functions[name] = append(functions[name], armInstruction{at, uint32(bits), m[3]})
		}
	}
	return functions
}

// jump returns the distance that an instruction may jump, or 0 if it does not.
func (i armInstruction) jump() int64 {
	field := func(first, bits int) int64 { return 4 * int64(int32(i.bits<<(32-first-bits))>>(32-bits)) }
	switch {
	case i.bits>>24 == 0x54 || i.bits>>25&0x3f == 0x1a: // a condition; zero or not
		return field(5, 19)
	case i.bits>>25&0x3f == 0x1b: // a bit
		return field(5, 14)
	case i.bits>>26 == 5:
		return field(0, 26)
	}
	return 0
}

// innerLoops returns the loops that contain no other.
func innerLoops(code []armInstruction) (loops [][]armInstruction) {
	first := -1
	for n, i := range code {
		back := -int(i.jump()) / 4
		if back <= 0 || back > n {
			continue
		}
		if begin := n - back; begin > first {
			loops = append(loops, code[begin:n+1])
			first = n
		}
	}
	return loops
}

// share counts the instructions of a loop: multiply-adds, other computations, loads and stores. The
// rest counts and jumps.
type share struct{ multiplyAdds, others, loads, stores, all int }

var (
	vectorOperand = regexp.MustCompile(`\b[vqds][0-9]+\b`)
	vectorMove    = regexp.MustCompile(`^mov\s+v\d+\.16b, v\d+\.16b$`)
)

func shareOf(loop []armInstruction) (s share) {
	s.all = len(loop)
	for _, i := range loop {
		mnemonic, _, _ := strings.Cut(i.text, " ")
		vector := vectorOperand.MatchString(i.text)
		switch {
		case strings.HasPrefix(mnemonic, "ld"): // into a general register too: an offset says where a number lies
			s.loads++
		case strings.HasPrefix(mnemonic, "st"):
			s.stores++
		case mnemonic == "fmla" || mnemonic == "fmls":
			s.multiplyAdds++
		case vector && !vectorMove.MatchString(i.text):
			s.others++
		}
	}
	return s
}

func (s share) percent(n int) float64 { return 100 * float64(n) / float64(s.all) }

// useful returns the percentage that computes, or moves what is computed with.
func (s share) useful() float64 {
	return s.percent(s.multiplyAdds + s.others + s.loads + s.stores)
}

// TestInnerLoopsCompute counts, in the machine code, what the widest inner loop of each NEON
// function consists of: at least 80 % must compute, or load or store what is computed. Emulators
// say nothing about speed, and this is what can be checked without a processor. The narrower loops
// handle what is left over.
func TestInnerLoopsCompute(t *testing.T) {
	functions := armFunctions(t)
	for _, name := range leveltest.Functions(t, "arm64") {
		loops := innerLoops(functions[name])
		if len(loops) == 0 {
			t.Errorf("%s: no loop in %d instructions", name, len(functions[name]))
			continue
		}
		widest := slices.MaxFunc(loops, func(a, b []armInstruction) int { return len(a) - len(b) })
		s := shareOf(widest)
		t.Logf("%-22s %3d instructions: %5.1f %% multiply-adds, %5.1f %% other arithmetic, %5.1f %% loads, %5.1f %% stores; together %5.1f %%", name, s.all,
			s.percent(s.multiplyAdds), s.percent(s.others), s.percent(s.loads), s.percent(s.stores), s.useful())
		if s.useful() < 80 {
			for _, i := range widest {
				t.Log(i.text)
			}
			t.Errorf("%s: %.1f %% of the inner loop compute or feed what does, want 80 %%", name, s.useful())
		}
		if least := leastMultiplyAdds[name]; s.percent(s.multiplyAdds) < least {
			t.Errorf("%s: %.1f %% of the inner loop are multiply-adds, want %.0f %%", name, s.percent(s.multiplyAdds), least)
		}
	}
}

// leastMultiplyAdds is the least percentage of multiply-adds alone.
var leastMultiplyAdds = map[string]float64{"peakNEON": 80, "productNEON": 80, "sparseNEONx4": 66}

// TestInnerLoopsAreFound reads a loop within a loop, and a forward jump.
func TestInnerLoopsAreFound(t *testing.T) {
	word := func(bits uint32, text string) armInstruction { return armInstruction{0, bits, text} }
	code := []armInstruction{
		word(0x91000400, "add x0, x0, #0x1"),
		word(0x4e20cc00, "fmla v0.4s, v0.4s, v0.4s"),
		word(0x4e20d400, "fadd v0.4s, v0.4s, v0.4s"),
		word(0x3dc00020, "ldr q0, [x1]"),
		word(0xb4000040, "cbz x0, .+0x8"),
		word(0x54ffff81, "b.ne .+0xfffffffffffffff0"), // to fmla
		word(0x17fffffa, "b .+0xffffffffffffffe8"),    // to add
	}
	loops := innerLoops(code)
	if len(loops) != 1 || len(loops[0]) != 5 || loops[0][0].text != code[1].text {
		t.Fatalf("loops: %v", loops)
	}
	if got, want := shareOf(loops[0]), (share{multiplyAdds: 1, others: 1, loads: 1, all: 5}); got != want {
		t.Errorf("have %+v, want %+v", got, want)
	}
}
