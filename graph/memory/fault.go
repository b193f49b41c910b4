package memory

import (
	"runtime/debug"
	"sync/atomic"
	"unsafe"
)

// A file that is read through a mapping can be truncated meanwhile, or its disk fail. The system then interrupts any
// access to the missing pages (SIGBUS on Unix), and Go ends the process unless the goroutine has asked for a panic.
// Whoever maps a file asks for that in its own goroutine and turns the panic into an error. Other goroutines that read
// the mapping on its behalf run under a Relay.

// Relay carries a panic from goroutines to the one that waits for them, where it can be recovered.
type Relay struct{ failed atomic.Pointer[any] }

// Do calls f with memory faults as panics. It records what f panics with, unless another call panicked before.
func (r *Relay) Do(f func()) {
	before := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(before)
		if p := recover(); p != nil {
			r.failed.CompareAndSwap(nil, &p)
		}
	}()
	f()
}

// Failed reports whether a panic is recorded. The work of the others is then in vain.
func (r *Relay) Failed() bool { return r.failed.Load() != nil }

// Raise panics with what was recorded, if anything was. All calls of Do must have returned.
func (r *Relay) Raise() {
	if p := r.failed.Swap(nil); p != nil {
		panic(*p)
	}
}

// FaultIn reports whether p, a recovered value, is a fault at an address in one of the ranges.
func FaultIn(p any, ranges ...[]byte) bool {
	fault, ok := p.(interface{ Addr() uintptr })
	if !ok {
		return false
	}
	for _, b := range ranges {
		if first := address(b); len(b) > 0 && fault.Addr() >= first && fault.Addr()-first < uintptr(len(b)) {
			return true
		}
	}
	return false
}

// address returns the address at which b begins.
func address(b []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(b))) }
