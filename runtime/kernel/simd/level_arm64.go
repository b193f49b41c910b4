//go:build !noasm

package simd

func detect() Level { return NEON }
