// Package level says which instruction set this module's assembly uses. Kernels are registered for a level and selected
// by Active, so that one environment variable lowers all of them alike.
package level

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// Level is an instruction set that the kernels are written for.
type Level int

// The levels. Generic is plain Go. AVX2 includes FMA; AVX512 is F, BW, DQ and VL, and has all of AVX2. NEON is the
// Advanced SIMD of ARMv8.0-A, which every arm64 processor has.
const (
	Generic Level = iota
	AVX2
	AVX512
	NEON
)

// properties of a level are its name, and the level whose kernels it uses if it has none of its
// own.
type properties struct {
	name  string
	below Level
}

var levels = [...]properties{
	Generic: {"generic", Generic},
	AVX2:    {"avx2", Generic},
	AVX512:  {"avx512", AVX2},
	NEON:    {"neon", Generic},
}

func (l Level) String() string { return levels[l].name }

// Below returns the level whose kernels l uses if it has none of its own. Generic is below itself.
func (l Level) Below() Level { return levels[l].below }

// Has reports whether a processor of level l can run code written for level m.
func (l Level) Has(m Level) bool {
	for ; l != m; l = levels[l].below {
		if l == Generic {
			return false
		}
	}
	return true
}

// chain lists the levels whose code a processor of level l can run, Generic first.
func (l Level) chain() []Level {
	c := []Level{l}
	for l != Generic {
		l = levels[l].below
		c = append(c, l)
	}
	slices.Reverse(c)
	return c
}

// variable is the environment variable that lowers the level to another that the machine has.
const variable = "POLLARD_SIMD"

// Active is the level that the kernels compute at. It is fixed when the process starts: the highest that the machine
// has, or the one that the environment asks for.
var Active, activation = activate(detect(), os.Getenv(variable))

// All lists the levels up to Active, Generic first.
func All() []Level { return Active.chain() }

// Err explains why the level that the environment asks for is not in use. It is nil if it is, or if none is asked for.
func Err() error { return activation }

// activate returns the level to use, given the machine's and the one that is asked for. If there is an error it is the
// machine's.
func activate(machine Level, asked string) (Level, error) {
	if asked == "" {
		return machine, nil
	}
	var names []string
	for _, l := range machine.chain() {
		if asked == l.String() {
			return l, nil
		}
		names = append(names, l.String())
	}
	why := "which this machine lacks"
	if !slices.ContainsFunc(levels[:], func(p properties) bool { return p.name == asked }) {
		why = "which is not a level"
	}
	return machine, fmt.Errorf("%s=%.40q, %s: want %s", variable, asked, why, strings.Join(names, " or "))
}
