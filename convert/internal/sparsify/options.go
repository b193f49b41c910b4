package sparsify

import (
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/passes/sparsity"
)

// Options say which weights of the cut model become zero.
type Options struct {
	// Pattern names the pattern: see sparsity.Parse. Empty for no sparsity at all.
	Pattern string
	// Share is the share of zeros among the weights that can be zero, over 0 and below 1; 0 if the
	// pattern fixes it.
	Share float64
	// Criterion ranks the weights: see sparsity.Criteria. Empty selects what suits the data.
	Criterion string
	// Allocation distributes the zeros over nodes: AllocateUniform, AllocateError, or empty for
	// what suits the data.
	Allocation string
}

// Ways to distribute zeros over nodes.
const (
	AllocateUniform = "uniform" // the same share of each
	AllocateError   = "error"   // by the errors that they cause
)

// Check returns an error if the options contradict each other, before any work is done.
func (s *Options) Check() error {
	if s.Pattern == "" {
		if s.Share != 0 || s.Criterion != "" || s.Allocation != "" {
			return fmt.Errorf("sparsity: want a pattern")
		}
		return nil
	}
	p, err := sparsity.Parse(s.Pattern)
	if err != nil {
		return err
	}
	switch {
	case p.Fixed() && s.Share != 0 && math.Abs(s.Share-(1-p.Density())) > 1e-6:
		return fmt.Errorf("sparsity: pattern %s fixes it at %g, have %g", s.Pattern, 1-p.Density(), s.Share)
	case !p.Fixed() && !(s.Share > 0 && s.Share < 1):
		return fmt.Errorf("sparsity: want a number over 0 and below 1, have %g", s.Share)
	case s.Allocation != "" && s.Allocation != AllocateUniform && s.Allocation != AllocateError:
		return fmt.Errorf("allocation: want %s or %s, have %q", AllocateUniform, AllocateError, s.Allocation)
	case p.Fixed() && s.Allocation == AllocateError:
		return fmt.Errorf("allocation: pattern %s needs %s", s.Pattern, AllocateUniform)
	}
	if s.Criterion != "" {
		_, err = sparsity.Lookup(s.Criterion)
	}
	return err
}

// On reports whether any weights are to become zero.
func (s *Options) On() bool { return s.Pattern != "" }

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
