package runtime

import (
	goruntime "runtime"

	"github.com/pollard-dev/pollard/runtime/internal/kernel"
)

// Threads returns the number of goroutines that compute at a time.
func (s *Session) Threads() int { return s.options.Threads }

// Peak estimates the most float32 operations per second that this machine can do on the session's
// threads: the rate measured on one processor times the number of processors available to them.
func (s *Session) Peak() float64 {
	return kernel.Peak() * float64(min(s.options.Threads, goruntime.NumCPU()))
}
