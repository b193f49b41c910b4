package memory

import (
	"runtime/debug"
	"sync/atomic"
	"unsafe"
)

// A file that is read through a mapping can become shorter meanwhile, or its disk fail; the system then interrupts whoever
// touches the pages that are gone (SIGBUS on Unix), and Go ends the process unless the goroutine has asked for a panic. Whoever
// maps a file asks for that in its own goroutine and turns the panic into an error. Others that read what it mapped on its
// behalf run under a Relay.

// Relay carries a panic from goroutines to the one that waits for them, where it can be recovered.
type Relay struct{ failed atomic.Pointer[any] }

// Do calls f, with memory faults as panics, and keeps what it panics with, unless another did before.
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

// Failed reports whether something is kept: what the others do is in vain.
func (r *Relay) Failed() bool { return r.failed.Load() != nil }

// Raise panics with what was kept, if anything was. All calls of Do must have returned.
func (r *Relay) Raise() {
	if p := r.failed.Swap(nil); p != nil {
		panic(*p)
	}
}

// FaultIn reports whether p, which was recovered, is a fault at an address in one of the ranges.
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

// address is where b begins.
func address(b []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(b))) }
