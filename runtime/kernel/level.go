package kernel

import "github.com/pollard-dev/pollard/runtime/kernel/simd"

// Level is the name of the instruction set that the kernels compute with.
func Level() string { return simd.Active.String() }

// Levels lists the names of the instruction sets up to the one in use, the plainest first.
func Levels() (names []string) {
	for _, l := range simd.Levels() {
		names = append(names, l.String())
	}
	return names
}

// LevelError says why the instruction set that the environment asks for is not the one in use, if it is not.
func LevelError() error { return simd.ActivationError() }
