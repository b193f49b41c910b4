package sparsify

import "github.com/pollard-dev/pollard/passes/sparsity"

// Width returns the number that widths must be a multiple of for the pattern to cover all weights,
// or 0 for any. A pattern N:M spans M consecutive weights, and blocks must be whole.
func (s *Options) Width() int {
	if !s.On() {
		return 0
	}
	p, err := sparsity.Parse(s.Pattern)
	if err != nil {
		return 0 // Check reports it
	}
	if n := max(p.Rows, p.Of); n > 1 {
		return n
	}
	return 0
}
