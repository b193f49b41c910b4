//go:build (!amd64 && !arm64) || noasm

package simd

func peak(_ Level, turns int) { peakGo(turns, new([12]float32)) }
