package sparsify

import "github.com/pollard-dev/pollard/passes/sparsity"

// Width is the number that widths must be a multiple of for the pattern to fit all of the weights: a pattern of N of M looks at M
// consecutive weights, and blocks are to be whole. 0 stands for any.
func (s *Options) Width() int {
	if !s.On() {
		return 0
	}
	p, err := sparsity.Parse(s.Pattern)
	if err != nil {
		return 0 // check has said so
	}
	if n := max(p.Rows, p.Of); n > 1 {
		return n
	}
	return 0
}
