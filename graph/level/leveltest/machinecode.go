// Package leveltest holds the assembly of a package against the instruction sets of its levels, for the tests of that package.
package leveltest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// What a processor of a level can run, as GNU as knows it (-march). What no level is named in must run on any.
var marches = map[string]map[string]string{
	"amd64": {
		"":       "generic64",
		"AVX2":   "generic64+avx2+fma+f16c", // F16C is older than AVX2, and every processor that has AVX2 has it
		"AVX512": "generic64+avx2+fma+avx512f+avx512bw+avx512dq+avx512vl",
	},
	"arm64": {"NEON": "armv8-a"},
}

// levelNamed is the level in the name of an assembly function, as the generator writes it.
func levelNamed(function string) string {
	for _, l := range []string{"AVX2", "AVX512", "NEON"} {
		if strings.Contains(function, l) {
			return l
		}
	}
	return ""
}

var textOf = regexp.MustCompile(`(?m)^TEXT ·(\w+)\(SB\)`)

// Functions are the names of those in the assembly of the package in the current folder for an architecture.
func Functions(t *testing.T, arch string) (names []string) {
	t.Helper()
	files, err := filepath.Glob("*_" + arch + ".s")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range textOf.FindAllSubmatch(b, -1) {
			names = append(names, string(m[1]))
		}
	}
	return names
}

// MachineCode takes the machine code of the package in the current folder apart and has GNU as, told the processor of a function's level,
// put it together again: it refuses registers and instructions that the level lacks, whatever processor this runs on. The names of functions
// say their level.
func MachineCode(t *testing.T) {
	t.Helper()
	for arch, prefix := range map[string]string{"amd64": "x86_64-linux-gnu-", "arm64": "aarch64-linux-gnu-"} {
		t.Run(arch, func(t *testing.T) {
			want := Functions(t, arch)
			if len(want) == 0 {
				t.Skip("no assembly")
			}
			for _, tool := range []string{"objdump", "as"} {
				if _, err := exec.LookPath(prefix + tool); err != nil {
					t.Skip(err)
				}
			}
			code := machineCode(t, arch, prefix+"objdump")
			for _, name := range want {
				if len(code[name]) == 0 {
					t.Errorf("%s is not in the program", name)
				}
				if marches[arch][levelNamed(name)] == "" {
					t.Errorf("%s: no level of %s is in its name", name, arch)
				}
			}
			for level, march := range marches[arch] {
				var functions []string
				for _, name := range want {
					if levelNamed(name) == level {
						functions = append(functions, name)
					}
				}
				for _, refused := range reassemble(t, prefix+"as", march, functions, code) {
					t.Errorf("level %q: %s", level, refused)
				}
			}
		})
	}
}

var (
	functionStart = regexp.MustCompile(`^[0-9a-f]+ <github.com/pollard-dev/pollard/[\w/]+\.(\w+)(\.abi0)?>:$`)
	instruction   = regexp.MustCompile(`^ *[0-9a-f]+:\s+(.*)$`)
	jumpTarget    = regexp.MustCompile(`\b([0-9a-f]+) <[^>]*>`)
	remark        = regexp.MustCompile(`\s*(# |// ).*$`)
)

// machineCode is what objdump reads in the tests' own program for an architecture: instructions by function.
func machineCode(t *testing.T, arch, objdump string) map[string][]string {
	t.Helper()
	listing, err := exec.Command(objdump, "-d", "--no-show-raw-insn", Program(t, arch)).Output()
	if err != nil {
		t.Fatal(err)
	}
	code, name := map[string][]string{}, ""
	for line := range strings.Lines(string(listing)) {
		line = strings.TrimRight(line, "\n")
		if m := functionStart.FindStringSubmatch(line); m != nil {
			name = m[1]
		} else if line == "" {
			name = ""
		}
		if m := instruction.FindStringSubmatch(line); m != nil && name != "" {
			code[name] = append(code[name], jumpTarget.ReplaceAllString(remark.ReplaceAllString(m[1], ""), "."))
		}
	}
	return code
}

// Program builds the tests of the package in the current folder for an architecture, and returns where it is.
func Program(t *testing.T, arch string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "package.test")
	build := exec.Command("go", "test", "-c", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOFLAGS=", "GOARCH="+arch)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return program
}

// reassemble gives the lines that as refuses, each with its function.
func reassemble(t *testing.T, as, march string, functions []string, code map[string][]string) (refused []string) {
	t.Helper()
	var source bytes.Buffer
	var lines []string // what each of the source is, for a message
	for _, name := range functions {
		for _, i := range code[name] {
			fmt.Fprintln(&source, i)
			lines = append(lines, name+": "+i)
		}
	}
	c := exec.Command(as, "-march="+march, "-o", os.DevNull, "-")
	c.Stdin = &source
	out, err := c.CombinedOutput()
	for _, m := range regexp.MustCompile(`(?m)^\{standard input\}:(\d+): Error: (.*)$`).FindAllStringSubmatch(string(out), -1) {
		if n, _ := strconv.Atoi(m[1]); n >= 1 && n <= len(lines) {
			refused = append(refused, lines[n-1]+": "+m[2])
		}
	}
	if err != nil && refused == nil {
		t.Fatalf("%v: %s", err, out)
	}
	return refused
}

// Encodings needs nothing but Go: it reads the bytes that Go's assembler makes of each instruction. EVEX, which begins
// with 0x62, is AVX-512's alone, as are the mask registers.
func Encodings(t *testing.T) {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Skip(err)
	}
	files, _ := filepath.Glob("*_amd64.s")
	for _, file := range files {
		c := exec.Command("go", "tool", "asm", "-S", "-p", "p", "-I", filepath.Join(strings.TrimSpace(string(root)), "pkg", "include"), "-o", filepath.Join(t.TempDir(), "o"), file)
		c.Env = append(os.Environ(), "GOARCH=amd64", "GOOS=linux", "GOFLAGS=")
		listing, err := c.Output()
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, wrong := range encodingsBeyond(t, string(listing)) {
			t.Errorf("%s: %s", file, wrong)
		}
	}
}

var (
	listedFunction    = regexp.MustCompile(`^\S*?(\w+) STEXT`)
	listedInstruction = regexp.MustCompile(`^\t0x[0-9a-f]+ (\d+) \(\S+\)\t(.*)$`)
	listedBytes       = regexp.MustCompile(`^\t0x[0-9a-f]+ ((?:[0-9a-f]{2} )+)`)
	maskRegister      = regexp.MustCompile(`\bK[0-7]\b`)
)

// encodingsBeyond reads a listing of Go's assembler for what the levels of its functions lack.
func encodingsBeyond(t *testing.T, listing string) (wrong []string) {
	t.Helper()
	type listed struct {
		at   int
		text string
	}
	var name string
	var instructions []listed
	var code []byte
	seen := 0
	check := func() {
		for _, i := range instructions {
			if i.at >= len(code) || strings.HasPrefix(i.text, "TEXT") || strings.HasPrefix(i.text, "FUNCDATA") || strings.HasPrefix(i.text, "PCDATA") {
				continue
			}
			seen++
			first, level := code[i.at], levelNamed(name)
			switch {
			case level == "AVX512":
			case first == 0x62:
				wrong = append(wrong, fmt.Sprintf("%s: %s: EVEX at level %q", name, i.text, level))
			case maskRegister.MatchString(i.text):
				wrong = append(wrong, fmt.Sprintf("%s: %s: mask register at level %q", name, i.text, level))
			case level == "" && (first == 0xc4 || first == 0xc5):
				wrong = append(wrong, fmt.Sprintf("%s: %s: VEX where no level is named", name, i.text))
			}
		}
		instructions, code = nil, nil
	}
	for line := range strings.Lines(listing) {
		line = strings.TrimRight(line, "\n")
		if m := listedFunction.FindStringSubmatch(line); m != nil {
			check()
			name = m[1]
		} else if m := listedInstruction.FindStringSubmatch(line); m != nil {
			at, _ := strconv.Atoi(m[1])
			instructions = append(instructions, listed{at, m[2]})
		} else if m := listedBytes.FindStringSubmatch(line); m != nil {
			for _, b := range strings.Fields(m[1]) {
				v, _ := strconv.ParseUint(b, 16, 8)
				code = append(code, byte(v))
			}
		}
	}
	check()
	if seen == 0 {
		t.Error("no instructions in the listing")
	}
	return wrong
}
