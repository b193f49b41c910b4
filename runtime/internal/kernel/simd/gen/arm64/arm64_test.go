package arm64

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestWords disassembles every encoding of the table, with registers and numbers of all kinds.
func TestWords(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for template := range words {
		for range 100 {
			f := new(File).Function("f", "func()", "")
			var operands []any
			for at, c := range []byte(template) {
				switch {
				case c != '%':
				case template[at+1] == 'd':
					operands = append(operands, 1+r.IntN(3))
				case template[at-1] == 'x':
					operands = append(operands, f.General())
				default:
					operands = append(operands, f.Vector())
				}
			}
			f.Word(template, operands...)
			numbers := [2][]int{r.Perm(31), r.Perm(32)} // general register 31 is the stack pointer or zero
			number := func(r Register) int { return numbers[r.kind][r.id] }
			i := f.code[0]
			if err := check(i.text(number), i.encode(number)); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestCheckFindsWrongEncodings(t *testing.T) {
	for text, word := range map[string]uint32{
		"fadd v0.4s, v1.4s, v2.4s": 0x4e22d421 ^ 1<<5, // another register
		"fmul v0.4s, v1.4s, v2.4s": 0x4e22d420,        // another instruction
		"fabs v0.4s, v1.4s":        0xffffffff,        // no instruction
	} {
		if check(text, word) == nil {
			t.Errorf("%s: %08x is found right", text, word)
		}
	}
}

func TestLayout(t *testing.T) {
	parameters, results, size := layout("func(y, x []float32, p *float32, n int, lo, hi float32, f float64) uint32")
	var got []string
	for _, p := range append(parameters, results...) {
		got = append(got, fmt.Sprint(p.name, " ", p.offset, " ", p.size))
	}
	want := []string{"y_base 0 8", "y_len 8 8", "y_cap 16 8", "x_base 24 8", "x_len 32 8", "x_cap 40 8", "p 48 8", "n 56 8", "lo 64 4", "hi 68 4", "f 72 8", "ret 80 4"}
	if !slices.Equal(got, want) || size != 84 {
		t.Errorf("have %q of %d bytes, want %q of 84", got, size, want)
	}
	if _, _, size := layout("func(n int, x float32)"); size != 12 {
		t.Errorf("arguments of %d bytes, want 12: there is no result", size)
	}
}

// written returns a function's instructions, without copies from a register to itself.
func written(t *testing.T, f *Function) []string {
	t.Helper()
	var b strings.Builder
	if err := f.print(&b); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(b.String()) {
		if line, ok := strings.CutPrefix(line, "\t"); ok {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

// TestAllocation checks that registers are reused as soon as they are free, and not before.
func TestAllocation(t *testing.T) {
	f := new(File).Function("f", "func(n int)", "")
	n := f.Parameter("n")
	v := []Register{f.Vector(), f.Vector(), f.Vector()}
	f.Record("VMOVI $0, V%w.B16", v[0])
	f.Record("VMOVI $1, V%w.B16", v[1])
	f.Label("loop")
	f.Word("fadd v%w.4s, v%r.4s, v%r.4s", v[2], v[0], v[1])
	f.Word("fadd v%w.4s, v%r.4s, v%r.4s", v[0], v[2], v[2])
	f.Record("SUB $1, R%x", n)
	f.Record("CBNZ R%r, %l", n, "loop") // the next iteration needs v[1], although nothing below reads it
	f.Return()
	want := []string{"MOVD n+0(FP), R0", "VMOVI $0, V0.B16", "VMOVI $1, V1.B16",
		"WORD $0x4e21d400 // fadd v0.4s, v0.4s, v1.4s", "WORD $0x4e20d400 // fadd v0.4s, v0.4s, v0.4s", "SUB $1, R0", "CBNZ R0, loop", "RET"}
	if got := written(t, f); !slices.Equal(got, want) {
		t.Errorf("have\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestCopies checks that copies vanish if what is copied is no longer needed.
func TestCopies(t *testing.T) {
	for _, needed := range []bool{false, true} {
		f := new(File).Function("f", "func(x []float32)", "")
		p, a, b := f.Parameter("x_base"), f.Vector(), f.Vector()
		f.Record("FMOVQ (R%r), F%w", p, a)
		f.Copy(a, b)
		f.Word("fabs v%w.4s, v%r.4s", b, b)
		f.Record("FMOVQ F%r, (R%r)", b, p)
		if needed {
			f.Record("FMOVQ F%r, 16(R%r)", a, p)
		}
		f.Return()
		got := strings.Contains(strings.Join(written(t, f), "\n"), "VMOV ")
		if got != needed {
			t.Errorf("a copy is written: %v, want %v", got, needed)
		}
	}
}

// TestChoices checks that a choice overwrites what nothing needs, and copies only if everything is
// needed.
func TestChoices(t *testing.T) {
	for _, c := range []struct {
		needed []int
		want   string
		copies bool
	}{
		{nil, "VBSL", false}, {[]int{0}, "VBIT", false}, {[]int{0, 2}, "VBIF", false}, {[]int{0, 1, 2}, "VBSL", true},
	} {
		f := new(File).Function("f", "func(x []float32)", "")
		p, v := f.Parameter("x_base"), []Register{f.Vector(), f.Vector(), f.Vector()}
		for i, r := range v {
			f.Record("FMOVQ %d(R%r), F%w", 16*i, p, r)
		}
		to := f.Vector()
		f.Choose(v[0], v[1], v[2], to)
		f.Record("FMOVQ F%r, (R%r)", to, p)
		for _, i := range c.needed {
			f.Record("FMOVQ F%r, (R%r)", v[i], p)
		}
		f.Return()
		got := strings.Join(written(t, f), "\n")
		if !strings.Contains(got, c.want+" ") || strings.Contains(got, "VMOV ") != c.copies {
			t.Errorf("where %v are needed, have\n%s\nwant %s, a copy %v", c.needed, got, c.want, c.copies)
		}
	}
}

// TestRefusals has descriptions that cannot be written.
func TestRefusals(t *testing.T) {
	for want, describe := range map[string]func(f *Function){
		"f: more than 32 registers are needed at once": func(f *Function) {
			sum := f.Vector()
			var v []Register
			for range 33 {
				v = append(v, f.Vector())
				f.Record("VMOVI $0, V%w.B16", v[len(v)-1])
			}
			for _, r := range v {
				f.Word("fadd v%w.4s, v%r.4s, v%r.4s", sum, r, r)
			}
		},
		"f: v1 may be read before it is written": func(f *Function) { f.Word("fabs v%w.4s, v%r.4s", f.Vector(), Register{vector, 1}) },
		"f: no label nowhere":                    func(f *Function) { f.Record("JMP %l", "nowhere") },
		"f: label here stands twice":             func(f *Function) { f.Label("here"); f.Label("here") },
	} {
		f := new(File).Function("f", "func()", "")
		describe(f)
		f.Return()
		if err := f.print(new(strings.Builder)); err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

// TestReservedRegisters checks that the registers of the system, the assembler and Go are not
// allocated.
func TestReservedRegisters(t *testing.T) {
	for _, n := range []int{16, 17, 18, 26, 27, 28, 29, 30, 31} {
		if slices.Contains(usable[general], n) {
			t.Errorf("R%d is given out", n)
		}
	}
	if len(usable[general]) != 23 || len(usable[vector]) != 32 {
		t.Errorf("%d general and %d vector registers, want 23 and 32", len(usable[general]), len(usable[vector]))
	}
}

// TestBaseline checks that instructions of later extensions, and words that are not in the table,
// are rejected.
func TestBaseline(t *testing.T) {
	for _, record := range []func(f *Function, v Register){
		func(f *Function, v Register) { f.Record("VEOR3 V%r.B16, V%r.B16, V%r.B16, V%w.B16", v, v, v, v) },
		func(f *Function, v Register) { f.Word("bfdot v%x.4s, v%r.8h, v%r.8h", v, v, v) },
		func(f *Function, v Register) { f.Record("ADD $1, R%x", v) }, // a vector for a general register
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f := new(File).Function("f", "func()", "")
			record(f, f.Vector())
		}()
	}
}
