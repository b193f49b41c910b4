//go:build !noasm

package simd

func (s *SparseVector) run(Level) { sparseVectorGo(s) }
