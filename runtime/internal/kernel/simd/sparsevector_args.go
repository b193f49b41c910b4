//go:build (amd64 || arm64) && !noasm

package simd

import "unsafe"

// sparseVectorArgs is what the assembly reads, in words of 8 bytes in this order (gen/sparsevector.go and gen/neon_sparsevector.go
// name them).
type sparseVectorArgs struct {
	x, starts, offsets, values, y, bias, residual unsafe.Pointer

	groups int
	lo, hi float32
}

func (s *SparseVector) run(l Level) {
	if l == Generic {
		sparseVectorGo(s)
		return
	}
	row := s.FirstGroup * s.Rows
	a := sparseVectorArgs{starts: unsafe.Pointer(&s.Starts[s.FirstGroup]), y: unsafe.Pointer(&s.Y[row]), groups: s.Groups, lo: s.Lo, hi: s.Hi}
	if e := s.Starts[s.FirstGroup]; e < s.Starts[s.FirstGroup+s.Groups] {
		a.x, a.offsets, a.values = unsafe.Pointer(&s.X[0]), unsafe.Pointer(&s.Offsets[e]), unsafe.Pointer(&s.Values[int(e)*s.Rows])
	}
	if s.Bias != nil {
		a.bias = unsafe.Pointer(&s.Bias[row])
	}
	if s.Residual != nil {
		a.residual = unsafe.Pointer(&s.Residual[row])
	}
	a.run(l, s.Rows)
}
