//go:build (!amd64 && !arm64) || noasm

package simd

func transpose(Level, []float32, []float32, int, int, int, int) { panic("simd: no transposition") }
