// Command gen writes the assembly of package simd, one family of functions per run (see
// ../generate.sh): for amd64 with avo, for arm64 with its package arm64. What both compute the same
// way is described once, for a machine that makes the instructions.
package main

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	. "github.com/mmcloughlin/avo/build"

	"github.com/pollard-dev/pollard/runtime/internal/kernel/simd/gen/arm64"
)

// families are what can be generated, by file name: those of both architectures, by level, and
// those of one.
var (
	families      = map[string]func(){}
	familiesAMD64 = map[string]func(){}
	familiesARM64 = map[string]func(){}
)

func main() {
	family := flag.String("family", "", "what to write; without it, what there is is listed")
	architecture := flag.String("arch", "amd64", "what to write for: amd64 or arm64")
	flag.Parse()
	own := familiesAMD64
	if *architecture == "arm64" {
		own = familiesARM64
	}
	maps.Copy(families, own)
	if *family == "" {
		for _, name := range slices.Sorted(maps.Keys(families)) {
			fmt.Println(name)
		}
		return
	}
	write, ok := families[*family]
	if !ok {
		fmt.Fprintf(os.Stderr, "gen: no family %q\n", *family)
		os.Exit(2)
	}
	if *architecture == "arm64" {
		writeARM64(write)
		return
	}
	levels = []level{{"AVX2", avx2}, {"AVX512", avx512}}
	verifyLevels()
	ConstraintExpr("amd64,!noasm")
	write()
	Generate()
}

// writeARM64 writes the same files as avo's Generate, as its flags say.
func writeARM64(write func()) {
	m := &neon{file: new(arm64.File)}
	levels = []level{{"NEON", m}}
	write()
	flags := map[string]string{}
	for _, name := range []string{"out", "stubs", "pkg"} {
		flags[name] = flag.Lookup(name).Value.String()
	}
	command := "go run main.go " + strings.Join(os.Args[1:], " ")
	assembly, err := m.file.Assembly(command)
	if err == nil {
		err = os.WriteFile(flags["out"], []byte(assembly), 0o666)
	}
	if err == nil {
		err = os.WriteFile(flags["stubs"], []byte(m.file.Stubs(command, flags["pkg"])), 0o666)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}
