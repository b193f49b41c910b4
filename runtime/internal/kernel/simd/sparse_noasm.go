//go:build (!amd64 && !arm64) || noasm

package simd

func (s *Sparse) run(_ Level, count int) { sparseGo(s, count) }

func largestOffset(_ Level, offsets []int32) uint32 { return largestOffsetGo(offsets) }
