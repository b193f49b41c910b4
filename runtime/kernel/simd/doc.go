// Package simd holds the innermost loops of the kernels, on slices of float32, by instruction set.
//
// Every function has a plain Go form, its meaning, and beside it assembly for processors that have AVX2 with FMA or AVX-512,
// which the program in gen writes (see generate.sh) and which is chosen when the process starts. The build tag noasm leaves the plain form
// alone, as processors other than amd64 have it. Slices may not overlap unless a function says that they may be the same.
package simd
