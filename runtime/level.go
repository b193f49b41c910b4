package runtime

import "github.com/pollard-dev/pollard/runtime/kernel"

// Level is the name of the instruction set that kernels compute with: generic, avx2, avx512 or neon.
func Level() string { return kernel.Level() }

// Levels lists those that this process could compute with, the plainest first, up to Level.
func Levels() []string { return kernel.Levels() }

// LevelError says why the instruction set that the environment variable POLLARD_SIMD asks for is not the one in use; nil
// where it is, or where none is asked for.
func LevelError() error { return kernel.LevelError() }
