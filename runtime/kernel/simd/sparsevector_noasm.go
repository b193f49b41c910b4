//go:build !amd64 || noasm

package simd

func (s *SparseVector) run(Level) { sparseVectorGo(s) }
