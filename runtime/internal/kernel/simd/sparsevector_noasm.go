//go:build (!amd64 && !arm64) || noasm

package simd

func (s *SparseVector) run(Level) { sparseVectorGo(s) }
