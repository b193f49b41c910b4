// Package simd holds the innermost loops of the kernels, on slices of float32, by instruction set.
//
// Every function has a plain Go form, which defines its meaning, and assembly: for amd64 with AVX2
// and FMA or with AVX-512, and for arm64, which always has NEON. The program in gen writes the
// assembly (see generate.sh). The level is chosen when the process starts. The build tag noasm
// leaves only the plain form, as on other architectures. Slices must not overlap unless a function
// says that they may be the same.
package simd
