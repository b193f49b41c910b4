// Command gen writes the assembly of package simd with avo: one family of functions a call, see ../generate.sh.
package main

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"

	. "github.com/mmcloughlin/avo/build"
)

// families are what can be generated, by the name of the file: for amd64, or for the architecture that levels are of.
var families = map[string]func(){}

func main() {
	family := flag.String("family", "", "what to write; without it, what there is is listed")
	flag.Parse()
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
	levels = []level{{"AVX2", avx2}, {"AVX512", avx512}}
	verifyLevels()
	ConstraintExpr("amd64,!noasm")
	write()
	Generate()
}
