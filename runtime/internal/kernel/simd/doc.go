// Package simd holds the innermost loops of the kernels, on slices of float32, by instruction set.
//
// Every function has a plain Go form, its meaning, and beside it assembly: for amd64 with AVX2 and FMA or with AVX-512, and for arm64, all
// of which have NEON. The program in gen writes it (see generate.sh); the level is chosen when the process starts. The build tag
// noasm leaves the plain form alone, as other architectures have it. Slices may not overlap unless a function says that they may
// be the same.
package simd
