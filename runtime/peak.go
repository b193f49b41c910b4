package runtime

import (
	goruntime "runtime"

	"github.com/pollard-dev/pollard/runtime/internal/kernel"
)

// Threads is how many goroutines compute at a time.
func (s *Session) Threads() int { return s.options.Threads }

// Peak is how many floating-point operations of float32 in a second this machine can do at most on the session's
// threads: as many times as it has processors for them what it was measured to do on one.
func (s *Session) Peak() float64 {
	return kernel.Peak() * float64(min(s.options.Threads, goruntime.NumCPU()))
}
