//go:build !noasm

package level

func detect() Level { return NEON }
